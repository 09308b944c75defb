-- Let the points that have no expiry of their own last until a moment, or longer if they
-- do already; what had expired by `p_at` has. Repeatable.
CREATE OR REPLACE FUNCTION members_ledger_keep_alive(
    p_member bigint, p_currency text, p_until timestamptz, p_at timestamptz,
    p_subscribers jsonb
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
BEGIN
    w := members_ledger_lock(p_member, p_currency);
    p_at := greatest(p_at, w.last_at);
    IF w.due_at <= p_at THEN
        w := members_ledger_settle(w, p_at, p_subscribers);
    END IF;
    w.lasts_until := greatest(w.lasts_until, p_until);
    w.due_at := members_ledger_next_due(w);
    PERFORM members_ledger_save(w);
END $$;
