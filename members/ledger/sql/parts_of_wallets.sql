-- What the wallets of a member are made of at a moment, by what settling then would do
-- to it: open lots, lots that are due to become available or will be, and the points of
-- holds that have run out, each summed up by expiry, and by when that loses them.
-- Reads only what is due and what is next, however many lots there are: of open and of
-- pending lots those up to the expiry of the 300th, and all that end with it.
WITH
wallet AS (
    SELECT * FROM members_wallet
    WHERE member_id = %(member_id)s
),

horizon AS (
    SELECT
        wallet.currency,
        (
            SELECT lot.expires_at FROM members_lot AS lot
            WHERE
                lot.member_id = wallet.member_id AND lot.currency = wallet.currency
                AND lot.state = 'OPEN' AND lot.expires_at > %(at)s
            ORDER BY lot.expires_at, lot.number
            LIMIT 1 OFFSET 299
        ) AS open_until,
        (
            SELECT lot.available_at FROM members_lot AS lot
            WHERE
                lot.member_id = wallet.member_id AND lot.currency = wallet.currency
                AND lot.state = 'PENDING' AND lot.available_at > %(at)s
            ORDER BY lot.available_at
            LIMIT 1 OFFSET 299
        ) AS pending_until
    FROM wallet
)

SELECT
    wallet.currency,
    part.what,
    part.expires_at,
    part.points::bigint AS points,
    CASE
        WHEN part.is_in_time THEN coalesce(part.expires_at, wallet.lasts_until)
        ELSE part.expires_at
    END AS ends_at
FROM wallet
INNER JOIN horizon USING (currency)
CROSS JOIN
    LATERAL (
        SELECT
            'OPEN' AS what,
            lot.expires_at,
            TRUE AS is_in_time,
            sum(lot.remaining) AS points
        FROM members_lot AS lot
        WHERE
            lot.member_id = wallet.member_id AND lot.currency = wallet.currency
            AND lot.state = 'OPEN'
            AND lot.expires_at <= coalesce(horizon.open_until, 'infinity')
        GROUP BY lot.expires_at

        UNION ALL
        SELECT
            CASE WHEN lot.available_at <= %(at)s THEN 'RELEASED' ELSE 'PENDING' END AS what,
            lot.expires_at,
            lot.available_at <= greatest(%(at)s, wallet.lasts_until) AS is_in_time,
            sum(lot.remaining) AS points
        FROM members_lot AS lot
        WHERE
            lot.member_id = wallet.member_id AND lot.currency = wallet.currency
            AND lot.state = 'PENDING'
            AND lot.available_at <= coalesce(horizon.pending_until, 'infinity')
        GROUP BY what, lot.expires_at, is_in_time

        UNION ALL
        SELECT
            'LAPSED' AS what,
            lot.expires_at,
            TRUE AS is_in_time,
            sum(-taken.points) AS points
        FROM members_hold AS hold
        INNER JOIN members_entry AS entry
            ON
                entry.member_id = hold.member_id AND entry.currency = hold.currency
                AND entry.seq = hold.number
        CROSS JOIN LATERAL unnest(entry.lots, entry.takes) AS taken (number, points)
        CROSS JOIN
            LATERAL (
                SELECT expires_at FROM members_lot
                WHERE
                    member_id = hold.member_id AND currency = hold.currency
                    AND number = taken.number
                ORDER BY number
                LIMIT 1
            ) AS lot
        WHERE
            hold.member_id = wallet.member_id AND hold.currency = wallet.currency
            AND hold.status = 'OPEN' AND hold.lapses_at <= %(at)s
        GROUP BY lot.expires_at

        UNION ALL
        -- What has no expiry of its own, where there is an end to that: all that is
        -- available but for what has one.
        SELECT
            'UNDATED' AS what,
            NULL AS expires_at,
            TRUE AS is_in_time,
            wallet.available - coalesce(sum(lot.remaining), 0) AS points
        FROM members_lot AS lot
        WHERE
            wallet.lasts_until IS NOT NULL
            AND lot.member_id = wallet.member_id AND lot.currency = wallet.currency
            AND lot.state = 'OPEN' AND lot.expires_at IS NOT NULL
    ) AS part
WHERE part.points <> 0
ORDER BY part.expires_at NULLS LAST, part.what;
