-- Give back points that a hold of a locked wallet set aside, all or the last of them:
-- those that would have been spent last.
CREATE OR REPLACE FUNCTION members_ledger_return_hold(
    w members_wallet, p_kind text, p_hold bigint, p_points bigint, p_lots bigint[],
    p_takes bigint[], p_at timestamptz, p_occurred_at timestamptz, p_key text, p_leg int,
    p_digest bytea, p_reference text, p_subscribers jsonb
) RETURNS members_wallet LANGUAGE plpgsql AS $$
DECLARE
    v_back record;
BEGIN
    SELECT array_agg(number ORDER BY place) AS lots, array_agg(points ORDER BY place) AS points
    INTO v_back
    FROM (
        SELECT
            number,
            place,
            least(-take, p_points - coalesce(sum(-take) OVER later, 0))::bigint AS points
        FROM unnest(p_lots, p_takes) WITH ORDINALITY AS taken (number, take, place)
        WINDOW later AS (
            ORDER BY place DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
    ) AS share
    WHERE points > 0;

    PERFORM members_ledger_put_back(w.member_id, w.currency, v_back.lots, v_back.points);
    w := members_ledger_post(
        w, p_kind, 'HELD', 'AVAILABLE', p_points, p_at, p_occurred_at,
        p_key, p_leg, p_digest, v_back.lots, v_back.points, p_reference, p_hold
    );
    PERFORM members_record_event(
        w.member_id, CASE p_kind WHEN 'LAPSE' THEN 'hold.lapsed' ELSE 'hold.voided' END,
        jsonb_build_object(
            'currency', w.currency, 'points', p_points, 'seq', w.seq, 'hold', p_hold
        ),
        coalesce(p_occurred_at, w.last_at), p_subscribers
    );
    RETURN w;
END $$;
