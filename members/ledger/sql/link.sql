-- The hash of an entry: of what it says and of the hash of the entry before, so that
-- no entry of a wallet can be changed without changing all that follow.
CREATE OR REPLACE FUNCTION members_ledger_link(p_previous bytea, p_content bytea)
RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(coalesce(p_previous, ''::bytea) || p_content)
$$;
