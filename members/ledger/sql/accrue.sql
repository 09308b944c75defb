-- Post earned points as one new lot. Repeatable: a key that is known is answered
-- with its first result. The plain case (wallet up to date, no debt, available at
-- once) is written out; everything else takes the general path below it.
CREATE OR REPLACE FUNCTION members_ledger_accrue(
    p_member bigint, p_currency text, p_points bigint, p_key text, p_digest bytea,
    p_available_at timestamptz, p_expires_at timestamptz, p_reference text,
    p_occurred_at timestamptz, p_at timestamptz, p_subscribers jsonb,
    OUT outcome text, OUT seq bigint, OUT available bigint
) LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
    v_known record;
    v_pending boolean := p_available_at > p_at;
    v_available_at timestamptz := coalesce(p_available_at, p_occurred_at, p_at);
BEGIN
    SELECT * INTO w FROM members_wallet
    WHERE member_id = p_member AND currency = p_currency
    FOR NO KEY UPDATE;
    IF NOT found THEN
        w := members_ledger_lock(p_member, p_currency);
    END IF;
    p_at := greatest(p_at, w.last_at);
    seq := w.seq + 1;

    IF v_pending OR w.debt > 0 OR w.due_at <= p_at THEN
        v_known := members_ledger_first_answer(p_member, p_currency, p_key, p_digest);
        IF v_known.outcome IS NOT NULL THEN
            outcome := v_known.outcome;
            seq := v_known.seq;
            available := v_known.available;
            RETURN;
        END IF;
        IF w.due_at <= p_at THEN
            w := members_ledger_settle(w, p_at, p_subscribers);
        END IF;
        w := members_ledger_post(
            w, 'ACCRUE', 'ISSUANCE', CASE WHEN v_pending THEN 'PENDING' ELSE 'AVAILABLE' END,
            p_points, p_at, p_occurred_at, p_key, 0, p_digest, NULL, NULL, p_reference
        );
        seq := w.seq;
    ELSE
        w.available := w.available + p_points;
        w.seq := seq;
        w.last_at := p_at;
        INSERT INTO members_entry (
            member_id, currency, seq, kind, source, destination, amount,
            available_after, pending_after, held_after, debt_after,
            booked_at, occurred_at, key, leg, digest, reference
        ) VALUES (
            p_member, p_currency, seq, 'ACCRUE', 'ISSUANCE', 'AVAILABLE', p_points,
            w.available, w.pending, w.held, 0,
            p_at, coalesce(p_occurred_at, p_at), p_key, 0, p_digest, p_reference
        ) ON CONFLICT (member_id, currency, key, leg) DO NOTHING;
        IF NOT found THEN
            v_known := members_ledger_first_answer(p_member, p_currency, p_key, p_digest);
            outcome := v_known.outcome;
            seq := v_known.seq;
            available := v_known.available;
            RETURN;
        END IF;
    END IF;

    INSERT INTO members_lot (
        member_id, currency, number, amount, remaining, available_at, expires_at, state
    ) VALUES (
        p_member, p_currency, seq, p_points, p_points, v_available_at, p_expires_at,
        CASE WHEN v_pending THEN 'PENDING' ELSE 'OPEN' END
    );
    w.due_at := least(w.due_at, CASE WHEN v_pending THEN p_available_at ELSE p_expires_at END);
    IF w.debt > 0 THEN
        w := members_ledger_offset_debt(w, p_at);
    END IF;
    PERFORM members_ledger_save(w);
    PERFORM members_record_event(
        p_member,
        CASE p_currency WHEN 'QUALIFYING' THEN 'qualifying.accrued' ELSE 'points.accrued' END,
        jsonb_build_object('currency', p_currency, 'points', p_points, 'seq', seq),
        coalesce(p_occurred_at, p_at), p_subscribers
    );
    outcome := 'POSTED';
    available := w.available;
END $$;
