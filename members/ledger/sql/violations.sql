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

lot_change AS (
    SELECT
        entry.member_id,
        entry.currency,
        change.number,
        sum(change.points) AS points
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
        (
            'the wallet knows when it is due', 0,
            CASE
                WHEN wallet.due_at <= lot_total.due_at OR lot_total.due_at IS NULL THEN 0 ELSE 1
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
    coalesce(lot.member_id, entry.member_id),
    coalesce(lot.currency, entry.currency),
    'lot ' || coalesce(lot.number, entry.seq) || ' is what entry accrued',
    coalesce(entry.amount, 0),
    coalesce(lot.amount, 0)
FROM lot
FULL JOIN (
    SELECT * FROM entry
    WHERE kind = 'ACCRUE'
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
