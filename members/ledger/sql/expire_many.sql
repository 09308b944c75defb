-- Expire what is due in wallets that are locked, owe nothing and have no hold to lapse,
-- and note when each is due next: the set-based second half of settling. Repeatable:
-- what has expired is not due.
CREATE OR REPLACE FUNCTION members_ledger_expire_many(
    p_members bigint[], p_currencies text[], p_at timestamptz, p_subscribers jsonb
) RETURNS void LANGUAGE plpgsql
-- As in members_ledger_accrue_many: everything is looked up by key.
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_seqscan = off
AS $$
DECLARE
    v_noted bigint;
BEGIN
    WITH expired AS (
        UPDATE members_lot AS lot
        SET remaining = 0, state = 'CLOSED', expired = lot.expired + due.remaining
        FROM (
            SELECT lot.member_id, lot.currency, lot.number, lot.remaining, lot.expires_at
            FROM unnest(p_members, p_currencies) AS asked (member_id, currency)
            INNER JOIN members_wallet AS wallet USING (member_id, currency)
            INNER JOIN members_lot AS lot USING (member_id, currency)
            WHERE lot.state = 'OPEN' AND lot.expires_at <= greatest(p_at, wallet.last_at)
        ) AS due
        WHERE
            lot.member_id = due.member_id AND lot.currency = due.currency
            AND lot.number = due.number
        RETURNING due.*
    ),
    total AS (
        SELECT
            member_id,
            currency,
            sum(remaining)::bigint AS points,
            array_agg(number ORDER BY number) FILTER (WHERE remaining > 0) AS lots,
            array_agg(-remaining ORDER BY number) FILTER (WHERE remaining > 0) AS takes,
            max(expires_at) AS occurred_at
        FROM (
            SELECT * FROM expired
            UNION ALL
            SELECT member_id, currency, NULL, 0, NULL
            FROM unnest(p_members, p_currencies) AS asked (member_id, currency)
        ) AS change
        GROUP BY member_id, currency
    ),
    fresh AS (
        SELECT
            total.*,
            wallet.seq + CASE WHEN total.points > 0 THEN 1 ELSE 0 END AS seq,
            wallet.available - total.points AS available,
            wallet.pending,
            wallet.held,
            greatest(p_at, wallet.last_at) AS booked_at,
            wallet.last_at,
            wallet.chain AS chain_before
        FROM total
        INNER JOIN members_wallet AS wallet USING (member_id, currency)
    ),
    chained AS (
        SELECT
            fresh.*,
            CASE WHEN points > 0 THEN members_ledger_link(chain_before, members_ledger_content(
                member_id, currency, seq, 'EXPIRE', 'AVAILABLE', 'BREAKAGE', points,
                available, pending, held, 0,
                booked_at, occurred_at, NULL, 0, NULL, lots, takes, '', NULL
            )) ELSE chain_before END AS chain
        FROM fresh
    ),
    entries AS (
        INSERT INTO members_entry (
            member_id, currency, seq, kind, source, destination, amount,
            available_after, pending_after, held_after, debt_after,
            booked_at, occurred_at, leg, lots, takes, reference, chain
        )
        SELECT
            member_id, currency, seq, 'EXPIRE', 'AVAILABLE', 'BREAKAGE', points,
            available, pending, held, 0,
            booked_at, occurred_at, 0, lots, takes, '', chain
        FROM chained
        WHERE points > 0
    ),
    saved AS (
        UPDATE members_wallet AS wallet
        SET
            available = chained.available,
            seq = chained.seq,
            last_at = CASE
                WHEN chained.points > 0 THEN chained.booked_at ELSE chained.last_at
            END,
            chain = chained.chain,
            -- This statement still sees the lots that it closes.
            due_at = least(
                wallet.lasts_until,
                (SELECT min(lot.expires_at) FROM members_lot AS lot
                 WHERE
                     lot.member_id = wallet.member_id AND lot.currency = wallet.currency
                     AND lot.state = 'OPEN'
                     AND lot.expires_at > greatest(p_at, wallet.last_at)),
                (SELECT min(lot.available_at) FROM members_lot AS lot
                 WHERE
                     lot.member_id = wallet.member_id AND lot.currency = wallet.currency
                     AND lot.state = 'PENDING'),
                (SELECT min(hold.lapses_at) FROM members_hold AS hold
                 WHERE
                     hold.member_id = wallet.member_id AND hold.currency = wallet.currency
                     AND hold.status = 'OPEN')
            )
        FROM chained
        WHERE wallet.member_id = chained.member_id AND wallet.currency = chained.currency
    ),
    noted AS (
        SELECT members_record_events(
            array_agg(member_id), 'points.expired',
            array_agg(jsonb_build_object('currency', currency, 'points', points, 'seq', seq)),
            array_agg(occurred_at), p_subscribers
        )
        FROM fresh
        WHERE points > 0
        HAVING count(*) > 0
    )
    SELECT count(*) INTO v_noted FROM noted;
END $$;
