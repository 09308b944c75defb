-- Take available points out of a wallet, from the lots that expire soonest, or remember
-- why not. Repeatable: a key that is known is answered with its first result, also
-- when that was a refusal. The common part of redeeming, holding and taking away.
CREATE OR REPLACE FUNCTION members_ledger_spend(
    p_member bigint, p_currency text, p_points bigint, p_kind text, p_destination text,
    p_event text, p_key text, p_digest bytea, p_reference text, p_lapses_at timestamptz,
    p_occurred_at timestamptz, p_at timestamptz, p_subscribers jsonb,
    OUT outcome text, OUT seq bigint, OUT available bigint, OUT requested bigint
) LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
    v_known record;
    v_taken record;
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

    requested := p_points;
    available := w.available;
    IF w.status <> 'ACTIVE' OR w.available < p_points THEN
        outcome := CASE
            WHEN w.status <> 'ACTIVE' THEN 'WALLET_FROZEN' ELSE 'INSUFFICIENT_POINTS'
        END;
        PERFORM members_ledger_refuse(w, p_key, p_digest, outcome, w.available, p_points, p_at);
        RETURN;
    END IF;

    v_taken := members_ledger_take(p_member, p_currency, p_points);
    w := members_ledger_post(
        w, p_kind, 'AVAILABLE', p_destination, p_points,
        p_at, p_occurred_at, p_key, 0, p_digest, v_taken.lots, v_taken.takes, p_reference, NULL
    );
    IF p_kind = 'HOLD' THEN
        INSERT INTO members_hold (member_id, currency, number, amount, lapses_at)
        VALUES (p_member, p_currency, w.seq, p_points, p_lapses_at);
        w.due_at := least(w.due_at, p_lapses_at);
    END IF;
    PERFORM members_ledger_save(w);
    PERFORM members_record_event(
        p_member, p_event,
        jsonb_build_object('currency', p_currency, 'points', p_points, 'seq', w.seq),
        coalesce(p_occurred_at, p_at), p_subscribers
    );
    outcome := 'POSTED';
    seq := w.seq;
    available := w.available;
END $$;
