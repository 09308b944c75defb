-- Lock a wallet, opening an empty one if there is none. Every verb begins here
-- and looks at nothing before: what is read next is as of after the lock.
CREATE OR REPLACE FUNCTION members_ledger_lock(p_member bigint, p_currency text)
RETURNS members_wallet LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
BEGIN
    SELECT * INTO w FROM members_wallet
    WHERE member_id = p_member AND currency = p_currency
    FOR NO KEY UPDATE;
    IF NOT found THEN
        INSERT INTO members_wallet (member_id, currency) VALUES (p_member, p_currency)
        ON CONFLICT DO NOTHING;
        SELECT * INTO STRICT w FROM members_wallet
        WHERE member_id = p_member AND currency = p_currency
        FOR NO KEY UPDATE;
    END IF;
    RETURN w;
END $$;
