-- Which of its member's purchases each one of a span is, as they were recorded.
-- Repeatable: only reads.
WITH told AS (
    SELECT
        id,
        purchased_at,
        row_number() OVER (PARTITION BY member_id ORDER BY id) AS visit
    FROM members_purchase
    WHERE member_id = ANY(%(member_ids)s::bigint[])
)

SELECT
    id,
    visit
FROM told
WHERE purchased_at >= %(since)s AND purchased_at < %(until)s;
