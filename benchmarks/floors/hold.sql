-- The floor of a hold of one lot that is opened and captured: the rows that these two write,
-- in a statement each, with nothing checked. Each client has members of its own.
\set member :first + :client_id * :each + random(0, :each - 1)
WITH next AS (
    SELECT number, remaining
    FROM floor_lot
    WHERE member_id = :member AND currency = 'REDEEMABLE' AND state = 'OPEN'
    ORDER BY expires_at, number
    LIMIT 1
),
taken AS (
    UPDATE floor_lot AS lot
    SET remaining = 0, state = 'CLOSED'
    FROM next
    WHERE
        lot.member_id = :member AND lot.currency = 'REDEEMABLE' AND lot.number = next.number
    RETURNING next.number, next.remaining
),
wallet AS (
    UPDATE floor_wallet
    SET
        available = available - 10,
        held = held + 10,
        seq = seq + 1,
        due_at = clock_timestamp() + interval '15 minutes',
        last_at = clock_timestamp(),
        chain = sha256(int8send(seq))
    WHERE member_id = :member AND currency = 'REDEEMABLE'
    RETURNING *
),
entry AS (
    INSERT INTO floor_entry (
        member_id, currency, seq, kind, source, destination, amount,
        available_after, pending_after, held_after, debt_after,
        booked_at, occurred_at, key, leg, digest, lots, takes, reference, chain
    )
    SELECT
        member_id, currency, seq, 'HOLD', 'AVAILABLE', 'HELD', 10,
        available, pending, held, debt,
        last_at, last_at, gen_random_uuid()::text, 0, decode(md5(seq::text), 'hex'),
        (SELECT array_agg(number) FROM taken), (SELECT array_agg(-remaining) FROM taken),
        '', chain
    FROM wallet
),
hold AS (
    INSERT INTO floor_hold (member_id, currency, number, amount, lapses_at)
    SELECT member_id, currency, seq, 10, due_at FROM wallet
),
event AS (
    INSERT INTO floor_event (member_id, type, payload, occurred_at)
    SELECT
        member_id, 'points.held',
        jsonb_build_object('currency', currency, 'points', 10, 'seq', seq), last_at
    FROM wallet
)
SELECT seq AS hold FROM wallet \gset
WITH wallet AS (
    UPDATE floor_wallet
    SET
        held = held - 10,
        seq = seq + 1,
        due_at = '2030-01-01',
        last_at = clock_timestamp(),
        chain = sha256(int8send(seq))
    WHERE member_id = :member AND currency = 'REDEEMABLE'
    RETURNING *
),
ended AS (
    UPDATE floor_hold
    SET status = 'CAPTURED', captured = 10, ended_at = clock_timestamp()
    WHERE member_id = :member AND currency = 'REDEEMABLE' AND number = :hold
),
entry AS (
    INSERT INTO floor_entry (
        member_id, currency, seq, kind, source, destination, amount,
        available_after, pending_after, held_after, debt_after,
        booked_at, occurred_at, key, leg, digest, reference, refers_to, chain
    )
    SELECT
        member_id, currency, seq, 'CAPTURE', 'HELD', 'REDEMPTION', 10,
        available, pending, held, debt,
        last_at, last_at, gen_random_uuid()::text, 0, decode(md5(seq::text), 'hex'),
        '', :hold, chain
    FROM wallet
)
INSERT INTO floor_event (member_id, type, payload, occurred_at)
SELECT
    member_id, 'points.captured',
    jsonb_build_object('currency', currency, 'points', 10, 'seq', seq, 'hold', :hold::bigint), last_at
FROM wallet;
