-- Lock counters of caps, and answer with what each counts as of after the lock.
-- One after the other in the order they are asked in, which is the same for all, so that
-- nobody waits in a circle; and each by its key: there may be one for each member and day.
SELECT
    asked.place,
    coalesce(of_member.id, of_rule.id) AS id,
    coalesce(of_member.points, of_rule.points) AS points
FROM
    json_to_recordset(%(counters)s) AS asked (
        place integer, member_id bigint, rule_code text, period_start date
    )
LEFT JOIN LATERAL (
    SELECT
        id,
        points
    FROM rewards_capuse
    WHERE
        member_id = asked.member_id AND rule_code = asked.rule_code
        AND period_start = asked.period_start
    FOR NO KEY UPDATE
) AS of_member ON TRUE
LEFT JOIN LATERAL (
    SELECT
        id,
        points
    FROM rewards_capuse
    WHERE
        asked.member_id IS NULL AND member_id IS NULL AND rule_code = asked.rule_code
        AND period_start = asked.period_start
    FOR NO KEY UPDATE
) AS of_rule ON TRUE;
