-- Remember how far the wallets of these members are, so that what is written from now on
-- can be told from what was there.
DROP TABLE IF EXISTS floor_mark;
CREATE UNLOGGED TABLE floor_mark AS
SELECT
    wallet.member_id,
    wallet.currency,
    wallet.seq,
    wallet.available,
    wallet.held,
    lot.open_lots,
    lot.expired
FROM floor_wallet AS wallet
CROSS JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE state = 'OPEN') AS open_lots,
        coalesce(sum(expired), 0) AS expired
    FROM floor_lot
    WHERE member_id = wallet.member_id AND currency = wallet.currency
) AS lot
WHERE wallet.member_id BETWEEN {first} AND {last};
DROP TABLE IF EXISTS floor_mark_event;
CREATE UNLOGGED TABLE floor_mark_event AS
SELECT coalesce(max(id), 0) AS id FROM floor_event;
ANALYZE floor_mark;
