-- Settle one batch of the wallets that are due, those due longest first, and return
-- how many. Wallets that somebody else has locked are left for the next batch, so
-- that several workers share the work. Those that owe points, or of which a hold lapses
-- or all points end, are settled one by one, the others together. Repeatable: a settled
-- wallet is not due.
CREATE OR REPLACE FUNCTION members_ledger_settle_due(
    p_limit int, p_at timestamptz, p_subscribers jsonb
) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
    v_members bigint[] := '{}';
    v_currencies text[] := '{}';
    v_settled int := 0;
BEGIN
    FOR w IN
        SELECT * FROM members_wallet
        WHERE due_at <= p_at
        ORDER BY due_at
        LIMIT p_limit
        FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        v_settled := v_settled + 1;
        IF
            w.debt > 0 OR w.lasts_until <= greatest(p_at, w.last_at)
            OR EXISTS (
                SELECT 1 FROM members_hold AS hold
                WHERE
                    hold.member_id = w.member_id AND hold.currency = w.currency
                    AND hold.status = 'OPEN' AND hold.lapses_at <= greatest(p_at, w.last_at)
            )
        THEN
            PERFORM members_ledger_save(
                members_ledger_settle(w, greatest(p_at, w.last_at), p_subscribers)
            );
        ELSE
            v_members := v_members || w.member_id;
            v_currencies := v_currencies || w.currency::text;
        END IF;
    END LOOP;

    IF v_members <> '{}' THEN
        PERFORM members_ledger_release_many(v_members, v_currencies, p_at, p_subscribers);
        PERFORM members_ledger_expire_many(v_members, v_currencies, p_at, p_subscribers);
    END IF;
    RETURN v_settled;
END $$;
