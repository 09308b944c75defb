-- Bring a locked wallet up to date: holds lapse, pending lots become available, lots
-- expire, debt is repaid. Repeatable: what is settled is not due any more.
CREATE OR REPLACE FUNCTION members_ledger_settle(
    w members_wallet, p_at timestamptz, p_subscribers jsonb
) RETURNS members_wallet LANGUAGE plpgsql AS $$
DECLARE
    v_due record;
BEGIN
    w := members_ledger_lapse(w, p_at, p_subscribers);

    WITH released AS (
        UPDATE members_lot SET state = 'OPEN'
        WHERE
            member_id = w.member_id AND currency = w.currency
            AND state = 'PENDING' AND available_at <= p_at
        RETURNING number, remaining, available_at
    )
    SELECT
        sum(remaining)::bigint AS points,
        array_agg(number ORDER BY number) AS lots,
        array_agg(0::bigint) AS takes,
        max(available_at) AS at
    INTO v_due FROM released;
    IF v_due.points > 0 THEN
        w := members_ledger_post(
            w, 'RELEASE', 'PENDING', 'AVAILABLE', v_due.points,
            p_at, v_due.at, NULL, 0, NULL, v_due.lots, v_due.takes, '', NULL
        );
        PERFORM members_record_event(
            w.member_id, 'points.released',
            jsonb_build_object('currency', w.currency, 'points', v_due.points, 'seq', w.seq),
            v_due.at, p_subscribers
        );
    END IF;

    WITH due AS (
        SELECT number, remaining, expires_at AS ended_at FROM members_lot
        WHERE
            member_id = w.member_id AND currency = w.currency
            AND state = 'OPEN' AND expires_at <= p_at
        UNION ALL
        SELECT number, remaining, w.lasts_until FROM members_lot
        WHERE
            member_id = w.member_id AND currency = w.currency
            AND state = 'OPEN' AND expires_at IS NULL AND w.lasts_until <= p_at
    ),
    expired AS (
        UPDATE members_lot AS lot
        SET remaining = 0, state = 'CLOSED', expired = lot.expired + lot.remaining
        FROM due
        WHERE
            lot.member_id = w.member_id AND lot.currency = w.currency
            AND lot.number = due.number
        RETURNING due.number, due.remaining, due.ended_at
    )
    SELECT
        sum(remaining)::bigint AS points,
        array_agg(number ORDER BY number) AS lots,
        array_agg(-remaining ORDER BY number) AS takes,
        max(ended_at) AS at
    INTO v_due FROM expired;
    IF v_due.points > 0 THEN
        w := members_ledger_post(
            w, 'EXPIRE', 'AVAILABLE', 'BREAKAGE', v_due.points,
            p_at, v_due.at, NULL, 0, NULL, v_due.lots, v_due.takes, '', NULL
        );
        PERFORM members_record_event(
            w.member_id, 'points.expired',
            jsonb_build_object('currency', w.currency, 'points', v_due.points, 'seq', w.seq),
            v_due.at, p_subscribers
        );
    END IF;
    IF w.lasts_until <= p_at THEN
        w.lasts_until := NULL;
    END IF;

    w := members_ledger_offset_debt(w, p_at);
    w.due_at := members_ledger_next_due(w);
    RETURN w;
END $$;
