-- Note one thing that happened to one member, and give each subscriber its work.
-- Runs inside the transaction of the change it tells of. Not repeatable by
-- itself: whoever calls it has decided that the change is new.
CREATE OR REPLACE FUNCTION members_record_event(
    p_member bigint, p_type text, p_payload jsonb, p_at timestamptz, p_subscribers jsonb
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_event bigint;
BEGIN
    INSERT INTO members_event (member_id, type, payload, occurred_at)
    VALUES (p_member, p_type, p_payload, p_at)
    RETURNING id INTO v_event;

    IF p_subscribers ? p_type THEN
        INSERT INTO members_work (task, member_id, event_id, due_at, attempts, problem)
        SELECT subscriber.task, p_member, v_event, clock_timestamp(), 0, ''
        FROM jsonb_array_elements_text(p_subscribers -> p_type) AS subscriber (task);
    END IF;
END $$;
-- Note the same kind of thing for many members at once: the set-based record_event.
-- The three arrays run in parallel.
CREATE OR REPLACE FUNCTION members_record_events(
    p_members bigint[], p_type text, p_payloads jsonb[], p_ats timestamptz[], p_subscribers jsonb
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH recorded AS (
        INSERT INTO members_event (member_id, type, payload, occurred_at)
        SELECT happened.member_id, p_type, happened.payload, happened.at
        FROM unnest(p_members, p_payloads, p_ats) AS happened (member_id, payload, at)
        RETURNING id, member_id
    )
    INSERT INTO members_work (task, member_id, event_id, due_at, attempts, problem)
    SELECT subscriber.task, recorded.member_id, recorded.id, clock_timestamp(), 0, ''
    FROM recorded
    CROSS JOIN jsonb_array_elements_text(p_subscribers -> p_type) AS subscriber (task);
END $$;
-- Post earned points as one new lot. Repeatable: a key that is known is answered
-- with its first result. This is the plain case, written out because it is what the
-- tills wait for: the wallet is there and up to date, owes nothing, the points are
-- available at once, and the key was never refused. Every other case is
-- members_ledger_accrue_with_care.
CREATE OR REPLACE FUNCTION members_ledger_accrue(
    p_member bigint, p_currency text, p_points bigint, p_key text, p_digest bytea,
    p_available_at timestamptz, p_expires_at timestamptz, p_reference text,
    p_occurred_at timestamptz, p_at timestamptz, p_subscribers jsonb,
    OUT outcome text, OUT seq bigint, OUT available bigint
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_available bigint;
    v_pending bigint;
    v_held bigint;
    v_debt bigint;
    v_seq bigint;
    v_due_at timestamptz;
    v_last_at timestamptz;
    v_at timestamptz;
BEGIN
    SELECT available, pending, held, debt, seq + 1, due_at, last_at
    INTO v_available, v_pending, v_held, v_debt, v_seq, v_due_at, v_last_at
    FROM members_wallet
    WHERE member_id = p_member AND currency = p_currency
    FOR NO KEY UPDATE;

    v_at := greatest(p_at, v_last_at);
    IF
        v_seq IS NULL OR v_debt > 0 OR v_due_at <= v_at OR p_available_at > v_at
        OR EXISTS (
            SELECT 1 FROM members_refusal
            WHERE member_id = p_member AND currency = p_currency AND key = p_key
        )
    THEN
        SELECT * INTO outcome, seq, available FROM members_ledger_accrue_with_care(
            p_member, p_currency, p_points, p_key, p_digest, p_available_at, p_expires_at,
            p_reference, p_occurred_at, p_at, p_subscribers
        );
        RETURN;
    END IF;

    v_available := v_available + p_points;
    INSERT INTO members_entry (
        member_id, currency, seq, kind, source, destination, amount,
        available_after, pending_after, held_after, debt_after,
        booked_at, occurred_at, key, leg, digest, reference
    ) VALUES (
        p_member, p_currency, v_seq, 'ACCRUE', 'ISSUANCE', 'AVAILABLE', p_points,
        v_available, v_pending, v_held, 0,
        v_at, coalesce(p_occurred_at, v_at), p_key, 0, p_digest, p_reference
    ) ON CONFLICT (member_id, currency, key, leg) DO NOTHING;
    IF NOT found THEN
        SELECT * INTO outcome, seq, available
        FROM members_ledger_first_answer(p_member, p_currency, p_key, p_digest);
        RETURN;
    END IF;

    INSERT INTO members_lot (
        member_id, currency, number, amount, remaining, available_at, expires_at, state
    ) VALUES (
        p_member, p_currency, v_seq, p_points, p_points,
        coalesce(p_available_at, p_occurred_at, v_at), p_expires_at, 'OPEN'
    );
    UPDATE members_wallet
    SET
        available = v_available,
        seq = v_seq,
        last_at = v_at,
        due_at = least(v_due_at, p_expires_at)
    WHERE member_id = p_member AND currency = p_currency;
    PERFORM members_record_event(
        p_member,
        CASE p_currency WHEN 'QUALIFYING' THEN 'qualifying.accrued' ELSE 'points.accrued' END,
        jsonb_build_object('currency', p_currency, 'points', p_points, 'seq', v_seq),
        coalesce(p_occurred_at, v_at), p_subscribers
    );
    outcome := 'POSTED';
    seq := v_seq;
    available := v_available;
END $$;
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
    v_plain bigint[];
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
    LOOP
        PERFORM members_ledger_save(
            members_ledger_settle(w, greatest(p_at, w.last_at), p_subscribers)
        );
    END LOOP;

    -- Who owes points repays with each accrual, one after the other.
    RETURN QUERY
    SELECT asked.n, posting.outcome, posting.seq, posting.available
    FROM unnest(
        p_members, p_points, p_keys, p_digests, p_available_at, p_expires_at,
        p_references, p_occurred_at
    ) WITH ORDINALITY AS asked (
        member_id, points, key, digest, available_at, expires_at, reference, occurred_at, n
    )
    INNER JOIN members_wallet AS wallet
        ON wallet.member_id = asked.member_id AND wallet.currency = p_currency
    CROSS JOIN LATERAL members_ledger_accrue(
        asked.member_id, p_currency, asked.points, asked.key, asked.digest,
        asked.available_at, asked.expires_at, asked.reference, asked.occurred_at,
        p_at, p_subscribers
    ) AS posting
    WHERE wallet.debt > 0;

    SELECT array_agg(member_id) INTO v_plain FROM members_wallet
    WHERE currency = p_currency AND member_id = ANY(p_members) AND debt = 0;

    RETURN QUERY
    WITH asked AS (
        SELECT
            request.*,
            entry.seq AS known_seq,
            entry.available_after AS known_available,
            coalesce(request.available_at > p_at, false) AS is_pending
        FROM unnest(
            p_members, p_points, p_keys, p_digests, p_available_at, p_expires_at,
            p_references, p_occurred_at
        ) WITH ORDINALITY AS request (
            member_id, points, key, digest, available_at, expires_at, reference, occurred_at, n
        )
        LEFT JOIN members_entry AS entry
            ON
                entry.member_id = request.member_id AND entry.currency = p_currency
                AND entry.key = request.key AND entry.leg = 0
        WHERE request.member_id = ANY(v_plain)
    ),
    fresh AS (
        SELECT
            asked.*,
            greatest(p_at, wallet.last_at) AS booked_at,
            wallet.held,
            wallet.seq + row_number() OVER following AS seq,
            wallet.available + (
                sum(CASE WHEN is_pending THEN 0 ELSE points END) OVER following
            )::bigint AS available_after,
            wallet.pending + (
                sum(CASE WHEN is_pending THEN points ELSE 0 END) OVER following
            )::bigint AS pending_after
        FROM asked
        INNER JOIN members_wallet AS wallet
            ON wallet.member_id = asked.member_id AND wallet.currency = p_currency
        WHERE known_seq IS NULL
        WINDOW following AS (PARTITION BY asked.member_id ORDER BY asked.n)
    ),
    entries AS (
        INSERT INTO members_entry (
            member_id, currency, seq, kind, source, destination, amount,
            available_after, pending_after, held_after, debt_after,
            booked_at, occurred_at, key, leg, digest, reference
        )
        SELECT
            member_id, p_currency, seq, 'ACCRUE', 'ISSUANCE',
            CASE WHEN is_pending THEN 'PENDING' ELSE 'AVAILABLE' END, points,
            available_after, pending_after, held, 0,
            booked_at, coalesce(occurred_at, booked_at), key, 0, digest, reference
        FROM fresh
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
            min(CASE WHEN is_pending THEN available_at ELSE expires_at END) AS due_at
        FROM fresh
        GROUP BY member_id
    ),
    saved AS (
        UPDATE members_wallet AS wallet
        SET
            seq = totals.seq,
            available = totals.available,
            pending = totals.pending,
            last_at = totals.last_at,
            due_at = least(wallet.due_at, totals.due_at)
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
-- Post earned points as one new lot, whatever state the wallet is in: opened if need
-- be, settled first, the points pending until they are available, debt repaid from them.
CREATE OR REPLACE FUNCTION members_ledger_accrue_with_care(
    p_member bigint, p_currency text, p_points bigint, p_key text, p_digest bytea,
    p_available_at timestamptz, p_expires_at timestamptz, p_reference text,
    p_occurred_at timestamptz, p_at timestamptz, p_subscribers jsonb,
    OUT outcome text, OUT seq bigint, OUT available bigint
) LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
    v_pending boolean;
BEGIN
    w := members_ledger_lock(p_member, p_currency);
    SELECT * INTO outcome, seq, available
    FROM members_ledger_first_answer(p_member, p_currency, p_key, p_digest);
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;

    p_at := greatest(p_at, w.last_at);
    v_pending := coalesce(p_available_at > p_at, false);
    IF w.due_at <= p_at THEN
        w := members_ledger_settle(w, p_at, p_subscribers);
    END IF;
    w := members_ledger_post(
        w, 'ACCRUE', 'ISSUANCE', CASE WHEN v_pending THEN 'PENDING' ELSE 'AVAILABLE' END,
        p_points, p_at, p_occurred_at, p_key, 0, p_digest, NULL, NULL, p_reference
    );
    seq := w.seq;
    INSERT INTO members_lot (
        member_id, currency, number, amount, remaining, available_at, expires_at, state
    ) VALUES (
        p_member, p_currency, seq, p_points, p_points,
        coalesce(p_available_at, p_occurred_at, p_at), p_expires_at,
        CASE WHEN v_pending THEN 'PENDING' ELSE 'OPEN' END
    );
    w.due_at := least(w.due_at, CASE WHEN v_pending THEN p_available_at ELSE p_expires_at END);
    w := members_ledger_offset_debt(w, p_at);
    PERFORM members_ledger_save(w);
    PERFORM members_record_event(
        p_member,
        CASE p_currency WHEN 'QUALIFYING' THEN 'qualifying.accrued' ELSE 'points.accrued' END,
        jsonb_build_object('currency', p_currency, 'points', p_points, 'seq', seq),
        coalesce(p_occurred_at, p_at), p_subscribers
    );
    outcome := 'POSTED';
    available := w.available;
END $$;
-- What a key was answered the first time, or a row of nulls if it is new.
-- Call with the wallet locked.
CREATE OR REPLACE FUNCTION members_ledger_first_answer(
    p_member bigint, p_currency text, p_key text, p_digest bytea,
    OUT outcome text, OUT seq bigint, OUT available bigint, OUT requested bigint
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_digest bytea;
BEGIN
    SELECT 'REPLAYED', entry.seq, entry.available_after, entry.amount, entry.digest
    INTO outcome, seq, available, requested, v_digest
    FROM members_entry AS entry
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
-- Lock a wallet, opening an empty one if there is none. Every verb begins here
-- and looks at nothing before: what is read next is as of after the lock.
CREATE OR REPLACE FUNCTION members_ledger_lock(p_member bigint, p_currency text)
RETURNS members_wallet LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
BEGIN
    SELECT * INTO w FROM members_wallet
    WHERE member_id = p_member AND currency = p_currency
    FOR NO KEY UPDATE;
    IF NOT found THEN
        INSERT INTO members_wallet (member_id, currency) VALUES (p_member, p_currency)
        ON CONFLICT DO NOTHING;
        SELECT * INTO STRICT w FROM members_wallet
        WHERE member_id = p_member AND currency = p_currency
        FOR NO KEY UPDATE;
    END IF;
    RETURN w;
END $$;
-- Let what is available repay what is owed: a wallet never has both.
CREATE OR REPLACE FUNCTION members_ledger_offset_debt(w members_wallet, p_at timestamptz)
RETURNS members_wallet LANGUAGE plpgsql AS $$
DECLARE
    v_amount bigint := least(w.available, w.debt);
    v_taken record;
BEGIN
    IF v_amount > 0 THEN
        v_taken := members_ledger_take(w.member_id, w.currency, v_amount);
        w := members_ledger_post(
            w, 'OFFSET', 'AVAILABLE', 'DEBT', v_amount,
            p_at, NULL, NULL, 0, NULL, v_taken.lots, v_taken.takes, ''
        );
    END IF;
    RETURN w;
END $$;
-- Append one entry to a locked wallet and carry its balances on, in memory.
-- The caller saves the wallet once, with members_ledger_save.
CREATE OR REPLACE FUNCTION members_ledger_post(
    w members_wallet, p_kind text, p_source text, p_destination text, p_amount bigint,
    p_at timestamptz, p_occurred_at timestamptz, p_key text, p_leg int, p_digest bytea,
    p_lots bigint[], p_takes bigint[], p_reference text
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

    INSERT INTO members_entry (
        member_id, currency, seq, kind, source, destination, amount,
        available_after, pending_after, held_after, debt_after,
        booked_at, occurred_at, key, leg, digest, lots, takes, reference
    ) VALUES (
        w.member_id, w.currency, w.seq, p_kind, p_source, p_destination, p_amount,
        w.available, w.pending, w.held, w.debt,
        w.last_at, coalesce(p_occurred_at, w.last_at), p_key, p_leg, p_digest,
        p_lots, p_takes, p_reference
    );
    RETURN w;
END $$;
-- Spend available points, from the lots that expire soonest. Repeatable: a key that
-- is known is answered with its first result, also when that was a refusal.
CREATE OR REPLACE FUNCTION members_ledger_redeem(
    p_member bigint, p_currency text, p_points bigint, p_key text, p_digest bytea,
    p_reference text, p_occurred_at timestamptz, p_at timestamptz, p_subscribers jsonb,
    OUT outcome text, OUT seq bigint, OUT available bigint, OUT requested bigint
) LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
    v_known record;
    v_taken record;
BEGIN
    w := members_ledger_lock(p_member, p_currency);
    v_known := members_ledger_first_answer(p_member, p_currency, p_key, p_digest);
    IF v_known.outcome IS NOT NULL THEN
        outcome := v_known.outcome;
        seq := v_known.seq;
        available := v_known.available;
        requested := v_known.requested;
        RETURN;
    END IF;

    p_at := greatest(p_at, w.last_at);
    IF w.due_at <= p_at THEN
        w := members_ledger_settle(w, p_at, p_subscribers);
        PERFORM members_ledger_save(w);
    END IF;

    requested := p_points;
    available := w.available;
    IF w.status <> 'ACTIVE' OR w.available < p_points THEN
        outcome := CASE
            WHEN w.status <> 'ACTIVE' THEN 'WALLET_FROZEN' ELSE 'INSUFFICIENT_POINTS'
        END;
        INSERT INTO members_refusal (
            member_id, currency, key, digest, code, available, requested, refused_at
        ) VALUES (
            p_member, p_currency, p_key, p_digest, outcome, w.available, p_points, p_at
        );
        RETURN;
    END IF;

    v_taken := members_ledger_take(p_member, p_currency, p_points);
    w := members_ledger_post(
        w, 'REDEEM', 'AVAILABLE', 'REDEMPTION', p_points,
        p_at, p_occurred_at, p_key, 0, p_digest, v_taken.lots, v_taken.takes, p_reference
    );
    PERFORM members_ledger_save(w);
    PERFORM members_record_event(
        p_member, 'points.redeemed',
        jsonb_build_object('currency', p_currency, 'points', p_points, 'seq', w.seq),
        coalesce(p_occurred_at, p_at), p_subscribers
    );
    outcome := 'POSTED';
    seq := w.seq;
    available := w.available;
END $$;
-- Save a wallet that a verb has locked and carried on.
CREATE OR REPLACE FUNCTION members_ledger_save(w members_wallet)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE members_wallet
    SET
        available = w.available,
        pending = w.pending,
        held = w.held,
        debt = w.debt,
        seq = w.seq,
        due_at = w.due_at,
        last_at = w.last_at
    WHERE member_id = w.member_id AND currency = w.currency;
END $$;
-- Bring a locked wallet up to date: pending lots become available, lots expire,
-- debt is repaid. Repeatable: what is settled is not due any more.
CREATE OR REPLACE FUNCTION members_ledger_settle(
    w members_wallet, p_at timestamptz, p_subscribers jsonb
) RETURNS members_wallet LANGUAGE plpgsql AS $$
DECLARE
    v_due record;
BEGIN
    WITH released AS (
        UPDATE members_lot SET state = 'OPEN'
        WHERE
            member_id = w.member_id AND currency = w.currency
            AND state = 'PENDING' AND available_at <= p_at
        RETURNING number, remaining, available_at
    )
    SELECT
        sum(remaining)::bigint AS points,
        array_agg(number ORDER BY number) AS lots,
        array_agg(0::bigint) AS takes,
        max(available_at) AS at
    INTO v_due FROM released;
    IF v_due.points > 0 THEN
        w := members_ledger_post(
            w, 'RELEASE', 'PENDING', 'AVAILABLE', v_due.points,
            p_at, v_due.at, NULL, 0, NULL, v_due.lots, v_due.takes, ''
        );
        PERFORM members_record_event(
            w.member_id, 'points.released',
            jsonb_build_object('currency', w.currency, 'points', v_due.points, 'seq', w.seq),
            v_due.at, p_subscribers
        );
    END IF;

    WITH due AS (
        SELECT number, remaining, expires_at FROM members_lot
        WHERE
            member_id = w.member_id AND currency = w.currency
            AND state = 'OPEN' AND expires_at <= p_at
    ),
    expired AS (
        UPDATE members_lot AS lot SET remaining = 0, state = 'CLOSED'
        FROM due
        WHERE
            lot.member_id = w.member_id AND lot.currency = w.currency
            AND lot.number = due.number
        RETURNING due.number, due.remaining, due.expires_at
    )
    SELECT
        sum(remaining)::bigint AS points,
        array_agg(number ORDER BY number) AS lots,
        array_agg(-remaining ORDER BY number) AS takes,
        max(expires_at) AS at
    INTO v_due FROM expired;
    IF v_due.points > 0 THEN
        w := members_ledger_post(
            w, 'EXPIRE', 'AVAILABLE', 'BREAKAGE', v_due.points,
            p_at, v_due.at, NULL, 0, NULL, v_due.lots, v_due.takes, ''
        );
        PERFORM members_record_event(
            w.member_id, 'points.expired',
            jsonb_build_object('currency', w.currency, 'points', v_due.points, 'seq', w.seq),
            v_due.at, p_subscribers
        );
    END IF;

    w := members_ledger_offset_debt(w, p_at);
    w.due_at := least(
        (SELECT min(expires_at) FROM members_lot
         WHERE member_id = w.member_id AND currency = w.currency AND state = 'OPEN'),
        (SELECT min(available_at) FROM members_lot
         WHERE member_id = w.member_id AND currency = w.currency AND state = 'PENDING')
    );
    RETURN w;
END $$;
-- Settle one batch of the wallets that are due, those due longest first, and return
-- how many. Wallets that somebody else has locked are left for the next batch, so
-- that several workers share the work. Repeatable: a settled wallet is not due.
CREATE OR REPLACE FUNCTION members_ledger_settle_due(
    p_limit int, p_at timestamptz, p_subscribers jsonb
) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
    v_settled int := 0;
BEGIN
    FOR w IN
        SELECT * FROM members_wallet
        WHERE due_at <= p_at
        ORDER BY due_at
        LIMIT p_limit
        FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        PERFORM members_ledger_save(
            members_ledger_settle(w, greatest(p_at, w.last_at), p_subscribers)
        );
        v_settled := v_settled + 1;
    END LOOP;
    RETURN v_settled;
END $$;
-- Take points from the open lots of a locked wallet: soonest expiry first, then
-- oldest; lots without expiry last. The lots must hold enough: the wallet has
-- been asked already, and if they disagree the ledger is broken and says so.
CREATE OR REPLACE FUNCTION members_ledger_take(
    p_member bigint, p_currency text, p_amount bigint, OUT lots bigint[], OUT takes bigint[]
) LANGUAGE plpgsql AS $$
DECLARE
    v_lot record;
    v_missing bigint := p_amount;
    v_seen int := 0;
    v_page int := 16;
    v_found int;
BEGIN
    lots := '{}';
    takes := '{}';
    -- In pages, because the limit is what makes the planner walk the index of
    -- the next lots to spend instead of sorting all of them.
    LOOP
        v_found := 0;
        FOR v_lot IN
            SELECT number, remaining FROM members_lot
            WHERE member_id = p_member AND currency = p_currency AND state = 'OPEN'
            ORDER BY expires_at, number
            LIMIT v_page OFFSET v_seen
        LOOP
            v_found := v_found + 1;
            lots := lots || v_lot.number;
            takes := takes || -least(v_lot.remaining, v_missing);
            v_missing := v_missing - least(v_lot.remaining, v_missing);
            EXIT WHEN v_missing = 0;
        END LOOP;
        EXIT WHEN v_missing = 0 OR v_found < v_page;
        v_seen := v_seen + v_page;
        v_page := v_seen;
    END LOOP;
    IF v_missing > 0 THEN
        RAISE EXCEPTION 'the lots of member % hold % % points too few', p_member, v_missing, p_currency
            USING ERRCODE = 'LG999';
    END IF;

    UPDATE members_lot AS lot
    SET
        remaining = lot.remaining + taken.points,
        state = CASE WHEN lot.remaining + taken.points = 0 THEN 'CLOSED' ELSE 'OPEN' END
    FROM unnest(lots, takes) AS taken (number, points)
    WHERE lot.member_id = p_member AND lot.currency = p_currency AND lot.number = taken.number;
END $$;
-- Find what each purchase names: channel, store and member by their codes, and the
-- purchase that was recorded under the same reference before, if one was.
-- One row for each, in the order they were told; the first one also has the ids of
-- those categories that exist. Changes nothing.
-- Each is looked up by itself, in a unique index: one purchase, as tills send them, must
-- not cost a scan.
CREATE OR REPLACE FUNCTION members_look_up(p_purchases json, p_categories json)
RETURNS TABLE (
    channel_id bigint, store_id bigint, member_id bigint, member_status text,
    purchase_id bigint, digest bytea, categories json, place integer, purchased_at timestamptz
) LANGUAGE sql STABLE AS $$
SELECT
    channel.id AS channel_id,
    store.id AS store_id,
    member.id AS member_id,
    member.status::text AS member_status,
    recorded.id AS purchase_id,
    recorded.digest,
    CASE
        WHEN told.place = 0
            THEN (
                SELECT json_object_agg(wanted.code, category.id)
                FROM json_array_elements_text(p_categories) AS wanted (code)
                CROSS JOIN LATERAL (
                    SELECT id FROM members_category
                    WHERE code = wanted.code
                    LIMIT 1 -- noqa: AM09
                ) AS category
            )
    END AS categories,
    told.place,
    told.purchased_at
FROM
    json_to_recordset(p_purchases) AS told (
        place integer, channel text, reference text, store text, member text,
        purchased_at timestamptz
    )
LEFT JOIN LATERAL (
    SELECT id FROM members_channel
    WHERE code = told.channel
    LIMIT 1 -- noqa: AM09
) AS channel ON true
LEFT JOIN LATERAL (
    SELECT id FROM members_store
    WHERE code = told.store
    LIMIT 1 -- noqa: AM09
) AS store ON true
LEFT JOIN LATERAL (
    SELECT
        id,
        status
    FROM members_member
    WHERE number = told.member
    LIMIT 1 -- noqa: AM09
) AS member ON true
LEFT JOIN LATERAL (
    SELECT
        id,
        digest
    FROM members_purchase
    WHERE channel_id = channel.id AND reference = told.reference
    LIMIT 1 -- noqa: AM09
) AS recorded ON true
$$;
-- Record one purchase with its lines, and return its id; nothing if one was recorded
-- under its reference before, which stays as it was.
CREATE OR REPLACE FUNCTION members_record_purchase(
    p_channel bigint, p_reference text, p_member bigint, p_store bigint, p_staff text,
    p_amount numeric, p_purchased_at timestamptz, p_digest bytea, p_lines json, p_at timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_purchase bigint;
BEGIN
    INSERT INTO members_purchase (
        channel_id, reference, member_id, store_id, staff, amount,
        purchased_at, recorded_at, digest
    ) VALUES (
        p_channel, p_reference, p_member, p_store, p_staff, p_amount,
        p_purchased_at, p_at, p_digest
    )
    ON CONFLICT (channel_id, reference) DO NOTHING
    RETURNING id INTO v_purchase;

    IF v_purchase IS NOT NULL THEN
        INSERT INTO members_purchaseline (
            purchase_id, number, sku, category_id, quantity, amount, is_earning
        )
        SELECT
            v_purchase, line.number, line.sku, line.category_id,
            line.quantity, line.amount, line.is_earning
        FROM json_populate_recordset(NULL::members_purchaseline, p_lines) AS line;
    END IF;
    RETURN v_purchase;
END $$;
-- The earning multiplier a member had at a moment.
-- The tier is that of the latest period which had started by then. A tier that the
-- ladder of that moment does not have stands on the next lower rung, and a member
-- without a period on the lowest. Without a ladder nothing multiplies.
CREATE OR REPLACE FUNCTION members_multiplier(
    p_member bigint, p_moment timestamptz
) RETURNS numeric LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_rank integer;
    v_multiplier numeric;
BEGIN
    SELECT tier.rank INTO v_rank
    FROM members_tierperiod AS period
    INNER JOIN members_tier AS tier ON period.tier_id = tier.id
    WHERE period.member_id = p_member AND period.starts_at <= p_moment
    ORDER BY period.starts_at DESC
    LIMIT 1;
    v_rank := coalesce(v_rank, -1);

    SELECT rung.earning_multiplier INTO v_multiplier
    FROM members_rung AS rung
    INNER JOIN members_tier AS tier ON rung.tier_id = tier.id
    WHERE
        rung.ladder_id = (
            SELECT ladder.id
            FROM members_ladder AS ladder
            WHERE ladder.starts_at <= p_moment
            ORDER BY ladder.starts_at DESC
            LIMIT 1
        )
    ORDER BY tier.rank <= v_rank DESC, abs(tier.rank - v_rank) ASC
    LIMIT 1;
    RETURN coalesce(v_multiplier, 1);
END $$;
