-- Make available what is due in wallets that are locked, owe nothing and have no hold to
-- lapse: the set-based first half of settling. Repeatable: what is released is not due.
CREATE OR REPLACE FUNCTION members_ledger_release_many(
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
    WITH released AS (
        UPDATE members_lot AS lot SET state = 'OPEN'
        FROM unnest(p_members, p_currencies) AS asked (member_id, currency)
        INNER JOIN members_wallet AS wallet USING (member_id, currency)
        WHERE
            lot.member_id = asked.member_id AND lot.currency = asked.currency
            AND lot.state = 'PENDING' AND lot.available_at <= greatest(p_at, wallet.last_at)
        RETURNING lot.member_id, lot.currency, lot.number, lot.remaining, lot.available_at
    ),
    total AS (
        SELECT
            member_id,
            currency,
            sum(remaining)::bigint AS points,
            array_agg(number ORDER BY number) AS lots,
            array_agg(0::bigint) AS takes,
            max(available_at) AS occurred_at
        FROM released
        GROUP BY member_id, currency
    ),
    fresh AS (
        SELECT
            total.*,
            wallet.seq + 1 AS seq,
            wallet.available + total.points AS available,
            wallet.pending - total.points AS pending,
            wallet.held,
            greatest(p_at, wallet.last_at) AS booked_at,
            wallet.chain AS chain_before
        FROM total
        INNER JOIN members_wallet AS wallet USING (member_id, currency)
    ),
    chained AS (
        SELECT
            fresh.*,
            members_ledger_link(chain_before, members_ledger_content(
                member_id, currency, seq, 'RELEASE', 'PENDING', 'AVAILABLE', points,
                available, pending, held, 0,
                booked_at, occurred_at, NULL, 0, NULL, lots, takes, '', NULL
            )) AS chain
        FROM fresh
    ),
    entries AS (
        INSERT INTO members_entry (
            member_id, currency, seq, kind, source, destination, amount,
            available_after, pending_after, held_after, debt_after,
            booked_at, occurred_at, leg, lots, takes, reference, chain
        )
        SELECT
            member_id, currency, seq, 'RELEASE', 'PENDING', 'AVAILABLE', points,
            available, pending, held, 0,
            booked_at, occurred_at, 0, lots, takes, '', chain
        FROM chained
    ),
    saved AS (
        UPDATE members_wallet AS wallet
        SET
            available = chained.available,
            pending = chained.pending,
            seq = chained.seq,
            last_at = chained.booked_at,
            chain = chained.chain
        FROM chained
        WHERE wallet.member_id = chained.member_id AND wallet.currency = chained.currency
    ),
    noted AS (
        SELECT members_record_events(
            array_agg(member_id), 'points.released',
            array_agg(jsonb_build_object('currency', currency, 'points', points, 'seq', seq)),
            array_agg(occurred_at), p_subscribers
        )
        FROM fresh
        HAVING count(*) > 0
    )
    SELECT count(*) INTO v_noted FROM noted;
END $$;
