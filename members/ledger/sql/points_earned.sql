-- The points that each of these members earned by what happened in [since, until), without
-- what was taken back of them, whenever that was, and with what staff adjusted then.
-- Members who earned nothing are left out. Changes nothing.
WITH change AS (
    SELECT
        member_id,
        occurred_at,
        CASE WHEN source = 'AVAILABLE' THEN -amount ELSE amount END AS points
    FROM members_entry
    WHERE
        member_id = ANY(%(member_ids)s::bigint[])
        AND currency = %(currency)s
        AND kind IN ('ACCRUE', 'ADJUST')

    UNION ALL
    SELECT
        reversal.member_id,
        accrual.occurred_at,
        -reversal.amount AS points
    FROM members_entry AS reversal
    INNER JOIN members_entry AS accrual
        ON
            accrual.member_id = reversal.member_id
            AND accrual.currency = reversal.currency
            AND accrual.seq = reversal.refers_to
    WHERE
        reversal.member_id = ANY(%(member_ids)s::bigint[])
        AND reversal.currency = %(currency)s
        AND reversal.kind = 'CLAWBACK'
        AND reversal.refers_to IS NOT NULL
)

SELECT
    member_id,
    cast(sum(points) AS bigint) AS points
FROM change
WHERE occurred_at >= %(since)s AND occurred_at < %(until)s
GROUP BY member_id
HAVING sum(points) > 0;
