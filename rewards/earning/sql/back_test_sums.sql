-- What the lines of these purchases that earn come to, as one line: for rules that do not
-- ask what was bought. A purchase without such lines is left out.
-- Repeatable: only reads.
SELECT
    purchase_id,
    sum(amount) AS amount,
    sum(quantity) AS quantity
FROM members_purchaseline
WHERE purchase_id = ANY(%(purchase_ids)s::bigint[]) AND is_earning
GROUP BY purchase_id;
