-- What a key was answered the first time, or a row of nulls if it is new. Of several
-- entries under one key the first says what was asked, the last what was left.
-- Call with the wallet locked.
CREATE OR REPLACE FUNCTION members_ledger_first_answer(
    p_member bigint, p_currency text, p_key text, p_digest bytea,
    OUT outcome text, OUT seq bigint, OUT available bigint, OUT requested bigint
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_digest bytea;
BEGIN
    -- Most keys are new, and that is cheaper to find out than what an old one was answered.
    IF
        NOT EXISTS (
            SELECT 1 FROM members_entry
            WHERE member_id = p_member AND currency = p_currency AND key = p_key
        )
        AND NOT EXISTS (
            SELECT 1 FROM members_refusal
            WHERE member_id = p_member AND currency = p_currency AND key = p_key
        )
    THEN
        RETURN;
    END IF;

    SELECT 'REPLAYED', entry.seq, last_entry.available_after, entry.amount, entry.digest
    INTO outcome, seq, available, requested, v_digest
    FROM members_entry AS entry
    CROSS JOIN LATERAL (
        SELECT leg.available_after FROM members_entry AS leg
        WHERE
            leg.member_id = entry.member_id AND leg.currency = entry.currency
            AND leg.key = entry.key
        ORDER BY leg.leg DESC
        LIMIT 1
    ) AS last_entry
    WHERE
        entry.member_id = p_member AND entry.currency = p_currency
        AND entry.key = p_key AND entry.leg = 0;
    IF NOT found THEN
        SELECT refusal.code, NULL, refusal.available, refusal.requested, refusal.digest
        INTO outcome, seq, available, requested, v_digest
        FROM members_refusal AS refusal
        WHERE
            refusal.member_id = p_member AND refusal.currency = p_currency
            AND refusal.key = p_key;
    END IF;
    IF found AND v_digest IS DISTINCT FROM p_digest THEN
        RAISE EXCEPTION 'key reused with a different request' USING ERRCODE = 'LG001';
    END IF;
END $$;
