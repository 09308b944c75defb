-- Post earned points as one new lot, whatever state the wallet is in: opened if need
-- be, settled first, the points pending until they are available, debt repaid from them.
-- Points whose time is over when they are booked are booked all the same, and expire at
-- once: what was told late, or by a clock that was set back, is neither lost nor spent.
CREATE OR REPLACE FUNCTION members_ledger_accrue_with_care(
    p_member bigint, p_currency text, p_points bigint, p_key text, p_digest bytea,
    p_available_at timestamptz, p_expires_at timestamptz, p_reference text,
    p_occurred_at timestamptz, p_at timestamptz, p_subscribers jsonb,
    OUT outcome text, OUT seq bigint, OUT available bigint
) LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
    v_pending boolean;
BEGIN
    w := members_ledger_lock(p_member, p_currency);
    SELECT * INTO outcome, seq, available
    FROM members_ledger_first_answer(p_member, p_currency, p_key, p_digest);
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;

    p_at := greatest(p_at, w.last_at);
    v_pending := coalesce(p_available_at > p_at, false);
    IF w.due_at <= p_at THEN
        w := members_ledger_settle(w, p_at, p_subscribers);
    END IF;
    w := members_ledger_post(
        w, 'ACCRUE', 'ISSUANCE', CASE WHEN v_pending THEN 'PENDING' ELSE 'AVAILABLE' END,
        p_points, p_at, p_occurred_at, p_key, 0, p_digest, NULL, NULL, p_reference, NULL
    );
    seq := w.seq;
    INSERT INTO members_lot (
        member_id, currency, number, amount, remaining, available_at, expires_at, state
    ) VALUES (
        p_member, p_currency, seq, p_points, p_points,
        coalesce(
            p_available_at,
            -- A lot is available before it expires, if only for an instant.
            least(coalesce(p_occurred_at, p_at), p_expires_at - interval '1 microsecond')
        ),
        p_expires_at,
        CASE WHEN v_pending THEN 'PENDING' ELSE 'OPEN' END
    );
    w.due_at := least(w.due_at, CASE WHEN v_pending THEN p_available_at ELSE p_expires_at END);
    available := w.available;
    PERFORM members_record_event(
        p_member,
        CASE p_currency WHEN 'QUALIFYING' THEN 'qualifying.accrued' ELSE 'points.accrued' END,
        jsonb_build_object('currency', p_currency, 'points', p_points, 'seq', seq),
        coalesce(p_occurred_at, p_at), p_subscribers
    );
    IF w.due_at <= p_at THEN
        w := members_ledger_settle(w, p_at, p_subscribers);
    ELSE
        w := members_ledger_offset_debt(w, p_at);
    END IF;
    PERFORM members_ledger_save(w);
    outcome := 'POSTED';
END $$;
