-- End a hold: spend the first `p_points` of it and give the rest back; none is to give
-- all back. Null points spend all. Repeatable: a key that is known is answered with its
-- first result, also when that was a refusal. Whoever comes second is told what became of it.
CREATE OR REPLACE FUNCTION members_ledger_end_hold(
    p_member bigint, p_currency text, p_number bigint, p_points bigint, p_key text,
    p_digest bytea, p_reference text, p_occurred_at timestamptz, p_at timestamptz,
    p_subscribers jsonb,
    OUT outcome text, OUT seq bigint, OUT available bigint, OUT requested bigint
) LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
    v_known record;
    v_hold record;
    v_rest bigint;
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

    SELECT hold.status, hold.amount, hold.lapses_at, entry.lots, entry.takes INTO v_hold
    FROM members_hold AS hold
    INNER JOIN members_entry AS entry
        ON
            entry.member_id = hold.member_id AND entry.currency = hold.currency
            AND entry.seq = hold.number
    WHERE
        hold.member_id = p_member AND hold.currency = p_currency AND hold.number = p_number;
    IF NOT found THEN
        outcome := 'HOLD_NOT_FOUND';
        RETURN;
    END IF;
    requested := coalesce(p_points, v_hold.amount);
    available := v_hold.amount;
    outcome := CASE
        WHEN v_hold.status <> 'OPEN' THEN 'HOLD_ENDED'
        WHEN requested > v_hold.amount THEN 'HOLD_TOO_SMALL'
    END;
    IF outcome IS NOT NULL THEN
        PERFORM members_ledger_refuse(
            w, p_key, p_digest, outcome, v_hold.amount, requested, p_at
        );
        RETURN;
    END IF;

    v_rest := v_hold.amount - requested;
    IF requested > 0 THEN
        w := members_ledger_post(
            w, 'CAPTURE', 'HELD', 'REDEMPTION', requested,
            p_at, p_occurred_at, p_key, 0, p_digest, NULL, NULL, p_reference, p_number
        );
        PERFORM members_record_event(
            p_member, 'points.captured',
            jsonb_build_object(
                'currency', p_currency, 'points', requested, 'seq', w.seq, 'hold', p_number
            ),
            coalesce(p_occurred_at, p_at), p_subscribers
        );
    END IF;
    UPDATE members_hold
    SET
        status = CASE WHEN requested > 0 THEN 'CAPTURED' ELSE 'VOIDED' END,
        captured = requested,
        ended_at = p_at
    WHERE member_id = p_member AND currency = p_currency AND number = p_number;
    IF v_rest > 0 THEN
        w := members_ledger_return_hold(
            w, 'VOID', p_number, v_rest, v_hold.lots, v_hold.takes, p_at, p_occurred_at, p_key,
            CASE WHEN requested > 0 THEN 1 ELSE 0 END,
            CASE WHEN requested > 0 THEN NULL ELSE p_digest END, p_reference, p_subscribers
        );
    END IF;
    outcome := 'POSTED';
    seq := w.seq - CASE WHEN requested > 0 AND v_rest > 0 THEN 1 ELSE 0 END;
    available := w.available;
    requested := CASE requested WHEN 0 THEN v_rest ELSE requested END;
    IF v_rest > 0 THEN
        -- What was given back may have expired meanwhile, or repay a debt.
        w := members_ledger_settle(w, p_at, p_subscribers);
    ELSIF w.due_at = v_hold.lapses_at THEN
        w.due_at := members_ledger_next_due(w);
    END IF;
    PERFORM members_ledger_save(w);
END $$;
