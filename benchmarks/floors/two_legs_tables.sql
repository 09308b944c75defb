-- A ledger of two legs, as the well-known ones in SQL are: a transfer between two accounts, an
-- entry for each of the two, and their balances, which a guard keeps from being overdrawn.
CREATE TABLE two_legs_account (
    id bigint PRIMARY KEY,
    balance bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0,
    may_be_negative boolean NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CHECK (may_be_negative OR balance >= 0)
);
CREATE TABLE two_legs_transfer (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    from_account bigint NOT NULL REFERENCES two_legs_account,
    to_account bigint NOT NULL REFERENCES two_legs_account,
    amount bigint NOT NULL CHECK (amount > 0),
    created_at timestamptz NOT NULL,
    event_at timestamptz NOT NULL,
    CHECK (from_account <> to_account)
);
CREATE INDEX ON two_legs_transfer (from_account);
CREATE INDEX ON two_legs_transfer (to_account);
CREATE TABLE two_legs_entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES two_legs_account,
    transfer_id bigint NOT NULL REFERENCES two_legs_transfer,
    amount bigint NOT NULL,
    balance_before bigint NOT NULL,
    balance_after bigint NOT NULL,
    account_version bigint NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX ON two_legs_entry (account_id, id);
CREATE INDEX ON two_legs_entry (transfer_id);

CREATE FUNCTION two_legs_post(p_account bigint, p_transfer bigint, p_amount bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_balance bigint;
    v_version bigint;
BEGIN
    UPDATE two_legs_account
    SET balance = balance + p_amount, version = version + 1, updated_at = now()
    WHERE id = p_account AND (may_be_negative OR balance + p_amount >= 0)
    RETURNING balance, version INTO v_balance, v_version;
    IF NOT found THEN
        RAISE EXCEPTION 'account % holds too little', p_account;
    END IF;
    INSERT INTO two_legs_entry (
        account_id, transfer_id, amount, balance_before, balance_after, account_version,
        created_at
    ) VALUES (
        p_account, p_transfer, p_amount, v_balance - p_amount, v_balance, v_version, now()
    );
END $$;

CREATE FUNCTION two_legs_transfer(p_from bigint, p_to bigint, p_amount bigint)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_transfer bigint;
BEGIN
    -- In order of their ids, so that two transfers in both directions do not block each other.
    PERFORM 1 FROM two_legs_account WHERE id IN (p_from, p_to) ORDER BY id FOR NO KEY UPDATE;
    INSERT INTO two_legs_transfer (from_account, to_account, amount, created_at, event_at)
    VALUES (p_from, p_to, p_amount, now(), now())
    RETURNING id INTO v_transfer;
    PERFORM two_legs_post(p_from, v_transfer, -p_amount);
    PERFORM two_legs_post(p_to, v_transfer, p_amount);
    RETURN v_transfer;
END $$;

-- Called by whoever is measured, with that one's own rights.
GRANT ALL ON two_legs_account, two_legs_transfer, two_legs_entry TO PUBLIC;
GRANT EXECUTE ON FUNCTION two_legs_transfer, two_legs_post TO PUBLIC;
