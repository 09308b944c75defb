-- Make an accrual available that waited for an event. Repeatable: a key that is known is
-- answered with its first result; what is available already is refused.
CREATE OR REPLACE FUNCTION members_ledger_release(
    p_member bigint, p_currency text, p_accrual_key text, p_key text, p_digest bytea,
    p_expires_at timestamptz, p_at timestamptz, p_subscribers jsonb,
    OUT outcome text, OUT seq bigint, OUT available bigint, OUT requested bigint
) LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
    v_known record;
    v_lot record;
BEGIN
    w := members_ledger_lock(p_member, p_currency);
    v_known := members_ledger_first_answer(p_member, p_currency, p_key, p_digest);
    IF v_known.outcome IS NOT NULL THEN
        outcome := v_known.outcome;
        seq := v_known.seq;
        available := v_known.available;
        requested := v_known.requested;
        RETURN;
    END IF;

    p_at := greatest(p_at, w.last_at);
    IF w.due_at <= p_at THEN
        w := members_ledger_settle(w, p_at, p_subscribers);
        PERFORM members_ledger_save(w);
    END IF;

    SELECT lot.* INTO v_lot
    FROM members_entry AS entry
    INNER JOIN members_lot AS lot
        ON
            lot.member_id = entry.member_id AND lot.currency = entry.currency
            AND lot.number = entry.seq
    WHERE
        entry.member_id = p_member AND entry.currency = p_currency
        AND entry.key = p_accrual_key AND entry.leg = 0 AND entry.kind = 'ACCRUE';
    IF NOT found THEN
        outcome := 'ACCRUAL_NOT_FOUND';
        RETURN;
    END IF;
    IF v_lot.state <> 'PENDING' THEN
        outcome := 'ALREADY_RELEASED';
        PERFORM members_ledger_refuse(w, p_key, p_digest, outcome, w.available, 0, p_at);
        RETURN;
    END IF;

    UPDATE members_lot
    SET
        state = 'OPEN',
        available_at = least(
            p_at, coalesce(p_expires_at, expires_at) - interval '1 microsecond'
        ),
        expires_at = coalesce(p_expires_at, expires_at)
    WHERE member_id = p_member AND currency = p_currency AND number = v_lot.number;
    w := members_ledger_post(
        w, 'RELEASE', 'PENDING', 'AVAILABLE', v_lot.remaining,
        p_at, NULL, p_key, 0, p_digest, ARRAY[v_lot.number], ARRAY[0::bigint], '', v_lot.number
    );
    seq := w.seq;
    available := w.available;
    requested := v_lot.remaining;
    PERFORM members_record_event(
        p_member, 'points.released',
        jsonb_build_object('currency', p_currency, 'points', v_lot.remaining, 'seq', w.seq),
        p_at, p_subscribers
    );
    -- Points that waited too long expire at once.
    w := members_ledger_settle(w, p_at, p_subscribers);
    PERFORM members_ledger_save(w);
    outcome := 'POSTED';
END $$;
