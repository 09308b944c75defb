-- Lock the members whose tier period has ended and was not reviewed, the
-- longest overdue first. Members somebody else works on are left for later.
-- The caller looks at their periods again in a statement of its own: this one
-- still sees them as they were before the lock.
SELECT member.id
FROM members_tierperiod AS period
INNER JOIN members_member AS member ON period.member_id = member.id
WHERE period.closed_at IS NULL AND period.ends_at <= %(at)s
ORDER BY period.ends_at, member.id
LIMIT %(batch)s
FOR NO KEY UPDATE OF member SKIP LOCKED;
