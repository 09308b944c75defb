-- What a redemption or a captured hold spent and was not given back yet, lot by lot, in
-- the order in which it was taken. Call with the wallet locked.
CREATE OR REPLACE FUNCTION members_ledger_spent_by(
    p_member bigint, p_currency text, p_seq bigint
) RETURNS TABLE (place bigint, number bigint, points bigint) LANGUAGE sql STABLE AS $$
    WITH redemption AS (
        SELECT kind, coalesce(refers_to, seq) AS taken_by FROM members_entry
        WHERE member_id = p_member AND currency = p_currency AND seq = p_seq
    ),
    change AS (
        SELECT
            lot.number,
            CASE WHEN entry.seq = redemption.taken_by THEN lot.place END AS place,
            -CASE entry.kind WHEN 'COURTESY' THEN entry.amount ELSE lot.take END AS points
        FROM redemption
        INNER JOIN members_entry AS entry
            ON
                entry.member_id = p_member AND entry.currency = p_currency
                AND (
                    entry.seq = redemption.taken_by
                    OR entry.refers_to = redemption.taken_by AND entry.kind = 'VOID'
                    OR entry.refers_to = p_seq AND entry.kind IN ('GIVE_BACK', 'COURTESY')
                )
        CROSS JOIN
            LATERAL unnest(entry.lots, entry.takes) WITH ORDINALITY AS lot (number, take, place)
    )
    SELECT max(place), number, sum(points)::bigint
    FROM change
    GROUP BY number
    HAVING sum(points) > 0
    ORDER BY max(place)
$$;
