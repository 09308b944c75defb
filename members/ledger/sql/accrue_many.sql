-- Post many accruals of one currency at once: the set-based accrue. The arrays run
-- in parallel; a member may stand in them several times, a key of one member once.
-- Repeatable: a key that is known is answered with its first result.
CREATE OR REPLACE FUNCTION members_ledger_accrue_many(
    p_currency text, p_members bigint[], p_points bigint[], p_keys text[], p_digests bytea[],
    p_available_at timestamptz[], p_expires_at timestamptz[], p_references text[],
    p_occurred_at timestamptz[], p_at timestamptz, p_subscribers jsonb
) RETURNS TABLE (n bigint, outcome text, seq bigint, available bigint)
LANGUAGE plpgsql
-- Everything here is looked up by key, however many rows there are by now. The planner
-- does not know: what it learned when the tables were small it keeps until they are analysed.
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    w members_wallet;
    v_careful bigint[];
BEGIN
    INSERT INTO members_wallet (member_id, currency)
    SELECT DISTINCT member_id, p_currency FROM unnest(p_members) AS asked (member_id)
    ORDER BY member_id
    ON CONFLICT DO NOTHING;

    PERFORM 1 FROM members_wallet
    WHERE currency = p_currency AND member_id = ANY(p_members)
    ORDER BY member_id
    FOR NO KEY UPDATE;

    IF EXISTS (
        SELECT 1
        FROM unnest(p_members, p_keys, p_digests) AS asked (member_id, key, digest)
        INNER JOIN members_entry AS entry
            ON
                entry.member_id = asked.member_id AND entry.currency = p_currency
                AND entry.key = asked.key AND entry.leg = 0
        WHERE entry.digest IS DISTINCT FROM asked.digest
    ) OR EXISTS (
        SELECT 1
        FROM unnest(p_members, p_keys) AS asked (member_id, key)
        INNER JOIN members_refusal AS refusal
            ON
                refusal.member_id = asked.member_id AND refusal.currency = p_currency
                AND refusal.key = asked.key
    ) THEN
        RAISE EXCEPTION 'key reused with a different request' USING ERRCODE = 'LG001';
    END IF;

    FOR w IN
        SELECT * FROM members_wallet
        WHERE
            currency = p_currency AND member_id = ANY(p_members)
            AND due_at <= greatest(p_at, last_at)
            -- A repetition changes nothing.
            AND EXISTS (
                SELECT 1
                FROM unnest(p_members, p_keys) AS asked (member_id, key)
                WHERE
                    asked.member_id = members_wallet.member_id
                    AND NOT EXISTS (
                        SELECT 1 FROM members_entry AS entry
                        WHERE
                            entry.member_id = asked.member_id
                            AND entry.currency = p_currency AND entry.key = asked.key
                    )
            )
    LOOP
        PERFORM members_ledger_save(
            members_ledger_settle(w, greatest(p_at, w.last_at), p_subscribers)
        );
    END LOOP;

    -- Who owes points repays with each accrual, and points that are over expire at once:
    -- that is done one accrual after the other.
    SELECT coalesce(array_agg(DISTINCT wallet.member_id), '{}') INTO v_careful
    FROM unnest(p_members, p_expires_at) AS asked (member_id, expires_at)
    INNER JOIN members_wallet AS wallet
        ON wallet.member_id = asked.member_id AND wallet.currency = p_currency
    WHERE wallet.debt > 0 OR asked.expires_at <= greatest(p_at, wallet.last_at);

    RETURN QUERY
    SELECT asked.n, posting.outcome, posting.seq, posting.available
    FROM unnest(
        p_members, p_points, p_keys, p_digests, p_available_at, p_expires_at,
        p_references, p_occurred_at
    ) WITH ORDINALITY AS asked (
        member_id, points, key, digest, available_at, expires_at, reference, occurred_at, n
    )
    CROSS JOIN LATERAL members_ledger_accrue(
        asked.member_id, p_currency, asked.points, asked.key, asked.digest,
        asked.available_at, asked.expires_at, asked.reference, asked.occurred_at,
        p_at, p_subscribers
    ) AS posting
    WHERE asked.member_id = ANY(v_careful);

    RETURN QUERY
    WITH asked AS (
        SELECT
            request.*,
            entry.seq AS known_seq,
            entry.available_after AS known_available,
            greatest(p_at, wallet.last_at) AS booked_at,
            coalesce(request.available_at > greatest(p_at, wallet.last_at), false) AS is_pending,
            wallet.seq AS seq_before,
            wallet.available AS available_before,
            wallet.pending AS pending_before,
            wallet.held,
            wallet.chain AS chain_before
        FROM unnest(
            p_members, p_points, p_keys, p_digests, p_available_at, p_expires_at,
            p_references, p_occurred_at
        ) WITH ORDINALITY AS request (
            member_id, points, key, digest, available_at, expires_at, reference, occurred_at, n
        )
        INNER JOIN members_wallet AS wallet
            ON wallet.member_id = request.member_id AND wallet.currency = p_currency
        LEFT JOIN members_entry AS entry
            ON
                entry.member_id = request.member_id AND entry.currency = p_currency
                AND entry.key = request.key AND entry.leg = 0
        WHERE request.member_id <> ALL(v_careful)
    ),
    fresh AS (
        SELECT
            asked.*,
            seq_before + row_number() OVER following AS seq,
            available_before + (
                sum(CASE WHEN is_pending THEN 0 ELSE points END) OVER following
            )::bigint AS available_after,
            pending_before + (
                sum(CASE WHEN is_pending THEN points ELSE 0 END) OVER following
            )::bigint AS pending_after
        FROM asked
        WHERE known_seq IS NULL
        WINDOW following AS (PARTITION BY asked.member_id ORDER BY asked.n)
    ),
    chained AS (
        SELECT
            fresh.*,
            members_ledger_chain(
                chain_before,
                members_ledger_content(
                    member_id, p_currency, seq, 'ACCRUE', 'ISSUANCE',
                    CASE WHEN is_pending THEN 'PENDING' ELSE 'AVAILABLE' END, points,
                    available_after, pending_after, held, 0,
                    booked_at, coalesce(occurred_at, booked_at), key, 0, digest,
                    NULL, NULL, reference, NULL
                )
            ) OVER (PARTITION BY member_id ORDER BY seq) AS chain
        FROM fresh
    ),
    entries AS (
        INSERT INTO members_entry (
            member_id, currency, seq, kind, source, destination, amount,
            available_after, pending_after, held_after, debt_after,
            booked_at, occurred_at, key, leg, digest, reference, chain
        )
        SELECT
            member_id, p_currency, seq, 'ACCRUE', 'ISSUANCE',
            CASE WHEN is_pending THEN 'PENDING' ELSE 'AVAILABLE' END, points,
            available_after, pending_after, held, 0,
            booked_at, coalesce(occurred_at, booked_at), key, 0, digest, reference, chain
        FROM chained
    ),
    lots AS (
        INSERT INTO members_lot (
            member_id, currency, number, amount, remaining, available_at, expires_at, state
        )
        SELECT
            member_id, p_currency, seq, points, points,
            coalesce(available_at, occurred_at, booked_at), expires_at,
            CASE WHEN is_pending THEN 'PENDING' ELSE 'OPEN' END
        FROM fresh
    ),
    totals AS (
        SELECT
            member_id,
            max(seq) AS seq,
            max(available_after) AS available,
            max(pending_after) AS pending,
            max(booked_at) AS last_at,
            (array_agg(chain ORDER BY seq DESC))[1] AS chain,
            min(CASE WHEN is_pending THEN available_at ELSE expires_at END) AS due_at
        FROM chained
        GROUP BY member_id
    ),
    saved AS (
        UPDATE members_wallet AS wallet
        SET
            seq = totals.seq,
            available = totals.available,
            pending = totals.pending,
            last_at = totals.last_at,
            due_at = least(wallet.due_at, totals.due_at),
            chain = totals.chain
        FROM totals
        WHERE wallet.member_id = totals.member_id AND wallet.currency = p_currency
    ),
    noted AS (
        SELECT members_record_events(
            array_agg(member_id ORDER BY fresh.n),
            CASE p_currency WHEN 'QUALIFYING' THEN 'qualifying.accrued' ELSE 'points.accrued' END,
            array_agg(
                jsonb_build_object('currency', p_currency, 'points', points, 'seq', seq)
                ORDER BY fresh.n
            ),
            array_agg(coalesce(occurred_at, booked_at) ORDER BY fresh.n),
            p_subscribers
        )
        FROM fresh
        HAVING count(*) > 0
    )
    SELECT fresh.n, 'POSTED', fresh.seq, fresh.available_after
    FROM fresh LEFT JOIN noted ON true
    UNION ALL
    SELECT asked.n, 'REPLAYED', asked.known_seq, asked.known_available
    FROM asked WHERE known_seq IS NOT NULL;
END $$;
