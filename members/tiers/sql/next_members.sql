-- The next members in the order of their ids, with the tier they last earned and when
-- that ends. Members who left the programme are not among them.
-- Repeatable: only reads.
SELECT
    member.id,
    period.tier_id,
    period.ends_at
FROM members_member AS member
LEFT JOIN members_tierperiod AS period
    ON member.id = period.member_id AND period.closed_at IS NULL
WHERE member.id > %(after)s AND member.status <> 'CLOSED'
ORDER BY member.id
LIMIT %(batch)s;
