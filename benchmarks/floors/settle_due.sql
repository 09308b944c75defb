-- The floor of settling: what is due expires, all wallets in one statement, the rows that
-- settling writes. All that is due here are lots that expire.
WITH due AS (
    SELECT lot.member_id, lot.currency, lot.number, lot.remaining, lot.expires_at
    FROM floor_wallet AS wallet
    INNER JOIN floor_lot AS lot
        ON lot.member_id = wallet.member_id AND lot.currency = wallet.currency
    WHERE
        wallet.due_at <= %(at)s
        AND lot.state = 'OPEN' AND lot.expires_at <= %(at)s
),
expired AS (
    UPDATE floor_lot AS lot
    SET remaining = 0, state = 'CLOSED', expired = lot.expired + due.remaining
    FROM due
    WHERE
        lot.member_id = due.member_id AND lot.currency = due.currency
        AND lot.number = due.number
    RETURNING due.*
),
lost AS (
    SELECT
        member_id,
        currency,
        sum(remaining)::bigint AS points,
        array_agg(number) AS lots,
        array_agg(-remaining) AS takes,
        max(expires_at) AS occurred_at
    FROM expired
    GROUP BY member_id, currency
),
wallet AS (
    UPDATE floor_wallet AS wallet
    SET
        available = wallet.available - lost.points,
        seq = wallet.seq + 1,
        due_at = %(due_next)s,
        last_at = greatest(wallet.last_at, %(at)s),
        chain = sha256(int8send(wallet.seq))
    FROM lost
    WHERE wallet.member_id = lost.member_id AND wallet.currency = lost.currency
    RETURNING
        wallet.*, lost.points, lost.lots, lost.takes, lost.occurred_at
),
entry AS (
    INSERT INTO floor_entry (
        member_id, currency, seq, kind, source, destination, amount,
        available_after, pending_after, held_after, debt_after,
        booked_at, occurred_at, leg, lots, takes, reference, chain
    )
    SELECT
        member_id, currency, seq, 'EXPIRE', 'AVAILABLE', 'BREAKAGE', points,
        available, pending, held, debt,
        last_at, occurred_at, 0, lots, takes, '', chain
    FROM wallet
)
INSERT INTO floor_event (member_id, type, payload, occurred_at)
SELECT
    member_id, 'points.expired',
    jsonb_build_object('currency', currency, 'points', points, 'seq', seq), occurred_at
FROM wallet
