-- Give a member a wallet of so many entries: points accrued and spent in turns, and at the end
-- a dozen lots that are open. However long it is, that is what it holds.
WITH fresh AS (
    SELECT
        cast(%(member)s AS bigint) AS member_id,
        seq,
        turn.is_spent,
        CASE WHEN turn.is_spent THEN 'REDEEM' ELSE 'ACCRUE' END AS kind,
        CASE WHEN turn.is_spent THEN 'AVAILABLE' ELSE 'ISSUANCE' END AS source,
        CASE WHEN turn.is_spent THEN 'REDEMPTION' ELSE 'AVAILABLE' END AS destination,
        CASE
            WHEN seq > entries - 12 THEN 10 * (seq - entries + 12)
            WHEN turn.is_spent THEN 0
            ELSE 10
        END AS available,
        seq > entries - 12 AS is_open,
        now() - (entries - seq) * interval '1 minute' AS at,
        CASE WHEN turn.is_spent THEN ARRAY[seq - 1] END AS lots,
        CASE WHEN turn.is_spent THEN ARRAY[-10::bigint] END AS takes,
        'moved:' || seq AS key,
        decode(md5(seq::text), 'hex') AS digest
    FROM (SELECT cast(%(entries)s AS bigint) / 2 * 2 AS entries) AS asked
    CROSS JOIN LATERAL generate_series(1, entries) AS seq
    CROSS JOIN LATERAL (SELECT seq %% 2 = 0 AND seq <= entries - 12 AS is_spent) AS turn
),
linked AS MATERIALIZED (
    SELECT
        *,
        members_ledger_chain(
            NULL,
            members_ledger_content(
                member_id, 'REDEEMABLE', seq, kind, source, destination, 10,
                available, 0, 0, 0, at, at, key, 0, digest, lots, takes, '', NULL
            )
        ) OVER (ORDER BY seq) AS chain
    FROM fresh
),
entries AS (
    INSERT INTO members_entry (
        member_id, currency, seq, kind, source, destination, amount,
        available_after, pending_after, held_after, debt_after,
        booked_at, occurred_at, key, leg, digest, lots, takes, reference, chain
    )
    SELECT
        member_id, 'REDEEMABLE', seq, kind, source, destination, 10,
        available, 0, 0, 0,
        at, at, key, 0, digest, lots, takes, '', chain
    FROM linked
),
lots AS (
    INSERT INTO members_lot (
        member_id, currency, number, amount, remaining, available_at, expires_at, state
    )
    SELECT
        member_id, 'REDEEMABLE', seq, 10, CASE WHEN is_open THEN 10 ELSE 0 END, at, '2090-01-01',
        CASE WHEN is_open THEN 'OPEN' ELSE 'CLOSED' END
    FROM linked WHERE NOT is_spent
)
INSERT INTO members_wallet (member_id, currency, available, seq, due_at, last_at, chain)
SELECT member_id, 'REDEEMABLE', available, seq, '2090-01-01', at, chain
FROM linked
ORDER BY seq DESC
LIMIT 1
