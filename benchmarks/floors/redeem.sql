-- The floor of a redemption that takes three lots: the rows it writes, in one statement, with
-- nothing checked. Each client has members of its own, as one statement does not see what
-- another one took of the same wallet while it waited.
\set member :first + :client_id * :each + random(0, :each - 1)
WITH next AS (
    SELECT number, remaining
    FROM floor_lot
    WHERE member_id = :member AND currency = 'REDEEMABLE' AND state = 'OPEN'
    ORDER BY expires_at, number
    LIMIT 3
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
        available = available - 30,
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
        booked_at, occurred_at, key, leg, digest, lots, takes, reference, chain
    )
    SELECT
        member_id, currency, seq, 'REDEEM', 'AVAILABLE', 'REDEMPTION', 30,
        available, pending, held, debt,
        last_at, last_at, gen_random_uuid()::text, 0, decode(md5(seq::text), 'hex'),
        (SELECT array_agg(number) FROM taken), (SELECT array_agg(-remaining) FROM taken),
        '', chain
    FROM wallet
)
INSERT INTO floor_event (member_id, type, payload, occurred_at)
SELECT
    member_id, 'points.redeemed',
    jsonb_build_object('currency', currency, 'points', 30, 'seq', seq), last_at
FROM wallet;
