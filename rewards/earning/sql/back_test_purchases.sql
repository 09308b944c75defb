-- What these members bought in a span, in the order in which it was recorded.
-- Repeatable: only reads.
SELECT
    purchase.id,
    purchase.member_id,
    purchase.purchased_at,
    purchase.amount,
    store.code AS store,
    store.region,
    store.time_zone,
    channel.code AS channel
FROM members_purchase AS purchase
INNER JOIN members_store AS store ON purchase.store_id = store.id
INNER JOIN members_channel AS channel ON purchase.channel_id = channel.id
WHERE
    purchase.member_id = ANY(%(member_ids)s::bigint[])
    AND purchase.purchased_at >= %(since)s AND purchase.purchased_at < %(until)s
ORDER BY purchase.id;
