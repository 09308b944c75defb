-- Open the counters of caps that nobody has opened yet.
-- In the order in which they are locked, so that two who open the same ones wait for each
-- other and never in a circle.
-- Repeatable: one that is open stays as it is.
INSERT INTO rewards_capuse (member_id, rule_code, period_start, points)
SELECT
    asked.member_id,
    asked.rule_code,
    asked.period_start,
    0
FROM
    json_to_recordset(%(counters)s) AS asked (
        place integer, member_id bigint, rule_code text, period_start date
    )
ORDER BY asked.place
ON CONFLICT (member_id, rule_code, period_start) DO NOTHING;
