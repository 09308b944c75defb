-- The next members, in the order of their ids, who bought anything in a span, and how many
-- purchases each made there.
-- Repeatable: only reads.
SELECT
    member_id,
    count(*) AS purchases
FROM members_purchase
WHERE
    member_id > %(after)s AND purchased_at >= %(since)s AND purchased_at < %(until)s
GROUP BY member_id
ORDER BY member_id
LIMIT %(batch)s;
