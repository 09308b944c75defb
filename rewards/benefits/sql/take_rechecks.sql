-- Take the next members whose benefits are to be worked out again off the list. Those that
-- somebody else works on are left to them.
-- Repeatable: with the transaction that does the work they are gone, and without it still there.
DELETE FROM rewards_benefitrecheck
WHERE
    id IN (
        SELECT recheck.id
        FROM rewards_benefitrecheck AS recheck
        WHERE recheck.due_at <= %(at)s
        ORDER BY recheck.due_at, recheck.member_id
        LIMIT %(batch)s
        FOR UPDATE SKIP LOCKED
    )
RETURNING member_id;
