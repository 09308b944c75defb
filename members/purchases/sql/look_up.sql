-- Find what each purchase names: channel, store and member by their codes, and the
-- purchase that was recorded under the same reference before, if one was.
-- One row for each, in the order they were told. Changes nothing.
SELECT
    channel.id AS channel_id,
    store.id AS store_id,
    member.id AS member_id,
    member.status AS member_status,
    recorded.id AS purchase_id,
    recorded.digest
FROM
    unnest(
        %(channels)s::text[], %(references)s::text[], %(stores)s::text[], %(members)s::text[]
    ) WITH ORDINALITY AS told (channel, reference, store, member, place)
LEFT JOIN members_channel AS channel ON channel.code = told.channel
LEFT JOIN members_store AS store ON store.code = told.store
LEFT JOIN members_member AS member ON member.number = told.member
LEFT JOIN members_purchase AS recorded
    ON recorded.channel_id = channel.id AND recorded.reference = told.reference
ORDER BY told.place;
