-- The earning multiplier each of these members had at a moment of their own, in
-- the order in which they were asked for.
-- Repeatable: only reads.
SELECT members_multiplier(asked.member_id, asked.moment) AS multiplier
FROM
    unnest(
        cast(%(member_ids)s AS bigint[]), cast(%(moments)s AS timestamptz[])
    ) WITH ORDINALITY AS asked (member_id, moment, place)
ORDER BY asked.place;
