-- Find what each purchase names: channel, store and member by their codes, and the
-- purchase that was recorded under the same reference before, if one was.
-- One row for each, in the order they were told; the first one also has the ids of
-- those categories that exist. Changes nothing.
-- Each is looked up by itself, in a unique index: one purchase, as tills send them, must
-- not cost a scan.
CREATE OR REPLACE FUNCTION members_look_up(p_purchases json, p_categories json)
RETURNS TABLE (
    channel_id bigint, store_id bigint, member_id bigint, member_status text,
    purchase_id bigint, digest bytea, categories json, place integer, purchased_at timestamptz
) LANGUAGE sql STABLE AS $$
SELECT
    channel.id AS channel_id,
    store.id AS store_id,
    member.id AS member_id,
    member.status::text AS member_status,
    recorded.id AS purchase_id,
    recorded.digest,
    CASE
        WHEN told.place = 0
            THEN (
                SELECT json_object_agg(wanted.code, category.id)
                FROM json_array_elements_text(p_categories) AS wanted (code)
                CROSS JOIN LATERAL (
                    SELECT id FROM members_category
                    WHERE code = wanted.code
                    LIMIT 1 -- noqa: AM09
                ) AS category
            )
    END AS categories,
    told.place,
    told.purchased_at
FROM
    json_to_recordset(p_purchases) AS told (
        place integer, channel text, reference text, store text, member text,
        purchased_at timestamptz
    )
LEFT JOIN LATERAL (
    SELECT id FROM members_channel
    WHERE code = told.channel
    LIMIT 1 -- noqa: AM09
) AS channel ON true
LEFT JOIN LATERAL (
    SELECT id FROM members_store
    WHERE code = told.store
    LIMIT 1 -- noqa: AM09
) AS store ON true
LEFT JOIN LATERAL (
    SELECT
        id,
        status
    FROM members_member
    WHERE number = told.member
    LIMIT 1 -- noqa: AM09
) AS member ON true
LEFT JOIN LATERAL (
    SELECT
        id,
        digest
    FROM members_purchase
    WHERE channel_id = channel.id AND reference = told.reference
    LIMIT 1 -- noqa: AM09
) AS recorded ON true
$$;
