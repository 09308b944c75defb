-- The floor of an accrual: the rows it writes, in one statement, with nothing checked.
\set member random(:first, :last)
WITH wallet AS (
    UPDATE floor_wallet
    SET
        available = available + 10,
        seq = seq + 1,
        last_at = clock_timestamp(),
        chain = sha256(int8send(seq))
    WHERE member_id = :member AND currency = 'REDEEMABLE'
    RETURNING *
),
entry AS (
    INSERT INTO floor_entry (
        member_id, currency, seq, kind, source, destination, amount,
        available_after, pending_after, held_after, debt_after,
        booked_at, occurred_at, key, leg, digest, reference, chain
    )
    SELECT
        member_id, currency, seq, 'ACCRUE', 'ISSUANCE', 'AVAILABLE', 10,
        available, pending, held, debt,
        last_at, last_at, gen_random_uuid()::text, 0, decode(md5(seq::text), 'hex'), '', chain
    FROM wallet
),
lot AS (
    INSERT INTO floor_lot (
        member_id, currency, number, amount, remaining, available_at, expires_at, state
    )
    SELECT member_id, currency, seq, 10, 10, last_at, '2030-01-01', 'OPEN' FROM wallet
)
INSERT INTO floor_event (member_id, type, payload, occurred_at)
SELECT
    member_id, 'points.accrued',
    jsonb_build_object('currency', currency, 'points', 10, 'seq', seq), last_at
FROM wallet;
