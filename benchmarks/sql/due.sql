-- Give these members wallets with so many lots that expire at one moment, and one that stays.
WITH fresh AS (
    SELECT
        member_id,
        number,
        CASE WHEN number > lots THEN 1000 ELSE 10 END AS amount,
        10 * least(number, lots) + CASE WHEN number > lots THEN 1000 ELSE 0 END AS available,
        CASE
            WHEN number > lots THEN timestamptz '2090-01-01'
            ELSE cast(%(due_at)s AS timestamptz)
        END AS expires_at,
        cast(%(at)s AS timestamptz) AS at,
        'accrued:' || number AS key,
        decode(md5(number::text), 'hex') AS digest
    FROM
        generate_series(cast(%(first)s AS bigint), cast(%(last)s AS bigint)) AS member_id
    CROSS JOIN (SELECT cast(%(lots)s AS bigint) AS lots) AS asked
    CROSS JOIN LATERAL generate_series(1, lots + 1) AS number
),
linked AS MATERIALIZED (
    SELECT
        *,
        members_ledger_chain(
            NULL,
            members_ledger_content(
                member_id, 'REDEEMABLE', number, 'ACCRUE', 'ISSUANCE', 'AVAILABLE', amount,
                available, 0, 0, 0, at, at, key, 0, digest, NULL, NULL, '', NULL
            )
        ) OVER (PARTITION BY member_id ORDER BY number) AS chain
    FROM fresh
),
entries AS (
    INSERT INTO members_entry (
        member_id, currency, seq, kind, source, destination, amount,
        available_after, pending_after, held_after, debt_after,
        booked_at, occurred_at, key, leg, digest, reference, chain
    )
    SELECT
        member_id, 'REDEEMABLE', number, 'ACCRUE', 'ISSUANCE', 'AVAILABLE', amount,
        available, 0, 0, 0,
        at, at, key, 0, digest, '', chain
    FROM linked
    ORDER BY number, member_id
),
lots AS (
    INSERT INTO members_lot (
        member_id, currency, number, amount, remaining, available_at, expires_at, state
    )
    SELECT member_id, 'REDEEMABLE', number, amount, amount, at, expires_at, 'OPEN'
    FROM linked
    ORDER BY number, member_id
)
INSERT INTO members_wallet (member_id, currency, available, seq, due_at, last_at, chain)
SELECT DISTINCT ON (member_id)
    member_id, 'REDEEMABLE', available, number, cast(%(due_at)s AS timestamptz), at, chain
FROM linked
ORDER BY member_id, number DESC
