-- Lock these members in ascending order; whoever does not exist is left out.
-- The member is locked and not the tier period, because there may be none yet.
SELECT member.id
FROM members_member AS member
WHERE member.id = any(cast(%(member_ids)s AS bigint[]))
ORDER BY member.id
FOR NO KEY UPDATE OF member;
