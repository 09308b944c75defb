-- What was written since the mark: how many rows of which table and which kind.
SELECT
    'entry',
    concat_ws(
        ' ', entry.kind, entry.source, entry.destination,
        'of', cardinality(entry.lots), cardinality(entry.takes), 'lots with',
        length(entry.key), 'key', length(entry.digest), 'digest', length(entry.chain), 'chain',
        CASE WHEN entry.refers_to IS NOT NULL THEN 'refers' END
    ),
    count(*)
FROM floor_mark AS mark
INNER JOIN floor_entry AS entry USING (member_id, currency)
WHERE entry.seq > mark.seq
GROUP BY 2
UNION ALL
SELECT 'hold', hold.status, count(*)
FROM floor_mark AS mark
INNER JOIN floor_hold AS hold USING (member_id, currency)
WHERE hold.number > mark.seq
GROUP BY 2
UNION ALL
SELECT
    'event',
    event.type || ' ' || (
        SELECT string_agg(key, ' ' ORDER BY key) FROM jsonb_object_keys(event.payload) AS key
    ),
    count(*)
FROM floor_event AS event
WHERE event.id > (SELECT id FROM floor_mark_event)
GROUP BY 2
UNION ALL
SELECT change.what, change.how, change.much
FROM (
    SELECT
        sum(wallet.seq - mark.seq) AS seq,
        sum(wallet.available - mark.available) AS available,
        sum(wallet.held - mark.held) AS held,
        sum(lot.made) AS made,
        sum(lot.open_lots - mark.open_lots) AS opened,
        sum(lot.expired - mark.expired) AS expired
    FROM floor_mark AS mark
    INNER JOIN floor_wallet AS wallet USING (member_id, currency)
    CROSS JOIN LATERAL (
        SELECT
            count(*) FILTER (WHERE number > mark.seq) AS made,
            count(*) FILTER (WHERE state = 'OPEN') AS open_lots,
            coalesce(sum(expired), 0) AS expired
        FROM floor_lot
        WHERE member_id = wallet.member_id AND currency = wallet.currency
    ) AS lot
) AS total
CROSS JOIN LATERAL (
    VALUES
    ('wallet', 'seq', seq), ('wallet', 'available', available), ('wallet', 'held', held),
    ('lot', 'made', made), ('lot', 'more open', opened), ('lot', 'expired', expired)
) AS change (what, how, much)
