-- What each of these members paid for purchases of a span, without what came back of
-- them, and on how many days they came: days on which they bought something that they
-- did not bring back entirely. A return counts for the day of its purchase, whenever it was.
-- Members who bought nothing are left out.
-- Repeatable: only reads.
WITH bought AS (
    SELECT
        purchase.member_id,
        cast(purchase.purchased_at AT TIME ZONE %(zone)s AS date) AS day,
        purchase.amount - coalesce(
            (
                SELECT sum(returned.amount)
                FROM members_return AS returned
                WHERE returned.purchase_id = purchase.id
            ),
            0
        ) AS amount
    FROM members_purchase AS purchase
    WHERE
        purchase.member_id = any(cast(%(member_ids)s AS bigint[]))
        AND purchase.purchased_at >= %(since)s
        AND purchase.purchased_at < %(until)s
)

SELECT
    member_id,
    greatest(sum(amount), 0) AS spend,
    count(DISTINCT day) FILTER (WHERE amount > 0) AS visits
FROM bought
GROUP BY member_id;
