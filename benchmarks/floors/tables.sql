-- The ledger's tables once more, without triggers and foreign keys, for the floors to write.
CREATE TABLE IF NOT EXISTS floor_wallet (LIKE members_wallet INCLUDING ALL);
CREATE TABLE IF NOT EXISTS floor_entry (LIKE members_entry INCLUDING ALL);
CREATE TABLE IF NOT EXISTS floor_lot (LIKE members_lot INCLUDING ALL);
CREATE TABLE IF NOT EXISTS floor_hold (LIKE members_hold INCLUDING ALL);
CREATE TABLE IF NOT EXISTS floor_event (LIKE members_event INCLUDING ALL);

-- One row that everybody adds to.
CREATE TABLE IF NOT EXISTS floor_hot (id int PRIMARY KEY, balance bigint NOT NULL);
INSERT INTO floor_hot VALUES (1, 0) ON CONFLICT DO NOTHING;
