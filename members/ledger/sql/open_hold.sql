-- Set available points aside until `p_lapses_at`: those that would be spent next. The
-- hold is numbered like its entry. Repeatable like redeeming.
CREATE OR REPLACE FUNCTION members_ledger_open_hold(
    p_member bigint, p_currency text, p_points bigint, p_key text, p_digest bytea,
    p_reference text, p_lapses_at timestamptz, p_at timestamptz, p_subscribers jsonb,
    OUT outcome text, OUT seq bigint, OUT available bigint, OUT requested bigint
) LANGUAGE plpgsql AS $$
BEGIN
    SELECT * INTO outcome, seq, available, requested FROM members_ledger_spend(
        p_member, p_currency, p_points, 'HOLD', 'HELD', 'points.held',
        p_key, p_digest, p_reference, p_lapses_at, NULL, p_at, p_subscribers
    );
END $$;
