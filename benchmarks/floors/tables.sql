-- The ledger's tables once more, without triggers and foreign keys, for the floors to write.
CREATE TABLE floor_wallet (LIKE members_wallet INCLUDING ALL);
CREATE TABLE floor_entry (LIKE members_entry INCLUDING ALL);
CREATE TABLE floor_lot (LIKE members_lot INCLUDING ALL);
CREATE TABLE floor_event (LIKE members_event INCLUDING ALL);
