-- The last periods of these members that have ended, the longest ago first, with what
-- their review needs to know.
-- Repeatable: only reads.
SELECT
    period.id,
    period.member_id,
    period.tier_id,
    period.starts_at,
    period.ends_at,
    member.enrolled_at,
    period.reason = 'GRACE' AS is_grace
FROM members_tierperiod AS period
INNER JOIN members_member AS member ON period.member_id = member.id
WHERE
    period.member_id = any(cast(%(member_ids)s AS bigint[]))
    AND period.closed_at IS NULL
    AND period.ends_at <= %(at)s
ORDER BY period.ends_at, period.member_id;
