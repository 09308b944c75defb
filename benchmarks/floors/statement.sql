-- The newest page of a statement.
\set member random(:first, :last)
SELECT * FROM floor_entry
WHERE member_id = :member AND currency = 'REDEEMABLE'
ORDER BY seq DESC
LIMIT 50;
