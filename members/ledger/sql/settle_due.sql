-- Settle one batch of the wallets that are due, those due longest first, and return
-- how many. Wallets that somebody else has locked are left for the next batch, so
-- that several workers share the work. Repeatable: a settled wallet is not due.
CREATE OR REPLACE FUNCTION members_ledger_settle_due(
    p_limit int, p_at timestamptz, p_subscribers jsonb
) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
    v_settled int := 0;
BEGIN
    FOR w IN
        SELECT * FROM members_wallet
        WHERE due_at <= p_at
        ORDER BY due_at
        LIMIT p_limit
        FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        PERFORM members_ledger_save(
            members_ledger_settle(w, greatest(p_at, w.last_at), p_subscribers)
        );
        v_settled := v_settled + 1;
    END LOOP;
    RETURN v_settled;
END $$;
