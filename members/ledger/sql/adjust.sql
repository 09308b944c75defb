-- Add points by hand, as a lot of their own that repays debt first, or take them away in
-- spending order. Repeatable: a key that is known is answered with its first result, also
-- when that was a refusal. What is over when it is booked expires at once, see accrue.
CREATE OR REPLACE FUNCTION members_ledger_adjust(
    p_member bigint, p_currency text, p_points bigint, p_key text, p_digest bytea,
    p_expires_at timestamptz, p_reference text, p_at timestamptz, p_subscribers jsonb,
    OUT outcome text, OUT seq bigint, OUT available bigint, OUT requested bigint
) LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
    v_event text := CASE p_currency WHEN 'QUALIFYING' THEN 'qualifying.' ELSE 'points.' END
    || 'adjusted';
BEGIN
    IF p_points < 0 THEN
        SELECT * INTO outcome, seq, available, requested FROM members_ledger_spend(
            p_member, p_currency, -p_points, 'ADJUST', 'ADJUSTMENT', v_event,
            p_key, p_digest, p_reference, NULL, NULL, p_at, p_subscribers
        );
        RETURN;
    END IF;

    w := members_ledger_lock(p_member, p_currency);
    SELECT * INTO outcome, seq, available, requested
    FROM members_ledger_first_answer(p_member, p_currency, p_key, p_digest);
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    p_at := greatest(p_at, w.last_at);
    IF w.due_at <= p_at THEN
        w := members_ledger_settle(w, p_at, p_subscribers);
    END IF;
    w := members_ledger_post(
        w, 'ADJUST', 'ADJUSTMENT', 'AVAILABLE', p_points, p_at, NULL,
        p_key, 0, p_digest, NULL, NULL, p_reference, NULL
    );
    INSERT INTO members_lot (
        member_id, currency, number, amount, remaining, available_at, expires_at, state
    ) VALUES (
        p_member, p_currency, w.seq, p_points, p_points,
        least(p_at, p_expires_at - interval '1 microsecond'), p_expires_at, 'OPEN'
    );
    seq := w.seq;
    available := w.available;
    requested := p_points;
    w.due_at := least(w.due_at, p_expires_at);
    PERFORM members_record_event(
        p_member, v_event,
        jsonb_build_object('currency', p_currency, 'points', p_points, 'seq', seq),
        p_at, p_subscribers
    );
    IF w.due_at <= p_at THEN
        w := members_ledger_settle(w, p_at, p_subscribers);
    ELSE
        w := members_ledger_offset_debt(w, p_at);
    END IF;
    PERFORM members_ledger_save(w);
    outcome := 'POSTED';
END $$;
