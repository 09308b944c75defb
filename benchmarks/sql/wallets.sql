-- An empty wallet for each of these members who has none.
INSERT INTO floor_wallet (member_id, currency)
SELECT member_id, 'REDEEMABLE'
FROM generate_series(cast(%(first)s AS bigint), cast(%(last)s AS bigint)) AS member_id
ON CONFLICT DO NOTHING
