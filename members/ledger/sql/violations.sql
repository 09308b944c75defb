-- Reconcile the wallets of a slice of members: every row is a rule that is broken.
-- Reads only, under one snapshot, so it may run beside everything else.
WITH
wallet AS (
    SELECT * FROM members_wallet
    WHERE member_id >= %(from_member)s AND member_id < %(to_member)s
),

entry AS (
    SELECT
        entry.*,
        CASE 'AVAILABLE' WHEN destination THEN amount WHEN source THEN -amount ELSE 0 END
            AS available_change,
        CASE 'PENDING' WHEN destination THEN amount WHEN source THEN -amount ELSE 0 END
            AS pending_change,
        CASE 'HELD' WHEN destination THEN amount WHEN source THEN -amount ELSE 0 END
            AS held_change,
        CASE 'DEBT' WHEN source THEN amount WHEN destination THEN -amount ELSE 0 END
            AS debt_change,
        lag(seq, 1, 0::bigint) OVER one_wallet AS seq_before,
        lag(booked_at) OVER one_wallet AS booked_before,
        lag(available_after, 1, 0::bigint) OVER one_wallet AS available_before,
        lag(pending_after, 1, 0::bigint) OVER one_wallet AS pending_before,
        lag(held_after, 1, 0::bigint) OVER one_wallet AS held_before,
        lag(debt_after, 1, 0::bigint) OVER one_wallet AS debt_before
    FROM members_entry AS entry
    WHERE member_id >= %(from_member)s AND member_id < %(to_member)s
    WINDOW one_wallet AS (PARTITION BY member_id, currency ORDER BY seq)
),

entry_total AS (
    SELECT
        member_id,
        currency,
        count(*) AS entries,
        max(seq) AS last_seq,
        max(booked_at) AS last_at,
        sum(available_change) AS available,
        sum(pending_change) AS pending,
        sum(held_change) AS held,
        sum(debt_change) AS debt
    FROM entry
    GROUP BY member_id, currency
),

lot AS (
    SELECT * FROM members_lot
    WHERE member_id >= %(from_member)s AND member_id < %(to_member)s
),

lot_total AS (
    SELECT
        member_id,
        currency,
        coalesce(sum(remaining) FILTER (WHERE state = 'OPEN'), 0) AS open_points,
        coalesce(sum(remaining) FILTER (WHERE state = 'PENDING'), 0) AS pending_points,
        min(CASE state WHEN 'OPEN' THEN expires_at WHEN 'PENDING' THEN available_at END) AS due_at
    FROM lot
    GROUP BY member_id, currency
),

hold_total AS (
    SELECT
        member_id,
        currency,
        sum(amount) AS held,
        min(lapses_at) AS due_at
    FROM members_hold
    WHERE
        member_id >= %(from_member)s AND member_id < %(to_member)s
        AND status = 'OPEN'
    GROUP BY member_id, currency
),

lot_change AS (
    SELECT
        entry.member_id,
        entry.currency,
        change.number,
        sum(change.points) AS points,
        -sum(change.points) FILTER (WHERE entry.kind = 'EXPIRE') AS expired
    FROM entry
    CROSS JOIN LATERAL unnest(entry.lots, entry.takes) AS change (number, points)
    WHERE entry.lots IS NOT NULL
    GROUP BY entry.member_id, entry.currency, change.number
)

SELECT
    wallet.member_id,
    wallet.currency,
    claim.rule,
    claim.expected,
    claim.actual
FROM wallet
LEFT JOIN entry_total USING (member_id, currency)
LEFT JOIN lot_total USING (member_id, currency)
LEFT JOIN hold_total USING (member_id, currency)
CROSS JOIN
    LATERAL (
        VALUES
        ('available is the sum of entries', coalesce(entry_total.available, 0), wallet.available),
        ('pending is the sum of entries', coalesce(entry_total.pending, 0), wallet.pending),
        ('held is the sum of entries', coalesce(entry_total.held, 0), wallet.held),
        ('debt is the sum of entries', coalesce(entry_total.debt, 0), wallet.debt),
        ('entries are numbered without gaps', wallet.seq, coalesce(entry_total.entries, 0)),
        ('the last entry is the wallet''s', wallet.seq, coalesce(entry_total.last_seq, 0)),
        ('available is what open lots hold', coalesce(lot_total.open_points, 0), wallet.available),
        (
            'pending is what pending lots hold',
            coalesce(lot_total.pending_points, 0),
            wallet.pending
        ),
        ('held is what open holds set aside', coalesce(hold_total.held, 0), wallet.held),
        (
            'the wallet knows when it is due', 0,
            CASE
                WHEN
                    wallet.due_at
                    <= least(lot_total.due_at, hold_total.due_at, wallet.lasts_until) THEN 0
                WHEN
                    least(lot_total.due_at, hold_total.due_at, wallet.lasts_until)
                    IS NULL THEN 0
                ELSE 1
            END
        )
    ) AS claim (rule, expected, actual)
