-- Settle one wallet by a moment, and return whether anything was due. Repeatable.
CREATE OR REPLACE FUNCTION members_ledger_settle_one(
    p_member bigint, p_currency text, p_at timestamptz, p_subscribers jsonb
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
BEGIN
    SELECT * INTO w FROM members_wallet
    WHERE member_id = p_member AND currency = p_currency AND due_at <= p_at
    FOR NO KEY UPDATE;
    IF NOT found THEN
        RETURN false;
    END IF;
    PERFORM members_ledger_save(members_ledger_settle(w, greatest(p_at, w.last_at), p_subscribers));
    RETURN true;
END $$;
