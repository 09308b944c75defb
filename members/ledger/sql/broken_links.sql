-- Work the hash of every entry of a slice of members out again, from what it says and the
-- hash of the entry before: every row is an entry that is not as it was booked, or a wallet
-- whose last entry is not the one it knows.
-- Reads only, under one snapshot, so it may run beside everything else.
WITH
entry AS (
    SELECT
        member_id,
        currency,
        seq,
        chain,
        members_ledger_link(
            lag(chain) OVER one_wallet,
            members_ledger_content(
                member_id, currency, seq, kind, source, destination, amount, available_after,
                pending_after, held_after, debt_after, booked_at, occurred_at, key, leg, digest,
                lots, takes, reference, refers_to
            )
        ) AS link,
        lead(seq) OVER one_wallet IS NULL AS is_last
    FROM members_entry
    WHERE member_id >= %(from_member)s AND member_id < %(to_member)s
    WINDOW one_wallet AS (PARTITION BY member_id, currency ORDER BY seq)
)

SELECT
    member_id,
    currency,
    'entry ' || seq || ' is as it was booked' AS rule,
    coalesce(encode(chain, 'hex'), 'none') AS expected,
    encode(link, 'hex') AS actual
FROM entry
WHERE chain IS DISTINCT FROM link

UNION ALL
SELECT
    coalesce(wallet.member_id, entry.member_id),
    coalesce(wallet.currency, entry.currency),
    'the wallet knows the hash of its last entry',
    coalesce(encode(entry.chain, 'hex'), 'none'),
    coalesce(encode(wallet.chain, 'hex'), 'none')
FROM (
    SELECT * FROM members_wallet
    WHERE member_id >= %(from_member)s AND member_id < %(to_member)s
) AS wallet
FULL JOIN (
    SELECT * FROM entry
    WHERE is_last
) AS entry
    ON entry.member_id = wallet.member_id AND entry.currency = wallet.currency
WHERE entry.chain IS DISTINCT FROM wallet.chain

ORDER BY 1, 2, 3;
