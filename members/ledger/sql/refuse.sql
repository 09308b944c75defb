-- Remember a refusal under its key, so that a repetition gets the same answer.
CREATE OR REPLACE FUNCTION members_ledger_refuse(
    w members_wallet, p_key text, p_digest bytea, p_code text, p_available bigint,
    p_requested bigint, p_at timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO members_refusal (
        member_id, currency, key, digest, code, available, requested, refused_at
    ) VALUES (
        w.member_id, w.currency, p_key, p_digest, p_code, p_available, p_requested, p_at
    );
END $$;
