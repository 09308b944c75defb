-- Lock the members of whom a given tier is over and not noted as such, the longest
-- ago first. Members somebody else works on are left for later.
SELECT member.id
FROM members_tierplacement AS placement
INNER JOIN members_member AS member ON placement.member_id = member.id
WHERE placement.closed_at IS NULL AND placement.ends_at <= %(at)s
ORDER BY placement.ends_at, member.id
LIMIT %(batch)s
FOR NO KEY UPDATE OF member SKIP LOCKED;
