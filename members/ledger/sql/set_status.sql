-- Freeze the spending of a wallet, or allow it again. Returns whether that changed
-- anything, so that it may be repeated.
CREATE OR REPLACE FUNCTION members_ledger_set_status(
    p_member bigint, p_currency text, p_status text, p_because text, p_at timestamptz,
    p_subscribers jsonb
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
BEGIN
    w := members_ledger_lock(p_member, p_currency);
    IF w.status = p_status THEN
        RETURN false;
    END IF;
    UPDATE members_wallet
    SET
        status = p_status,
        frozen_because = CASE p_status WHEN 'FROZEN' THEN p_because ELSE '' END
    WHERE member_id = p_member AND currency = p_currency;
    PERFORM members_record_event(
        p_member, CASE p_status WHEN 'FROZEN' THEN 'wallet.frozen' ELSE 'wallet.unfrozen' END,
        jsonb_build_object('currency', p_currency, 'because', p_because),
        p_at, p_subscribers
    );
    RETURN true;
END $$;
