-- A ledger of two legs in the shape that pgledger has: a transfer between two accounts, an entry
-- for each of the two, two balances with a guard, keys that are texts in the order of time,
-- amounts of any precision, and the transfer as the answer.
CREATE FUNCTION two_legs_id(p_prefix text) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT
        p_prefix || '_' || to_char(clock_timestamp(), 'YYYYMMDDHH24MISSUS')
        || substr(gen_random_uuid()::text, 25)
$$;
CREATE TABLE two_legs_account (
    id text PRIMARY KEY,
    name text NOT NULL,
    currency text NOT NULL,
    balance numeric NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0,
    may_be_negative boolean NOT NULL,
    details jsonb,
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE two_legs_transfer (
    id text PRIMARY KEY DEFAULT two_legs_id('transfer'),
    from_account text NOT NULL REFERENCES two_legs_account,
    to_account text NOT NULL REFERENCES two_legs_account,
    amount numeric NOT NULL,
    created_at timestamptz NOT NULL,
    event_at timestamptz NOT NULL,
    details jsonb,
    CHECK (amount > 0 AND from_account <> to_account)
);
CREATE INDEX ON two_legs_transfer (from_account);
CREATE INDEX ON two_legs_transfer (to_account);
CREATE INDEX ON two_legs_transfer (event_at);
CREATE TABLE two_legs_entry (
    id text PRIMARY KEY DEFAULT two_legs_id('entry'),
    account_id text NOT NULL REFERENCES two_legs_account,
    transfer_id text NOT NULL REFERENCES two_legs_transfer,
    amount numeric NOT NULL,
    balance_before numeric NOT NULL,
    balance_after numeric NOT NULL,
    account_version bigint NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX ON two_legs_entry (account_id);
CREATE INDEX ON two_legs_entry (transfer_id);

CREATE FUNCTION two_legs_move(p_account text, p_amount numeric)
RETURNS two_legs_account LANGUAGE plpgsql AS $$
DECLARE
    v_account two_legs_account;
BEGIN
    UPDATE two_legs_account
    SET balance = balance + p_amount, version = version + 1, updated_at = now()
    WHERE id = p_account
    RETURNING * INTO v_account;
    IF v_account.balance < 0 AND NOT v_account.may_be_negative THEN
        RAISE EXCEPTION 'account % holds too little', p_account;
    END IF;
    RETURN v_account;
END $$;

CREATE FUNCTION two_legs_transfer(p_from text, p_to text, p_amount numeric)
RETURNS two_legs_transfer LANGUAGE plpgsql AS $$
DECLARE
    v_from two_legs_account;
    v_to two_legs_account;
    v_transfer two_legs_transfer;
BEGIN
    -- In order of their ids, so that two transfers in both directions do not block each other.
    PERFORM 1 FROM two_legs_account WHERE id = least(p_from, p_to) FOR UPDATE;
    PERFORM 1 FROM two_legs_account WHERE id = greatest(p_from, p_to) FOR UPDATE;
    v_from := two_legs_move(p_from, -p_amount);
    v_to := two_legs_move(p_to, p_amount);
    IF v_from.currency <> v_to.currency THEN
        RAISE EXCEPTION 'two currencies';
    END IF;
    INSERT INTO two_legs_transfer (from_account, to_account, amount, created_at, event_at)
    VALUES (p_from, p_to, p_amount, now(), now())
    RETURNING * INTO v_transfer;
    INSERT INTO two_legs_entry (
        account_id, transfer_id, amount, balance_before, balance_after, account_version,
        created_at
    ) VALUES (
        p_from, v_transfer.id, -p_amount, v_from.balance + p_amount, v_from.balance,
        v_from.version, now()
    );
    INSERT INTO two_legs_entry (
        account_id, transfer_id, amount, balance_before, balance_after, account_version,
        created_at
    ) VALUES (
        p_to, v_transfer.id, p_amount, v_to.balance - p_amount, v_to.balance,
        v_to.version, now()
    );
    RETURN v_transfer;
END $$;

-- Called by whoever is measured, with that one's own rights.
GRANT ALL ON two_legs_account, two_legs_transfer, two_legs_entry TO PUBLIC;
GRANT EXECUTE ON FUNCTION two_legs_transfer, two_legs_move, two_legs_id TO PUBLIC;
