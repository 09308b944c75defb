-- Post earned points as one new lot. Repeatable: a key that is known is answered
-- with its first result. This is the plain case, written out because it is what the
-- tills wait for: the wallet is there and up to date, owes nothing, the points are
-- available at once and not over already, and the key was never refused. Every other case is
-- members_ledger_accrue_with_care.
CREATE OR REPLACE FUNCTION members_ledger_accrue(
    p_member bigint, p_currency text, p_points bigint, p_key text, p_digest bytea,
    p_available_at timestamptz, p_expires_at timestamptz, p_reference text,
    p_occurred_at timestamptz, p_at timestamptz, p_subscribers jsonb,
    OUT outcome text, OUT seq bigint, OUT available bigint
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_available bigint;
    v_pending bigint;
    v_held bigint;
    v_debt bigint;
    v_seq bigint;
    v_due_at timestamptz;
    v_last_at timestamptz;
    v_at timestamptz;
    v_chain bytea;
BEGIN
    SELECT available, pending, held, debt, seq + 1, due_at, last_at, chain
    INTO v_available, v_pending, v_held, v_debt, v_seq, v_due_at, v_last_at, v_chain
    FROM members_wallet
    WHERE member_id = p_member AND currency = p_currency
    FOR NO KEY UPDATE;

    v_at := greatest(p_at, v_last_at);
    IF
        v_seq IS NULL OR v_debt > 0 OR v_due_at <= v_at OR p_available_at > v_at
        OR p_expires_at <= v_at
        OR EXISTS (
            SELECT 1 FROM members_refusal
            WHERE member_id = p_member AND currency = p_currency AND key = p_key
        )
    THEN
        SELECT * INTO outcome, seq, available FROM members_ledger_accrue_with_care(
            p_member, p_currency, p_points, p_key, p_digest, p_available_at, p_expires_at,
            p_reference, p_occurred_at, p_at, p_subscribers
        );
        RETURN;
    END IF;

    v_available := v_available + p_points;
    v_chain := members_ledger_link(v_chain, members_ledger_content(
        p_member, p_currency, v_seq, 'ACCRUE', 'ISSUANCE', 'AVAILABLE', p_points,
        v_available, v_pending, v_held, 0,
        v_at, coalesce(p_occurred_at, v_at), p_key, 0, p_digest, NULL, NULL, p_reference, NULL
    ));
    INSERT INTO members_entry (
        member_id, currency, seq, kind, source, destination, amount,
        available_after, pending_after, held_after, debt_after,
        booked_at, occurred_at, key, leg, digest, reference, chain
    ) VALUES (
        p_member, p_currency, v_seq, 'ACCRUE', 'ISSUANCE', 'AVAILABLE', p_points,
        v_available, v_pending, v_held, 0,
        v_at, coalesce(p_occurred_at, v_at), p_key, 0, p_digest, p_reference, v_chain
    ) ON CONFLICT (member_id, currency, key, leg) DO NOTHING;
    IF NOT found THEN
        SELECT * INTO outcome, seq, available
        FROM members_ledger_first_answer(p_member, p_currency, p_key, p_digest);
        RETURN;
    END IF;

    INSERT INTO members_lot (
        member_id, currency, number, amount, remaining, available_at, expires_at, state
    ) VALUES (
        p_member, p_currency, v_seq, p_points, p_points,
        coalesce(p_available_at, p_occurred_at, v_at), p_expires_at, 'OPEN'
    );
    UPDATE members_wallet
    SET
        available = v_available,
        seq = v_seq,
        last_at = v_at,
        due_at = least(v_due_at, p_expires_at),
        chain = v_chain
    WHERE member_id = p_member AND currency = p_currency;
    PERFORM members_record_event(
        p_member,
        CASE p_currency WHEN 'QUALIFYING' THEN 'qualifying.accrued' ELSE 'points.accrued' END,
        jsonb_build_object('currency', p_currency, 'points', p_points, 'seq', v_seq),
        coalesce(p_occurred_at, v_at), p_subscribers
    );
    outcome := 'POSTED';
    seq := v_seq;
    available := v_available;
END $$;
