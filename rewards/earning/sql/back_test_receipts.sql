-- What these purchases earned when they were made, by rule version.
-- Repeatable: only reads.
SELECT
    purchase_id,
    rule_id,
    points,
    multiplier
FROM rewards_earningreceipt
WHERE purchase_id = ANY(%(purchase_ids)s::bigint[]);
