-- What of an entry its hash covers: all of it, as bytes that depend on no setting.
CREATE OR REPLACE FUNCTION members_ledger_content(
    p_member bigint, p_currency text, p_seq bigint, p_kind text, p_source text,
    p_destination text, p_amount bigint, p_available bigint, p_pending bigint, p_held bigint,
    p_debt bigint, p_booked_at timestamptz, p_occurred_at timestamptz, p_key text, p_leg int,
    p_digest bytea, p_lots bigint[], p_takes bigint[], p_reference text, p_refers_to bigint
) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT record_send(ROW(
        p_member, p_currency, p_seq, p_kind, p_source, p_destination, p_amount, p_available,
        p_pending, p_held, p_debt, p_booked_at, p_occurred_at, p_key, p_leg, p_digest, p_lots,
        p_takes, p_reference, p_refers_to
    ))
$$;
