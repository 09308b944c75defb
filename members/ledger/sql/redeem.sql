-- Spend available points, from the lots that expire soonest. Repeatable: a key that
-- is known is answered with its first result, also when that was a refusal.
CREATE OR REPLACE FUNCTION members_ledger_redeem(
    p_member bigint, p_currency text, p_points bigint, p_key text, p_digest bytea,
    p_reference text, p_occurred_at timestamptz, p_at timestamptz, p_subscribers jsonb,
    OUT outcome text, OUT seq bigint, OUT available bigint, OUT requested bigint
) LANGUAGE plpgsql AS $$
BEGIN
    SELECT * INTO outcome, seq, available, requested FROM members_ledger_spend(
        p_member, p_currency, p_points, 'REDEEM', 'REDEMPTION', 'points.redeemed',
        p_key, p_digest, p_reference, NULL, p_occurred_at, p_at, p_subscribers
    );
END $$;
