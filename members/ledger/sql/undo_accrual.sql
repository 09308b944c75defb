-- Take back what an accrual did to its wallet before it knew that its key was known:
-- the wallet is locked, and stands again where its last entry left it.
CREATE OR REPLACE FUNCTION members_ledger_undo_accrual(
    p_member bigint, p_currency text, p_points bigint
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE members_wallet AS wallet
    SET
        available = wallet.available - p_points,
        seq = wallet.seq - 1,
        due_at = members_ledger_next_due(wallet),
        (last_at, chain) = (
            SELECT last_entry.booked_at, last_entry.chain FROM members_entry AS last_entry
            WHERE
                last_entry.member_id = p_member AND last_entry.currency = p_currency
                AND last_entry.seq = wallet.seq - 1
        )
    WHERE wallet.member_id = p_member AND wallet.currency = p_currency;
END $$;
