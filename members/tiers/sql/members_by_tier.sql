-- How many members stand in each tier; without a tier are those who never left
-- the lowest rung. Members who left the programme are not counted.
-- A period counts from its start to its end, and longer where it is the member's
-- last: until it is reviewed, nothing has taken its place. A tier that was given counts
-- where it is higher.
-- Repeatable: only reads.
WITH given AS (
    SELECT DISTINCT ON (placement.member_id)
        placement.member_id,
        placement.tier_id,
        tier.rank
    FROM members_tierplacement AS placement
    INNER JOIN members_tier AS tier ON placement.tier_id = tier.id
    WHERE placement.starts_at <= %(at)s AND placement.ends_at > %(at)s
    ORDER BY placement.member_id ASC, tier.rank DESC
)

SELECT
    CASE
        WHEN given.rank > coalesce(tier.rank, -1) THEN given.tier_id
        ELSE period.tier_id
    END AS tier_id,
    count(*) AS members
FROM members_member AS member
LEFT JOIN members_tierperiod AS period
    ON
        member.id = period.member_id
        AND period.starts_at <= %(at)s
        AND (period.closed_at IS NULL OR period.ends_at > %(at)s)
LEFT JOIN members_tier AS tier ON period.tier_id = tier.id
LEFT JOIN given ON member.id = given.member_id
WHERE member.status <> 'CLOSED' AND member.enrolled_at <= %(at)s
GROUP BY
    CASE
        WHEN given.rank > coalesce(tier.rank, -1) THEN given.tier_id
        ELSE period.tier_id
    END;
