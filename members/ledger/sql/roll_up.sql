-- Sum up whole days of the programme's time zone, from `p_first` to before `p_end`: by day,
-- kind, source and destination, and by how they changed what is left of lots, by the months
-- these were made in and expire in. Only the days are told, and the rest is read here, so
-- that nobody can have wrong sums written. Repeatable: the same entries give the same sums.
CREATE OR REPLACE FUNCTION members_ledger_roll_up(p_first date, p_end date)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_zone text;
    -- Longer than any clock is ever set: the days decide, these only narrow them down.
    v_since timestamptz := (p_first - 1)::timestamp AT TIME ZONE 'UTC';
    v_until timestamptz := (p_end + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
    SELECT time_zone INTO STRICT v_zone FROM members_programme;

    INSERT INTO members_dailytotal (day, currency, kind, source, destination, points, entries)
    SELECT
        cast(booked_at AT TIME ZONE v_zone AS date) AS day,
        currency,
        kind,
        source,
        destination,
        sum(amount) AS points,
        count(*) AS entries
    FROM members_entry
    WHERE
        booked_at >= v_since AND booked_at < v_until
        AND cast(booked_at AT TIME ZONE v_zone AS date) >= p_first
        AND cast(booked_at AT TIME ZONE v_zone AS date) < p_end
    GROUP BY day, currency, kind, source, destination
    ORDER BY day, currency, kind, source, destination
    ON CONFLICT (day, currency, kind, source, destination)
    DO UPDATE SET points = excluded.points, entries = excluded.entries;

    -- A lot's expiry may have become known meanwhile, so what stood under another goes first.
    DELETE FROM members_cohorttotal WHERE day >= p_first AND day < p_end;

    -- What waited for an event had no expiry until it was released: its points move from there
    -- to their expiry with the release.
    WITH
    entry AS (
        SELECT
            *,
            cast(booked_at AT TIME ZONE v_zone AS date) AS day
        FROM members_entry
        WHERE
            booked_at >= v_since AND booked_at < v_until
            AND cast(booked_at AT TIME ZONE v_zone AS date) >= p_first
            AND cast(booked_at AT TIME ZONE v_zone AS date) < p_end
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
        cast(date_trunc('month', made.booked_at AT TIME ZONE v_zone) AS date) AS earned,
        cast(
            coalesce(
                CASE
                    WHEN NOT change.is_undated
                        THEN date_trunc('month', lot.expires_at AT TIME ZONE v_zone)
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
END $$;
