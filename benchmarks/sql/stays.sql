-- A stay in the second tier for each of these members, which ends at a moment.
INSERT INTO members_tierperiod (
    member_id, tier_id, starts_at, ends_at, reason, qualifying_points, decided_at
)
SELECT
    member_id,
    (SELECT id FROM members_tier ORDER BY rank OFFSET 1 LIMIT 1),
    cast(%(ends_at)s AS timestamptz) - interval '365 days',
    %(ends_at)s,
    'REACHED',
    1000,
    now()
FROM generate_series(cast(%(first)s AS bigint), cast(%(last)s AS bigint)) AS member_id
