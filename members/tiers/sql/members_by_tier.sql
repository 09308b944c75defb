-- How many members stand in each tier; without a tier are those who never left
-- the lowest rung. Members who left the programme are not counted.
-- A period counts from its start to its end, and longer where it is the member's
-- last: until it is reviewed, nothing has taken its place.
-- Repeatable: only reads.
SELECT
    period.tier_id,
    count(*) AS members
FROM members_member AS member
LEFT JOIN members_tierperiod AS period
    ON
        member.id = period.member_id
        AND period.starts_at <= %(at)s
        AND (period.closed_at IS NULL OR period.ends_at > %(at)s)
WHERE member.status <> 'CLOSED' AND member.enrolled_at <= %(at)s
GROUP BY period.tier_id;
