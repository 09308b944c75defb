-- Sum up, by day, kind, source and destination, the entries booked in [since, until).
-- Needs whole days, in the programme's time zone: a day is summed up anew and replaced.
-- Repeatable: the same entries give the same sums.
INSERT INTO members_dailytotal (day, currency, kind, source, destination, points, entries)
SELECT
    cast(booked_at AT TIME ZONE %(zone)s AS date) AS day,
    currency,
    kind,
    source,
    destination,
    sum(amount) AS points,
    count(*) AS entries
FROM members_entry
WHERE booked_at >= %(since)s AND booked_at < %(until)s
GROUP BY day, currency, kind, source, destination
ORDER BY day, currency, kind, source, destination
ON CONFLICT (day, currency, kind, source, destination)
DO UPDATE SET points = excluded.points, entries = excluded.entries;
