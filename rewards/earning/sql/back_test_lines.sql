-- The lines of these purchases that earn, each purchase's by their number.
-- Repeatable: only reads.
SELECT
    line.purchase_id,
    line.number,
    line.amount,
    line.quantity,
    line.sku,
    category.code AS category
FROM members_purchaseline AS line
LEFT JOIN members_category AS category ON line.category_id = category.id
WHERE line.purchase_id = ANY(%(purchase_ids)s::bigint[]) AND line.is_earning
ORDER BY line.purchase_id, line.number;
