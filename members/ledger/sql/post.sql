-- Append one entry to a locked wallet and carry its balances and its chain on, in memory.
-- The caller saves the wallet once, with members_ledger_save.
CREATE OR REPLACE FUNCTION members_ledger_post(
    w members_wallet, p_kind text, p_source text, p_destination text, p_amount bigint,
    p_at timestamptz, p_occurred_at timestamptz, p_key text, p_leg int, p_digest bytea,
    p_lots bigint[], p_takes bigint[], p_reference text, p_refers_to bigint
) RETURNS members_wallet LANGUAGE plpgsql AS $$
BEGIN
    w.seq := w.seq + 1;
    w.last_at := greatest(p_at, w.last_at);

    CASE p_source
        WHEN 'AVAILABLE' THEN w.available := w.available - p_amount;
        WHEN 'PENDING' THEN w.pending := w.pending - p_amount;
        WHEN 'HELD' THEN w.held := w.held - p_amount;
        WHEN 'DEBT' THEN w.debt := w.debt + p_amount;
        ELSE NULL;
    END CASE;
    CASE p_destination
        WHEN 'AVAILABLE' THEN w.available := w.available + p_amount;
        WHEN 'PENDING' THEN w.pending := w.pending + p_amount;
        WHEN 'HELD' THEN w.held := w.held + p_amount;
        WHEN 'DEBT' THEN w.debt := w.debt - p_amount;
        ELSE NULL;
    END CASE;
    w.chain := members_ledger_link(w.chain, members_ledger_content(
        w.member_id, w.currency, w.seq, p_kind, p_source, p_destination, p_amount,
        w.available, w.pending, w.held, w.debt,
        w.last_at, coalesce(p_occurred_at, w.last_at), p_key, p_leg, p_digest,
        p_lots, p_takes, p_reference, p_refers_to
    ));

    INSERT INTO members_entry (
        member_id, currency, seq, kind, source, destination, amount,
        available_after, pending_after, held_after, debt_after,
        booked_at, occurred_at, key, leg, digest, lots, takes, reference, refers_to, chain
    ) VALUES (
        w.member_id, w.currency, w.seq, p_kind, p_source, p_destination, p_amount,
        w.available, w.pending, w.held, w.debt,
        w.last_at, coalesce(p_occurred_at, w.last_at), p_key, p_leg, p_digest,
        p_lots, p_takes, p_reference, p_refers_to, w.chain
    );
    RETURN w;
END $$;
