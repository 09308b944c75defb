-- Sum up, by day and kind, how the entries booked in [since, until) changed what is left of
-- lots, by the months these were made in and expire in.
-- Needs whole days, in the programme's time zone: a day is summed up anew and replaced.
-- Repeatable: the same entries give the same sums. What waited for an event had no expiry
-- until it was released: its points move from there to their expiry with the release.
WITH
entry AS (
    SELECT
        *,
        cast(booked_at AT TIME ZONE %(zone)s AS date) AS day
    FROM members_entry
    WHERE booked_at >= %(since)s AND booked_at < %(until)s
),

change AS (
    SELECT
        entry.day,
        entry.member_id,
        entry.currency,
        entry.kind,
        entry.seq AS number,
        entry.amount AS points,
        entry.destination = 'PENDING' AND EXISTS (
            SELECT 1 FROM members_entry AS released
            WHERE
                released.member_id = entry.member_id AND released.currency = entry.currency
                AND released.refers_to = entry.seq AND released.kind = 'RELEASE'
        ) AS is_undated
    FROM entry
    WHERE
        entry.kind IN ('ACCRUE', 'TRANSFER_IN', 'COURTESY')
        OR (entry.kind = 'ADJUST' AND entry.source = 'ADJUSTMENT')

    UNION ALL
    SELECT
        entry.day,
        entry.member_id,
        entry.currency,
        entry.kind,
        taken.number,
        taken.points,
        entry.source = 'PENDING' AND EXISTS (
            SELECT 1 FROM members_entry AS released
            WHERE
                released.member_id = entry.member_id AND released.currency = entry.currency
                AND released.refers_to = taken.number AND released.kind = 'RELEASE'
                AND released.seq > entry.seq
        ) AS is_undated
    FROM entry
    CROSS JOIN LATERAL unnest(entry.lots, entry.takes) AS taken (number, points)
    WHERE taken.points <> 0

    UNION ALL
    SELECT
        entry.day,
        entry.member_id,
        entry.currency,
        entry.kind,
        entry.refers_to AS number,
        moved.points,
        moved.is_undated
    FROM entry
    CROSS JOIN
        LATERAL (
            VALUES (-entry.amount, TRUE), (entry.amount, FALSE)
        ) AS moved (points, is_undated)
    WHERE entry.kind = 'RELEASE' AND entry.refers_to IS NOT NULL
)

INSERT INTO members_cohorttotal (day, currency, earned, expires, kind, points)
SELECT
    change.day,
    change.currency,
    cast(date_trunc('month', made.booked_at AT TIME ZONE %(zone)s) AS date) AS earned,
    cast(
        coalesce(
            CASE
                WHEN NOT change.is_undated
                    THEN date_trunc('month', lot.expires_at AT TIME ZONE %(zone)s)
            END,
            date '9999-12-01'
        ) AS date
    ) AS expires,
    change.kind,
    sum(change.points) AS points
FROM change
INNER JOIN members_lot AS lot
    ON
        lot.member_id = change.member_id AND lot.currency = change.currency
        AND lot.number = change.number
INNER JOIN members_entry AS made
    ON
        made.member_id = change.member_id AND made.currency = change.currency
        AND made.seq = change.number
GROUP BY change.day, change.currency, earned, expires, change.kind
ORDER BY change.day, change.currency, earned, expires, change.kind
ON CONFLICT (day, currency, earned, expires, kind)
DO UPDATE SET points = excluded.points;
