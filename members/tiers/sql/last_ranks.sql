-- The rank that each of these members was last put in, be it still to begin, and
-- when that ends. Members without a period are left out.
-- Repeatable: only reads.
SELECT
    period.member_id,
    tier.rank,
    period.ends_at
FROM members_tierperiod AS period
INNER JOIN members_tier AS tier ON period.tier_id = tier.id
WHERE period.member_id = any(cast(%(member_ids)s AS bigint[])) AND period.closed_at IS NULL;
