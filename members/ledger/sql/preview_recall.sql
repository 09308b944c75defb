-- What recalling a batch would take, by what the wallets hold now. Changes nothing.
SELECT
    count(*) AS members,
    coalesce(sum(grant_entry.amount), 0) AS granted,
    coalesce(sum(taken.points), 0) AS taken,
    coalesce(
        sum(
            CASE %(shortfall)s
                WHEN 'DEBT'
                    THEN left_of_it.points - taken.points
                ELSE 0
            END
        ),
        0
    ) AS owed
FROM members_wallet AS wallet
INNER JOIN members_entry AS grant_entry
    ON
        grant_entry.member_id = wallet.member_id AND grant_entry.currency = wallet.currency
        AND grant_entry.key = %(grant_key)s AND grant_entry.leg = 0
        AND grant_entry.kind = 'ACCRUE'
INNER JOIN members_lot AS lot
    ON
        lot.member_id = grant_entry.member_id AND lot.currency = grant_entry.currency
        AND lot.number = grant_entry.seq
CROSS JOIN
    LATERAL (
        SELECT
            greatest(
                grant_entry.amount - lot.expired - coalesce(sum(clawback.amount), 0), 0
            ) AS points
        FROM members_entry AS clawback
        WHERE
            clawback.member_id = grant_entry.member_id
            AND clawback.currency = grant_entry.currency
            AND clawback.refers_to = grant_entry.seq AND clawback.kind = 'CLAWBACK'
    ) AS left_of_it
CROSS JOIN
    LATERAL (
        SELECT
            least(
                left_of_it.points,
                lot.remaining + CASE %(shortfall)s
                    WHEN 'UNSPENT' THEN 0
                    ELSE
                        wallet.available - CASE lot.state WHEN 'OPEN' THEN lot.remaining ELSE 0 END
                END
            ) AS points
    ) AS taken
WHERE wallet.currency = %(currency)s;
