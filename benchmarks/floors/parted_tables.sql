-- The floor's tables with entries and events in sixteen partitions, by the hash of the member.
-- By time is not tried: entries and their keys are unique in a wallet for ever, and a partition
-- knows of no other's rows.
CREATE TABLE parted_wallet (LIKE members_wallet INCLUDING ALL);
CREATE TABLE parted_lot (LIKE members_lot INCLUDING ALL);
CREATE TABLE parted_hold (LIKE members_hold INCLUDING ALL);
CREATE TABLE parted_entry (LIKE members_entry INCLUDING ALL) PARTITION BY HASH (member_id);
CREATE SEQUENCE parted_event_ids;
CREATE TABLE parted_event (LIKE members_event) PARTITION BY HASH (member_id);
ALTER TABLE parted_event
    ALTER COLUMN id SET DEFAULT nextval('parted_event_ids'),
    ADD PRIMARY KEY (member_id, id);
DO $$
BEGIN
    FOR part IN 0..15 LOOP
        EXECUTE format(
            'CREATE TABLE parted_entry_%1$s PARTITION OF parted_entry'
            ' FOR VALUES WITH (MODULUS 16, REMAINDER %1$s)', part
        );
        EXECUTE format(
            'CREATE TABLE parted_event_%1$s PARTITION OF parted_event'
            ' FOR VALUES WITH (MODULUS 16, REMAINDER %1$s)', part
        );
    END LOOP;
END $$;