WHERE claim.expected <> claim.actual

UNION ALL
SELECT
    member_id,
    currency,
    'entry ' || seq || ' carries the balances on',
    available_before + available_change,
    available_after
FROM entry
WHERE
    available_after <> available_before + available_change
    OR pending_after <> pending_before + pending_change
    OR held_after <> held_before + held_change
    OR debt_after <> debt_before + debt_change
    OR seq <> seq_before + 1
    OR booked_at < booked_before

UNION ALL
SELECT
    lot.member_id,
    lot.currency,
    'lot ' || lot.number || ' is its amount and its takes',
    lot.amount + coalesce(lot_change.points, 0),
    lot.remaining
FROM lot
LEFT JOIN lot_change USING (member_id, currency, number)
WHERE lot.remaining <> lot.amount + coalesce(lot_change.points, 0)

UNION ALL
SELECT
    lot.member_id,
    lot.currency,
    'lot ' || lot.number || ' knows what of it expired',
    coalesce(lot_change.expired, 0),
    lot.expired
FROM lot
LEFT JOIN lot_change USING (member_id, currency, number)
WHERE lot.expired <> coalesce(lot_change.expired, 0)

UNION ALL
SELECT
    hold.member_id,
    hold.currency,
    'hold ' || hold.number || ' ' || claim.rule,
    claim.expected,
    claim.actual
FROM members_hold AS hold
LEFT JOIN entry
    ON
        entry.member_id = hold.member_id AND entry.currency = hold.currency
        AND entry.seq = hold.number AND entry.kind = 'HOLD'
LEFT JOIN LATERAL (
    SELECT
        coalesce(sum(about.amount) FILTER (WHERE about.kind = 'CAPTURE'), 0) AS captured,
        coalesce(sum(about.amount) FILTER (WHERE about.kind <> 'CAPTURE'), 0) AS given_back
    FROM members_entry AS about
    WHERE
        about.member_id = hold.member_id AND about.currency = hold.currency
        AND about.refers_to = hold.number AND about.kind IN ('CAPTURE', 'VOID', 'LAPSE')
) AS ending ON TRUE
CROSS JOIN
    LATERAL (
        VALUES
        ('is what its entry set aside', coalesce(entry.amount, 0), hold.amount),
        ('knows what was captured', ending.captured, hold.captured),
        (
            'gives back what it did not capture',
            CASE hold.status WHEN 'OPEN' THEN 0 ELSE hold.amount - hold.captured END,
            ending.given_back
        )
    ) AS claim (rule, expected, actual)
WHERE
    hold.member_id >= %(from_member)s AND hold.member_id < %(to_member)s
    AND claim.expected <> claim.actual

UNION ALL
SELECT
    entry.member_id,
    entry.currency,
    'entry ' || entry.seq || ' set aside what a hold holds',
    entry.amount,
    0
FROM entry
LEFT JOIN members_hold AS hold
    ON
        hold.member_id = entry.member_id AND hold.currency = entry.currency
        AND hold.number = entry.seq
WHERE entry.kind = 'HOLD' AND hold.number IS NULL

UNION ALL
SELECT
    coalesce(lot.member_id, entry.member_id),
    coalesce(lot.currency, entry.currency),
    'lot ' || coalesce(lot.number, entry.seq) || ' is what its entry brought',
    coalesce(entry.amount, 0),
    coalesce(lot.amount, 0)
FROM lot
FULL JOIN (
    SELECT * FROM entry
    WHERE
        kind IN ('ACCRUE', 'COURTESY', 'TRANSFER_IN')
        OR kind = 'ADJUST' AND destination = 'AVAILABLE'
) AS entry
    ON
        entry.member_id = lot.member_id AND entry.currency = lot.currency
        AND entry.seq = lot.number
WHERE entry.amount IS DISTINCT FROM lot.amount

UNION ALL
SELECT
    entry_total.member_id,
    entry_total.currency,
    'entries belong to a wallet',
    0,
    entry_total.entries
FROM entry_total
LEFT JOIN wallet USING (member_id, currency)
WHERE wallet.member_id IS NULL

ORDER BY member_id, currency, rule
