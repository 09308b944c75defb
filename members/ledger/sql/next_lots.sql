-- The lots of a wallet that can be spent at a moment, in the order in which they will
-- be: soonest expiry first, then oldest, undated last. What settling then would change is
-- done already. Up to a hundred: the number stands here, and the order is that of the index,
-- so that the planner knows to walk it no further, for wallets of any size; one lot at a time
-- is looked up. Changes nothing.
WITH
wallet AS (
    SELECT * FROM members_wallet
    WHERE member_id = %(member_id)s AND currency = %(currency)s
),

part AS (
    (
        SELECT
            lot.number,
            lot.remaining AS points
        FROM members_lot AS lot
        WHERE
            lot.member_id = %(member_id)s AND lot.currency = %(currency)s
            AND lot.state = 'OPEN' AND lot.expires_at > %(at)s
        ORDER BY lot.expires_at, lot.number
        LIMIT 100
    )
    UNION ALL
    (
        SELECT
            lot.number,
            lot.remaining
        FROM members_lot AS lot
        WHERE
            lot.member_id = %(member_id)s AND lot.currency = %(currency)s
            AND lot.state = 'OPEN' AND lot.expires_at IS NULL
            AND coalesce((SELECT wallet.lasts_until > %(at)s FROM wallet), TRUE)
        ORDER BY lot.expires_at, lot.number
        LIMIT 100
    )
    UNION ALL
    SELECT
        lot.number,
        lot.remaining
    FROM members_lot AS lot
    WHERE
        lot.member_id = %(member_id)s AND lot.currency = %(currency)s
        AND lot.state = 'PENDING' AND lot.available_at <= %(at)s
    UNION ALL
    SELECT
        taken.number,
        -taken.points
    FROM members_hold AS hold
    INNER JOIN members_entry AS entry
        ON
            entry.member_id = hold.member_id AND entry.currency = hold.currency
            AND entry.seq = hold.number
    CROSS JOIN LATERAL unnest(entry.lots, entry.takes) AS taken (number, points)
    WHERE
        hold.member_id = %(member_id)s AND hold.currency = %(currency)s
        AND hold.status = 'OPEN' AND hold.lapses_at <= %(at)s
)

SELECT
    lot.number,
    lot.amount,
    lot.available_at,
    lot.expires_at,
    sum(part.points)::bigint AS points,
    coalesce(lot.expires_at, wallet.lasts_until) AS ends_at
FROM part
CROSS JOIN wallet
CROSS JOIN
    LATERAL (
        SELECT * FROM members_lot
        WHERE
            member_id = %(member_id)s AND currency = %(currency)s
            AND number = part.number
        ORDER BY number
        LIMIT 1
    ) AS lot
WHERE coalesce(lot.expires_at, wallet.lasts_until, 'infinity') > %(at)s
GROUP BY lot.number, lot.amount, lot.available_at, lot.expires_at, wallet.lasts_until
ORDER BY lot.expires_at, lot.number
LIMIT 100;
