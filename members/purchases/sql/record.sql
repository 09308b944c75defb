-- Record purchases, and answer with those that nobody had recorded before.
-- In the order of their key, so that two callers who tell the same purchases wait for
-- each other and never in a circle. Of two with one key the first counts.
-- Repeatable: one that is known stays as it was.
INSERT INTO members_purchase (
    channel_id, reference, member_id, store_id, staff, amount, purchased_at, recorded_at, digest
)
SELECT
    told.channel_id,
    told.reference,
    told.member_id,
    told.store_id,
    told.staff,
    told.amount,
    told.purchased_at,
    %(at)s,
    decode(told.digest, 'hex')
FROM
    json_to_recordset(%(purchases)s::json) AS told (
        place integer, channel_id bigint, reference text, member_id bigint, store_id bigint,
        staff text, amount numeric, purchased_at timestamptz, digest text
    )
ORDER BY told.channel_id, told.reference, told.place
ON CONFLICT (channel_id, reference) DO NOTHING
RETURNING channel_id, reference, id;
