-- Book one purchase in one round trip: the facts, the receipts, what was known of the
-- member if a rule asked, the points and the event.
-- Answers with its id, or with nothing if one was recorded under its reference before:
-- then nothing is booked. Whoever loses the race for a reference waits here for the winner.
WITH purchase AS MATERIALIZED (
    SELECT
        %(member_id)s::bigint AS member_id,
        members_record_purchase(
            %(channel_id)s, %(reference)s, %(member_id)s, %(store_id)s, %(staff)s,
            %(amount)s, %(purchased_at)s, %(digest)s, %(lines)s, %(at)s
        ) AS id
),

receipts AS (
    INSERT INTO rewards_earningreceipt (
        purchase_id, rule_id, eligible_amount, multiplier, points, uncapped, capped_by,
        line_numbers, line_points
    )
    SELECT
        purchase.id,
        receipt.rule_id,
        receipt.eligible_amount,
        receipt.multiplier,
        receipt.points,
        receipt.uncapped,
        receipt.capped_by,
        receipt.line_numbers,
        receipt.line_points
    FROM purchase
    CROSS JOIN json_populate_recordset(NULL::rewards_earningreceipt, %(receipts)s) AS receipt
    WHERE purchase.id IS NOT NULL
),

known AS (
    INSERT INTO rewards_knownfacts (purchase_id, facts, segments)
    SELECT
        purchase.id,
        known.facts,
        known.segments
    FROM purchase
    CROSS JOIN json_to_recordset(%(known)s) AS known (facts jsonb, segments jsonb)
    WHERE purchase.id IS NOT NULL
),

-- The member comes from the purchase, so that there are no points without it.
points AS MATERIALIZED (
    SELECT posting.outcome
    FROM purchase
    CROSS JOIN
        json_to_recordset(%(accruals)s) AS accrual (
            currency text, points bigint, key text, digest text, reference text,
            occurred_at timestamptz, available_at timestamptz, expires_at timestamptz
        )
    CROSS JOIN
        LATERAL members_ledger_accrue(
            purchase.member_id, accrual.currency, accrual.points, accrual.key,
            decode(accrual.digest, 'hex'), accrual.available_at, accrual.expires_at,
            accrual.reference, accrual.occurred_at, %(at)s, %(subscribers)s
        ) AS posting
    WHERE purchase.id IS NOT NULL
)

SELECT
    purchase.id,
    (SELECT count(*) FROM points) AS postings,
    members_record_event(
        purchase.member_id, %(event)s, %(payload)s, %(purchased_at)s, %(subscribers)s
    ) AS event
FROM purchase
WHERE purchase.id IS NOT NULL;
