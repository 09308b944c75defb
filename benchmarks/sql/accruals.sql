-- Accrue 10 points at a time to each of these wallets until its lots are as many as wanted,
-- at most so many for each at once; return how many that were. What accruing writes, and in
-- the order of booking: the wallets take turns, so no wallet's entries lie together.
WITH wallet AS (
    SELECT
        *,
        greatest(0, least(cast(%(lots)s AS bigint) - available / 10, cast(%(most)s AS bigint)))
            AS missing
    FROM floor_wallet
    WHERE currency = 'REDEEMABLE' AND member_id BETWEEN %(first)s AND %(last)s
),
fresh AS (
    SELECT
        member_id,
        turn,
        chain AS chain_before,
        seq + turn AS seq,
        available + 10 * turn AS available,
        pending,
        held,
        debt,
        greatest(last_at, now()) AS at,
        gen_random_uuid()::text AS key,
        decode(md5(seq::text), 'hex') AS digest
    FROM wallet CROSS JOIN LATERAL generate_series(1, missing) AS turn
),
linked AS MATERIALIZED (
    SELECT
        *,
        members_ledger_chain(
            chain_before,
            members_ledger_content(
                member_id, 'REDEEMABLE', seq, 'ACCRUE', 'ISSUANCE', 'AVAILABLE', 10,
                available, pending, held, debt, at, at, key, 0, digest, NULL, NULL, '', NULL
            )
        ) OVER (PARTITION BY member_id ORDER BY seq) AS chain
    FROM fresh
),
entries AS (
    INSERT INTO floor_entry (
        member_id, currency, seq, kind, source, destination, amount,
        available_after, pending_after, held_after, debt_after,
        booked_at, occurred_at, key, leg, digest, reference, chain
    )
    SELECT
        member_id, 'REDEEMABLE', seq, 'ACCRUE', 'ISSUANCE', 'AVAILABLE', 10,
        available, pending, held, debt,
        at, at, key, 0, digest, '', chain
    FROM linked
    ORDER BY turn, member_id
),
lots AS (
    INSERT INTO floor_lot (
        member_id, currency, number, amount, remaining, available_at, expires_at, state
    )
    SELECT member_id, 'REDEEMABLE', seq, 10, 10, at, '2030-01-01', 'OPEN'
    FROM linked
    ORDER BY turn, member_id
),
events AS (
    INSERT INTO floor_event (member_id, type, payload, occurred_at)
    SELECT
        member_id, 'points.accrued',
        jsonb_build_object('currency', 'REDEEMABLE', 'points', 10, 'seq', seq), at
    FROM linked
    ORDER BY turn, member_id
),
saved AS (
    UPDATE floor_wallet AS wallet
    SET
        available = latest.available,
        seq = latest.seq,
        last_at = latest.at,
        due_at = least(wallet.due_at, '2030-01-01'),
        chain = latest.chain
    FROM (SELECT DISTINCT ON (member_id) * FROM linked ORDER BY member_id, seq DESC) AS latest
    WHERE wallet.member_id = latest.member_id AND wallet.currency = 'REDEEMABLE'
)
SELECT count(*) FROM linked
