-- The earning multiplier each of these members had at a moment of their own, in
-- the order in which they were asked for.
-- A member's tier is that of the latest period which had started by then. A tier
-- that the ladder of that moment does not have stands on the next lower rung, and
-- a member without a period on the lowest. Without a ladder nothing multiplies.
-- What a rank is worth on a ladder is worked out once, whoever asks for it.
-- The arrays come out of sub-selects: then their length does not matter to the
-- planner, and it plans the statement once instead of each time.
-- Repeatable: only reads.
WITH ladder AS (
    SELECT
        id,
        tstzrange(starts_at, lead(starts_at) OVER (ORDER BY starts_at)) AS span
    FROM members_ladder
),

stood AS MATERIALIZED (
    SELECT
        asked.place,
        ladder.id AS ladder_id,
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
            (SELECT cast(%(member_ids)s AS bigint[])),
            (SELECT cast(%(moments)s AS timestamptz[]))
        ) WITH ORDINALITY AS asked (member_id, moment, place)
    LEFT JOIN ladder ON asked.moment <@ ladder.span
),

worth AS MATERIALIZED (
    SELECT
        held.ladder_id,
        held.rank,
        (
            SELECT rung.earning_multiplier
            FROM members_rung AS rung
            INNER JOIN members_tier AS tier ON rung.tier_id = tier.id
            WHERE rung.ladder_id = held.ladder_id
            ORDER BY tier.rank <= held.rank DESC, abs(tier.rank - held.rank) ASC
            LIMIT 1
        ) AS multiplier
    FROM (SELECT DISTINCT
        ladder_id,
        rank
    FROM stood) AS held
)

SELECT coalesce(worth.multiplier, 1) AS multiplier
FROM stood
LEFT JOIN worth ON stood.rank = worth.rank AND stood.ladder_id = worth.ladder_id
ORDER BY stood.place;
