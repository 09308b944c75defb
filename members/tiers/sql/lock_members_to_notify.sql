-- Lock the members who are to be told by now that a given tier ends. Members
-- somebody else works on are left for later.
SELECT member.id
FROM members_tierplacement AS placement
INNER JOIN members_member AS member ON placement.member_id = member.id
WHERE placement.closed_at IS NULL AND placement.notice_at <= %(at)s
ORDER BY placement.notice_at, member.id
LIMIT %(batch)s
FOR NO KEY UPDATE OF member SKIP LOCKED;
