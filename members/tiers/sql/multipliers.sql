-- The earning multiplier each of these members had at a moment of their own, in
-- the order in which they were asked for.
-- A member's tier is that of the latest period which had started by then. A tier
-- that the ladder of that moment does not have stands on the next lower rung, and
-- a member without a period on the lowest. Without a ladder nothing multiplies.
-- Repeatable: only reads.
WITH stood AS MATERIALIZED (
    SELECT
        asked.place,
        coalesce((
            SELECT tier.rank
            FROM members_tierperiod AS period
            INNER JOIN members_tier AS tier ON period.tier_id = tier.id
            WHERE period.member_id = asked.member_id AND period.starts_at <= asked.moment
            ORDER BY period.starts_at DESC
            LIMIT 1
        ), -1) AS rank,
        (
            SELECT ladder.id
            FROM members_ladder AS ladder
            WHERE ladder.starts_at <= asked.moment
            ORDER BY ladder.starts_at DESC
            LIMIT 1
        ) AS ladder_id
    FROM
        unnest(
            cast(%(member_ids)s AS bigint[]), cast(%(moments)s AS timestamptz[])
        ) WITH ORDINALITY AS asked (member_id, moment, place)
)

SELECT
    coalesce((
        SELECT rung.earning_multiplier
        FROM members_rung AS rung
        INNER JOIN members_tier AS tier ON rung.tier_id = tier.id
        WHERE rung.ladder_id = stood.ladder_id
        ORDER BY tier.rank <= stood.rank DESC, abs(tier.rank - stood.rank) ASC
        LIMIT 1
    ), 1) AS multiplier
FROM stood
ORDER BY stood.place;
