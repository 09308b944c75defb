-- One step of members_ledger_chain: the first entry follows what was there before,
-- each other one the entry before it.
CREATE OR REPLACE FUNCTION members_ledger_link_next(
    p_last bytea, p_previous bytea, p_content bytea
) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT members_ledger_link(coalesce(p_last, p_previous), p_content)
$$;

-- The hashes of several entries of a wallet, as a window function over them:
-- members_ledger_chain(<hash before the first>, <content>) OVER (… ORDER BY seq).
CREATE OR REPLACE AGGREGATE members_ledger_chain(bytea, bytea) ( -- noqa: LT01
    sfunc = members_ledger_link_next, -- noqa: CP05
    stype = bytea -- noqa: CP05
);
