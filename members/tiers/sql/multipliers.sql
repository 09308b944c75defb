-- The earning multiplier each of these members had at a moment of their own, in
-- the order in which they were asked for.
-- A member's tier is that of the latest period which had started by then. A tier
-- that the ladder of that moment does not have stands on the next lower rung, and
-- a member without a period on the lowest. Without a ladder nothing multiplies.
-- What each rank is worth on each ladder is worked out once, whoever asks for it.
-- Repeatable: only reads.
WITH ladder AS (
    SELECT
        id,
        tstzrange(starts_at, lead(starts_at) OVER (ORDER BY starts_at)) AS span
    FROM members_ladder
),

ranks AS (
    SELECT rank FROM members_tier
    UNION ALL
    SELECT -1 AS rank
),

worth AS MATERIALIZED (
    SELECT
        ladder.span,
        ranks.rank,
        (
            SELECT rung.earning_multiplier
            FROM members_rung AS rung
            INNER JOIN members_tier AS tier ON rung.tier_id = tier.id
            WHERE rung.ladder_id = ladder.id
            ORDER BY tier.rank <= ranks.rank DESC, abs(tier.rank - ranks.rank) ASC
            LIMIT 1
        ) AS multiplier
    FROM ladder
    CROSS JOIN ranks
),

stood AS MATERIALIZED (
    SELECT
        asked.place,
        asked.moment,
        coalesce((
            SELECT tier.rank
            FROM members_tierperiod AS period
            INNER JOIN members_tier AS tier ON period.tier_id = tier.id
            WHERE period.member_id = asked.member_id AND period.starts_at <= asked.moment
            ORDER BY period.starts_at DESC
            LIMIT 1
        ), -1) AS rank
    FROM
        unnest(
            cast(%(member_ids)s AS bigint[]), cast(%(moments)s AS timestamptz[])
        ) WITH ORDINALITY AS asked (member_id, moment, place)
)

SELECT coalesce(worth.multiplier, 1) AS multiplier
FROM stood
LEFT JOIN worth ON stood.rank = worth.rank AND stood.moment <@ worth.span
ORDER BY stood.place;
