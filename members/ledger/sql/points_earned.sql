-- The points that each of these members earned by what happened in [since, until).
-- Members who earned nothing are left out. Changes nothing.
SELECT
    member_id,
    cast(sum(amount) AS bigint) AS points
FROM members_entry
WHERE
    member_id = ANY(%(member_ids)s::bigint[])
    AND currency = %(currency)s
    AND kind = 'ACCRUE'
    AND occurred_at >= %(since)s
    AND occurred_at < %(until)s
GROUP BY member_id;
