-- Take back what one batch granted to the next `p_limit` members after `p_after`. Each
-- reversal has the batch as its key, so repeating it changes nothing.
CREATE OR REPLACE FUNCTION members_ledger_recall(
    p_currency text, p_grant_key text, p_shortfall text, p_key text, p_digest bytea,
    p_after bigint, p_limit int, p_at timestamptz, p_subscribers jsonb
) RETURNS TABLE (member_id bigint, granted bigint, taken bigint, owed bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT entry.member_id, entry.amount, reversal.taken, reversal.owed
    FROM (
        SELECT entry.member_id, entry.amount
        FROM members_wallet AS wallet
        INNER JOIN members_entry AS entry
            ON
                entry.member_id = wallet.member_id AND entry.currency = wallet.currency
                AND entry.key = p_grant_key AND entry.leg = 0 AND entry.kind = 'ACCRUE'
        WHERE wallet.currency = p_currency AND wallet.member_id > p_after
        ORDER BY wallet.member_id
        LIMIT p_limit
    ) AS entry
    CROSS JOIN LATERAL members_ledger_reverse_accrual(
        entry.member_id, p_currency, p_grant_key, entry.amount, p_shortfall,
        p_key, p_digest, p_grant_key, NULL, p_at, p_subscribers
    ) AS reversal
    ORDER BY entry.member_id;
END $$;
