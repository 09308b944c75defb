-- Save a wallet that a verb has locked and carried on.
CREATE OR REPLACE FUNCTION members_ledger_save(w members_wallet)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE members_wallet
    SET
        available = w.available,
        pending = w.pending,
        held = w.held,
        debt = w.debt,
        seq = w.seq,
        due_at = w.due_at,
        last_at = w.last_at,
        lasts_until = w.lasts_until,
        chain = w.chain
    WHERE member_id = w.member_id AND currency = w.currency;
END $$;
