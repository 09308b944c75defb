-- What the entries of a wallet numbered in (after, until] added to all that the member has
-- or took from it, by kind and by what caused it. Entries that only move points between
-- the member's own buckets are left out. Changes nothing.
SELECT
    kind,
    split_part(reference, ':', 1) AS cause,
    sum(CASE WHEN destination = ANY(%(ours)s) THEN amount ELSE -amount END)::bigint AS points,
    count(*) AS entries,
    count(DISTINCT reference) AS occasions
FROM members_entry
WHERE
    member_id = %(member_id)s
    AND currency = %(currency)s
    AND seq > %(after)s
    AND seq <= %(until)s
    AND (destination = ANY(%(ours)s)) <> (source = ANY(%(ours)s))
GROUP BY kind, cause, destination = ANY(%(ours)s)
ORDER BY min(seq);
