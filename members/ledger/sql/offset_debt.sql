-- Let what is available repay what is owed: a wallet never has both.
CREATE OR REPLACE FUNCTION members_ledger_offset_debt(w members_wallet, p_at timestamptz)
RETURNS members_wallet LANGUAGE plpgsql AS $$
DECLARE
    v_amount bigint := least(w.available, w.debt);
    v_taken record;
BEGIN
    IF v_amount > 0 THEN
        v_taken := members_ledger_take(w.member_id, w.currency, v_amount);
        w := members_ledger_post(
            w, 'OFFSET', 'AVAILABLE', 'DEBT', v_amount,
            p_at, NULL, NULL, 0, NULL, v_taken.lots, v_taken.takes, '', NULL
        );
    END IF;
    RETURN w;
END $$;
