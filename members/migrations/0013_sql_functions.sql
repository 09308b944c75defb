-- Whether one of these members is this person of the staff: linked to them, or with a
-- phone or an e-mail, now or in earlier days, that the person or a member linked to them
-- has or had. False for nobody. Changes nothing.
CREATE OR REPLACE FUNCTION members_approvals_is_own(person bigint, concerned bigint[])
RETURNS boolean
LANGUAGE sql
STABLE
AS $$
    WITH theirs AS (
        SELECT link.member_id FROM members_staffmember AS link WHERE link.user_id = person
    ),
    contacts AS (
        SELECT version.phone AS contact
        FROM members_memberevent AS version
        WHERE version.pgh_obj_id IN (SELECT theirs.member_id FROM theirs)
        UNION ALL
        SELECT lower(version.email)
        FROM members_memberevent AS version
        WHERE version.pgh_obj_id IN (SELECT theirs.member_id FROM theirs)
        UNION ALL
        SELECT lower(staff.email)
        FROM auth_user AS staff
        WHERE staff.id = person AND staff.email <> ''
    )
    SELECT
        EXISTS (SELECT FROM theirs WHERE theirs.member_id = ANY(concerned))
        OR EXISTS (
            SELECT
            FROM members_memberevent AS version
            INNER JOIN contacts ON contacts.contact IN (version.phone, lower(version.email))
            WHERE version.pgh_obj_id = ANY(concerned)
        );
$$;
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
-- available at once and not over, and the key is new. Every other case is
-- members_ledger_accrue_with_care.
--
-- The update locks the wallet and carries it on in one go, before the key is looked
-- at: that has to come after the lock. If the key is known, it is all undone.
CREATE OR REPLACE FUNCTION members_ledger_accrue(
    p_member bigint, p_currency text, p_points bigint, p_key text, p_digest bytea,
    p_available_at timestamptz, p_expires_at timestamptz, p_reference text,
    p_occurred_at timestamptz, p_at timestamptz, p_subscribers jsonb,
    OUT outcome text, OUT seq bigint, OUT available bigint
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    w record;
    v_moment timestamptz;
BEGIN
    UPDATE members_wallet AS wallet
    SET
        available = available + p_points,
        seq = seq + 1,
        last_at = greatest(p_at, last_at),
        due_at = least(due_at, p_expires_at),
        chain = members_ledger_link(chain, members_ledger_content(
            p_member, p_currency, seq + 1, 'ACCRUE', 'ISSUANCE', 'AVAILABLE', p_points,
            available + p_points, pending, held, 0, greatest(p_at, last_at),
            coalesce(p_occurred_at, greatest(p_at, last_at)), p_key, 0, p_digest,
            NULL, NULL, p_reference, NULL
        ))
    WHERE
        member_id = p_member AND currency = p_currency AND debt = 0
        AND (due_at > greatest(p_at, last_at) OR due_at IS NULL)
        AND (p_expires_at > greatest(p_at, last_at, p_occurred_at) OR p_expires_at IS NULL)
        AND (p_available_at <= greatest(p_at, last_at) OR p_available_at IS NULL)
    RETURNING wallet.seq, available, pending, held, last_at, chain INTO w;

    IF w.seq IS NOT NULL THEN
        WITH entry AS (
            INSERT INTO members_entry (
                member_id, currency, seq, kind, source, destination, amount,
                available_after, pending_after, held_after, debt_after,
                booked_at, occurred_at, key, leg, digest, reference, chain
            )
            SELECT
                p_member, p_currency, w.seq, 'ACCRUE', 'ISSUANCE', 'AVAILABLE', p_points,
                w.available, w.pending, w.held, 0,
                w.last_at, coalesce(p_occurred_at, w.last_at), p_key, 0, p_digest,
                p_reference, w.chain
            WHERE NOT EXISTS (
                SELECT 1 FROM members_refusal
                WHERE member_id = p_member AND currency = p_currency AND key = p_key
            )
            ON CONFLICT (member_id, currency, key, leg) DO NOTHING
            RETURNING members_entry.seq, occurred_at
        ),
        lot AS (
            INSERT INTO members_lot (
                member_id, currency, number, amount, remaining, available_at, expires_at, state
            )
            SELECT
                p_member, p_currency, entry.seq, p_points, p_points,
                coalesce(p_available_at, entry.occurred_at), p_expires_at, 'OPEN'
            FROM entry
        )
        SELECT entry.seq, entry.occurred_at INTO seq, v_moment FROM entry;
        IF found THEN
            outcome := 'POSTED';
            available := w.available;
            PERFORM members_record_event(
                p_member,
                CASE p_currency WHEN 'QUALIFYING' THEN 'qualifying.accrued' ELSE 'points.accrued' END,
                jsonb_build_object('currency', p_currency, 'points', p_points, 'seq', seq),
                v_moment, p_subscribers
            );
            RETURN;
        END IF;
        PERFORM members_ledger_undo_accrual(p_member, p_currency, p_points);
    END IF;

    SELECT * INTO outcome, seq, available FROM members_ledger_accrue_with_care(
        p_member, p_currency, p_points, p_key, p_digest, p_available_at, p_expires_at,
        p_reference, p_occurred_at, p_at, p_subscribers
    );
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
-- Post earned points as one new lot, whatever state the wallet is in: opened if need
-- be, settled first, the points pending until they are available, debt repaid from them.
-- Points whose time is over when they are booked are booked all the same, and expire at
-- once: what was told late, or by a clock that was set back, is neither lost nor spent.
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
        p_points, p_at, p_occurred_at, p_key, 0, p_digest, NULL, NULL, p_reference, NULL
    );
    seq := w.seq;
    INSERT INTO members_lot (
        member_id, currency, number, amount, remaining, available_at, expires_at, state
    ) VALUES (
        p_member, p_currency, seq, p_points, p_points,
        coalesce(
            p_available_at,
            -- A lot is available before it expires, if only for an instant.
            least(coalesce(p_occurred_at, p_at), p_expires_at - interval '1 microsecond')
        ),
        p_expires_at,
        CASE WHEN v_pending THEN 'PENDING' ELSE 'OPEN' END
    );
    w.due_at := least(w.due_at, CASE WHEN v_pending THEN p_available_at ELSE p_expires_at END);
    available := w.available;
    PERFORM members_record_event(
        p_member,
        CASE p_currency WHEN 'QUALIFYING' THEN 'qualifying.accrued' ELSE 'points.accrued' END,
        jsonb_build_object('currency', p_currency, 'points', p_points, 'seq', seq),
        coalesce(p_occurred_at, p_at), p_subscribers
    );
    IF w.due_at <= p_at THEN
        w := members_ledger_settle(w, p_at, p_subscribers);
    ELSE
        w := members_ledger_offset_debt(w, p_at);
    END IF;
    PERFORM members_ledger_save(w);
    outcome := 'POSTED';
END $$;
-- Add points by hand, as a lot of their own that repays debt first, or take them away in
-- spending order. Repeatable: a key that is known is answered with its first result, also
-- when that was a refusal. What is over when it is booked expires at once, see accrue.
CREATE OR REPLACE FUNCTION members_ledger_adjust(
    p_member bigint, p_currency text, p_points bigint, p_key text, p_digest bytea,
    p_expires_at timestamptz, p_reference text, p_at timestamptz, p_subscribers jsonb,
    OUT outcome text, OUT seq bigint, OUT available bigint, OUT requested bigint
) LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
    v_event text := CASE p_currency WHEN 'QUALIFYING' THEN 'qualifying.' ELSE 'points.' END
    || 'adjusted';
BEGIN
    IF p_points < 0 THEN
        SELECT * INTO outcome, seq, available, requested FROM members_ledger_spend(
            p_member, p_currency, -p_points, 'ADJUST', 'ADJUSTMENT', v_event,
            p_key, p_digest, p_reference, NULL, NULL, p_at, p_subscribers
        );
        RETURN;
    END IF;

    w := members_ledger_lock(p_member, p_currency);
    SELECT * INTO outcome, seq, available, requested
    FROM members_ledger_first_answer(p_member, p_currency, p_key, p_digest);
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    p_at := greatest(p_at, w.last_at);
    IF w.due_at <= p_at THEN
        w := members_ledger_settle(w, p_at, p_subscribers);
    END IF;
    w := members_ledger_post(
        w, 'ADJUST', 'ADJUSTMENT', 'AVAILABLE', p_points, p_at, NULL,
        p_key, 0, p_digest, NULL, NULL, p_reference, NULL
    );
    INSERT INTO members_lot (
        member_id, currency, number, amount, remaining, available_at, expires_at, state
    ) VALUES (
        p_member, p_currency, w.seq, p_points, p_points,
        least(p_at, p_expires_at - interval '1 microsecond'), p_expires_at, 'OPEN'
    );
    seq := w.seq;
    available := w.available;
    requested := p_points;
    w.due_at := least(w.due_at, p_expires_at);
    PERFORM members_record_event(
        p_member, v_event,
        jsonb_build_object('currency', p_currency, 'points', p_points, 'seq', seq),
        p_at, p_subscribers
    );
    IF w.due_at <= p_at THEN
        w := members_ledger_settle(w, p_at, p_subscribers);
    ELSE
        w := members_ledger_offset_debt(w, p_at);
    END IF;
    PERFORM members_ledger_save(w);
    outcome := 'POSTED';
END $$;
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
-- End a hold: spend the first `p_points` of it and give the rest back; none is to give
-- all back. Null points spend all. Repeatable: a key that is known is answered with its
-- first result, also when that was a refusal. Whoever comes second is told what became of it.
CREATE OR REPLACE FUNCTION members_ledger_end_hold(
    p_member bigint, p_currency text, p_number bigint, p_points bigint, p_key text,
    p_digest bytea, p_reference text, p_occurred_at timestamptz, p_at timestamptz,
    p_subscribers jsonb,
    OUT outcome text, OUT seq bigint, OUT available bigint, OUT requested bigint
) LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
    v_known record;
    v_hold record;
    v_rest bigint;
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

    SELECT hold.status, hold.amount, hold.lapses_at, entry.lots, entry.takes INTO v_hold
    FROM members_hold AS hold
    INNER JOIN members_entry AS entry
        ON
            entry.member_id = hold.member_id AND entry.currency = hold.currency
            AND entry.seq = hold.number
    WHERE
        hold.member_id = p_member AND hold.currency = p_currency AND hold.number = p_number;
    IF NOT found THEN
        outcome := 'HOLD_NOT_FOUND';
        RETURN;
    END IF;
    requested := coalesce(p_points, v_hold.amount);
    available := v_hold.amount;
    outcome := CASE
        WHEN v_hold.status <> 'OPEN' THEN 'HOLD_ENDED'
        WHEN requested > v_hold.amount THEN 'HOLD_TOO_SMALL'
    END;
    IF outcome IS NOT NULL THEN
        PERFORM members_ledger_refuse(
            w, p_key, p_digest, outcome, v_hold.amount, requested, p_at
        );
        RETURN;
    END IF;

    v_rest := v_hold.amount - requested;
    IF requested > 0 THEN
        w := members_ledger_post(
            w, 'CAPTURE', 'HELD', 'REDEMPTION', requested,
            p_at, p_occurred_at, p_key, 0, p_digest, NULL, NULL, p_reference, p_number
        );
        PERFORM members_record_event(
            p_member, 'points.captured',
            jsonb_build_object(
                'currency', p_currency, 'points', requested, 'seq', w.seq, 'hold', p_number
            ),
            coalesce(p_occurred_at, p_at), p_subscribers
        );
    END IF;
    UPDATE members_hold
    SET
        status = CASE WHEN requested > 0 THEN 'CAPTURED' ELSE 'VOIDED' END,
        captured = requested,
        ended_at = p_at
    WHERE member_id = p_member AND currency = p_currency AND number = p_number;
    IF v_rest > 0 THEN
        w := members_ledger_return_hold(
            w, 'VOID', p_number, v_rest, v_hold.lots, v_hold.takes, p_at, p_occurred_at, p_key,
            CASE WHEN requested > 0 THEN 1 ELSE 0 END,
            CASE WHEN requested > 0 THEN NULL ELSE p_digest END, p_reference, p_subscribers
        );
    END IF;
    outcome := 'POSTED';
    seq := w.seq - CASE WHEN requested > 0 AND v_rest > 0 THEN 1 ELSE 0 END;
    available := w.available;
    requested := CASE requested WHEN 0 THEN v_rest ELSE requested END;
    IF v_rest > 0 THEN
        -- What was given back may have expired meanwhile, or repay a debt.
        w := members_ledger_settle(w, p_at, p_subscribers);
    ELSIF w.due_at = v_hold.lapses_at THEN
        w.due_at := members_ledger_next_due(w);
    END IF;
    PERFORM members_ledger_save(w);
END $$;
-- Expire what is due in wallets that are locked, owe nothing and have no hold to lapse,
-- and note when each is due next: the set-based second half of settling. Repeatable:
-- what has expired is not due.
CREATE OR REPLACE FUNCTION members_ledger_expire_many(
    p_members bigint[], p_currencies text[], p_at timestamptz, p_subscribers jsonb
) RETURNS void LANGUAGE plpgsql
-- As in members_ledger_accrue_many: everything is looked up by key.
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_seqscan = off
AS $$
DECLARE
    v_noted bigint;
BEGIN
    WITH expired AS (
        UPDATE members_lot AS lot
        SET remaining = 0, state = 'CLOSED', expired = lot.expired + due.remaining
        FROM (
            SELECT lot.member_id, lot.currency, lot.number, lot.remaining, lot.expires_at
            FROM unnest(p_members, p_currencies) AS asked (member_id, currency)
            INNER JOIN members_wallet AS wallet USING (member_id, currency)
            INNER JOIN members_lot AS lot USING (member_id, currency)
            WHERE lot.state = 'OPEN' AND lot.expires_at <= greatest(p_at, wallet.last_at)
        ) AS due
        WHERE
            lot.member_id = due.member_id AND lot.currency = due.currency
            AND lot.number = due.number
        RETURNING due.*
    ),
    total AS (
        SELECT
            member_id,
            currency,
            sum(remaining)::bigint AS points,
            array_agg(number ORDER BY number) FILTER (WHERE remaining > 0) AS lots,
            array_agg(-remaining ORDER BY number) FILTER (WHERE remaining > 0) AS takes,
            max(expires_at) AS occurred_at
        FROM (
            SELECT * FROM expired
            UNION ALL
            SELECT member_id, currency, NULL, 0, NULL
            FROM unnest(p_members, p_currencies) AS asked (member_id, currency)
        ) AS change
        GROUP BY member_id, currency
    ),
    fresh AS (
        SELECT
            total.*,
            wallet.seq + CASE WHEN total.points > 0 THEN 1 ELSE 0 END AS seq,
            wallet.available - total.points AS available,
            wallet.pending,
            wallet.held,
            greatest(p_at, wallet.last_at) AS booked_at,
            wallet.last_at,
            wallet.chain AS chain_before
        FROM total
        INNER JOIN members_wallet AS wallet USING (member_id, currency)
    ),
    chained AS (
        SELECT
            fresh.*,
            CASE WHEN points > 0 THEN members_ledger_link(chain_before, members_ledger_content(
                member_id, currency, seq, 'EXPIRE', 'AVAILABLE', 'BREAKAGE', points,
                available, pending, held, 0,
                booked_at, occurred_at, NULL, 0, NULL, lots, takes, '', NULL
            )) ELSE chain_before END AS chain
        FROM fresh
    ),
    entries AS (
        INSERT INTO members_entry (
            member_id, currency, seq, kind, source, destination, amount,
            available_after, pending_after, held_after, debt_after,
            booked_at, occurred_at, leg, lots, takes, reference, chain
        )
        SELECT
            member_id, currency, seq, 'EXPIRE', 'AVAILABLE', 'BREAKAGE', points,
            available, pending, held, 0,
            booked_at, occurred_at, 0, lots, takes, '', chain
        FROM chained
        WHERE points > 0
    ),
    saved AS (
        UPDATE members_wallet AS wallet
        SET
            available = chained.available,
            seq = chained.seq,
            last_at = CASE
                WHEN chained.points > 0 THEN chained.booked_at ELSE chained.last_at
            END,
            chain = chained.chain,
            -- This statement still sees the lots that it closes.
            due_at = least(
                wallet.lasts_until,
                (SELECT min(lot.expires_at) FROM members_lot AS lot
                 WHERE
                     lot.member_id = wallet.member_id AND lot.currency = wallet.currency
                     AND lot.state = 'OPEN'
                     AND lot.expires_at > greatest(p_at, wallet.last_at)),
                (SELECT min(lot.available_at) FROM members_lot AS lot
                 WHERE
                     lot.member_id = wallet.member_id AND lot.currency = wallet.currency
                     AND lot.state = 'PENDING'),
                (SELECT min(hold.lapses_at) FROM members_hold AS hold
                 WHERE
                     hold.member_id = wallet.member_id AND hold.currency = wallet.currency
                     AND hold.status = 'OPEN')
            )
        FROM chained
        WHERE wallet.member_id = chained.member_id AND wallet.currency = chained.currency
    ),
    noted AS (
        SELECT members_record_events(
            array_agg(member_id), 'points.expired',
            array_agg(jsonb_build_object('currency', currency, 'points', points, 'seq', seq)),
            array_agg(occurred_at), p_subscribers
        )
        FROM fresh
        WHERE points > 0
        HAVING count(*) > 0
    )
    SELECT count(*) INTO v_noted FROM noted;
END $$;
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
-- Let the points that have no expiry of their own last until a moment, or longer if they
-- do already; what had expired by `p_at` has. Repeatable.
CREATE OR REPLACE FUNCTION members_ledger_keep_alive(
    p_member bigint, p_currency text, p_until timestamptz, p_at timestamptz,
    p_subscribers jsonb
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
BEGIN
    w := members_ledger_lock(p_member, p_currency);
    p_at := greatest(p_at, w.last_at);
    IF w.due_at <= p_at THEN
        w := members_ledger_settle(w, p_at, p_subscribers);
    END IF;
    w.lasts_until := greatest(w.lasts_until, p_until);
    w.due_at := members_ledger_next_due(w);
    PERFORM members_ledger_save(w);
END $$;
-- Give back what the holds of a locked wallet set aside whose time has run out.
CREATE OR REPLACE FUNCTION members_ledger_lapse(
    w members_wallet, p_at timestamptz, p_subscribers jsonb
) RETURNS members_wallet LANGUAGE plpgsql AS $$
DECLARE
    v_hold record;
BEGIN
    FOR v_hold IN
        SELECT hold.number, hold.amount, hold.lapses_at, entry.lots, entry.takes
        FROM members_hold AS hold
        INNER JOIN members_entry AS entry
            ON
                entry.member_id = hold.member_id AND entry.currency = hold.currency
                AND entry.seq = hold.number
        WHERE
            hold.member_id = w.member_id AND hold.currency = w.currency
            AND hold.status = 'OPEN' AND hold.lapses_at <= p_at
        ORDER BY hold.lapses_at, hold.number
    LOOP
        UPDATE members_hold SET status = 'LAPSED', ended_at = lapses_at
        WHERE member_id = w.member_id AND currency = w.currency AND number = v_hold.number;
        w := members_ledger_return_hold(
            w, 'LAPSE', v_hold.number, v_hold.amount, v_hold.lots, v_hold.takes,
            p_at, v_hold.lapses_at, NULL, 0, NULL, '', p_subscribers
        );
    END LOOP;
    RETURN w;
END $$;
-- The hash of an entry: of what it says and of the hash of the entry before, so that
-- no entry of a wallet can be changed without changing all that follow.
CREATE OR REPLACE FUNCTION members_ledger_link(p_previous bytea, p_content bytea)
RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(coalesce(p_previous, ''::bytea) || p_content)
$$;
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
-- The earliest moment at which something of a locked wallet must be settled.
CREATE OR REPLACE FUNCTION members_ledger_next_due(w members_wallet)
RETURNS timestamptz LANGUAGE plpgsql AS $$
BEGIN
    RETURN least(
        w.lasts_until,
        (SELECT min(expires_at) FROM members_lot
         WHERE member_id = w.member_id AND currency = w.currency AND state = 'OPEN'),
        (SELECT min(available_at) FROM members_lot
         WHERE member_id = w.member_id AND currency = w.currency AND state = 'PENDING'),
        (SELECT min(lapses_at) FROM members_hold
         WHERE member_id = w.member_id AND currency = w.currency AND status = 'OPEN')
    );
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
            p_at, NULL, NULL, 0, NULL, v_taken.lots, v_taken.takes, '', NULL
        );
    END IF;
    RETURN w;
END $$;
-- Set available points aside until `p_lapses_at`: those that would be spent next. The
-- hold is numbered like its entry. Repeatable like redeeming.
CREATE OR REPLACE FUNCTION members_ledger_open_hold(
    p_member bigint, p_currency text, p_points bigint, p_key text, p_digest bytea,
    p_reference text, p_lapses_at timestamptz, p_at timestamptz, p_subscribers jsonb,
    OUT outcome text, OUT seq bigint, OUT available bigint, OUT requested bigint
) LANGUAGE plpgsql AS $$
BEGIN
    SELECT * INTO outcome, seq, available, requested FROM members_ledger_spend(
        p_member, p_currency, p_points, 'HOLD', 'HELD', 'points.held',
        p_key, p_digest, p_reference, p_lapses_at, NULL, p_at, p_subscribers
    );
END $$;
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
-- Put points back into the lots of a locked wallet that they were taken from. Those of
-- lots that ended meanwhile expire with the next settling.
CREATE OR REPLACE FUNCTION members_ledger_put_back(
    p_member bigint, p_currency text, p_lots bigint[], p_points bigint[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE members_lot AS lot
    SET remaining = lot.remaining + given.points, state = 'OPEN'
    FROM unnest(p_lots, p_points) AS given (number, points)
    WHERE lot.member_id = p_member AND lot.currency = p_currency AND lot.number = given.number;
END $$;
-- Take back what one batch granted to the next `p_limit` members after `p_after`. Each
-- reversal has the batch as its key, so repeating it changes nothing.
CREATE OR REPLACE FUNCTION members_ledger_recall(
    p_currency text, p_grant_key text, p_shortfall text, p_key text, p_digest bytea,
    p_after bigint, p_limit int, p_at timestamptz, p_subscribers jsonb
) RETURNS TABLE (member_id bigint, granted bigint, taken bigint, owed bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT entry.member_id, entry.amount, reversal.taken, reversal.owed
    FROM (
        SELECT entry.member_id, entry.amount
        FROM members_wallet AS wallet
        INNER JOIN members_entry AS entry
            ON
                entry.member_id = wallet.member_id AND entry.currency = wallet.currency
                AND entry.key = p_grant_key AND entry.leg = 0 AND entry.kind = 'ACCRUE'
        WHERE wallet.currency = p_currency AND wallet.member_id > p_after
        ORDER BY wallet.member_id
        LIMIT p_limit
    ) AS entry
    CROSS JOIN LATERAL members_ledger_reverse_accrual(
        entry.member_id, p_currency, p_grant_key, entry.amount, p_shortfall,
        p_key, p_digest, p_grant_key, NULL, p_at, p_subscribers
    ) AS reversal
    ORDER BY entry.member_id;
END $$;
-- Spend available points, from the lots that expire soonest. Repeatable: a key that
-- is known is answered with its first result, also when that was a refusal.
CREATE OR REPLACE FUNCTION members_ledger_redeem(
    p_member bigint, p_currency text, p_points bigint, p_key text, p_digest bytea,
    p_reference text, p_occurred_at timestamptz, p_at timestamptz, p_subscribers jsonb,
    OUT outcome text, OUT seq bigint, OUT available bigint, OUT requested bigint
) LANGUAGE plpgsql AS $$
BEGIN
    SELECT * INTO outcome, seq, available, requested FROM members_ledger_spend(
        p_member, p_currency, p_points, 'REDEEM', 'REDEMPTION', 'points.redeemed',
        p_key, p_digest, p_reference, NULL, p_occurred_at, p_at, p_subscribers
    );
END $$;
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
-- Make an accrual available that waited for an event. Repeatable: a key that is known is
-- answered with its first result; what is available already is refused.
CREATE OR REPLACE FUNCTION members_ledger_release(
    p_member bigint, p_currency text, p_accrual_key text, p_key text, p_digest bytea,
    p_expires_at timestamptz, p_at timestamptz, p_subscribers jsonb,
    OUT outcome text, OUT seq bigint, OUT available bigint, OUT requested bigint
) LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
    v_known record;
    v_lot record;
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

    SELECT lot.* INTO v_lot
    FROM members_entry AS entry
    INNER JOIN members_lot AS lot
        ON
            lot.member_id = entry.member_id AND lot.currency = entry.currency
            AND lot.number = entry.seq
    WHERE
        entry.member_id = p_member AND entry.currency = p_currency
        AND entry.key = p_accrual_key AND entry.leg = 0 AND entry.kind = 'ACCRUE';
    IF NOT found THEN
        outcome := 'ACCRUAL_NOT_FOUND';
        RETURN;
    END IF;
    IF v_lot.state <> 'PENDING' THEN
        outcome := 'ALREADY_RELEASED';
        PERFORM members_ledger_refuse(w, p_key, p_digest, outcome, w.available, 0, p_at);
        RETURN;
    END IF;

    UPDATE members_lot
    SET
        state = 'OPEN',
        available_at = least(
            p_at, coalesce(p_expires_at, expires_at) - interval '1 microsecond'
        ),
        expires_at = coalesce(p_expires_at, expires_at)
    WHERE member_id = p_member AND currency = p_currency AND number = v_lot.number;
    w := members_ledger_post(
        w, 'RELEASE', 'PENDING', 'AVAILABLE', v_lot.remaining,
        p_at, NULL, p_key, 0, p_digest, ARRAY[v_lot.number], ARRAY[0::bigint], '', v_lot.number
    );
    seq := w.seq;
    available := w.available;
    requested := v_lot.remaining;
    PERFORM members_record_event(
        p_member, 'points.released',
        jsonb_build_object('currency', p_currency, 'points', v_lot.remaining, 'seq', w.seq),
        p_at, p_subscribers
    );
    -- Points that waited too long expire at once.
    w := members_ledger_settle(w, p_at, p_subscribers);
    PERFORM members_ledger_save(w);
    outcome := 'POSTED';
END $$;
-- Make available what is due in wallets that are locked, owe nothing and have no hold to
-- lapse: the set-based first half of settling. Repeatable: what is released is not due.
CREATE OR REPLACE FUNCTION members_ledger_release_many(
    p_members bigint[], p_currencies text[], p_at timestamptz, p_subscribers jsonb
) RETURNS void LANGUAGE plpgsql
-- As in members_ledger_accrue_many: everything is looked up by key.
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_seqscan = off
AS $$
DECLARE
    v_noted bigint;
BEGIN
    WITH released AS (
        UPDATE members_lot AS lot SET state = 'OPEN'
        FROM unnest(p_members, p_currencies) AS asked (member_id, currency)
        INNER JOIN members_wallet AS wallet USING (member_id, currency)
        WHERE
            lot.member_id = asked.member_id AND lot.currency = asked.currency
            AND lot.state = 'PENDING' AND lot.available_at <= greatest(p_at, wallet.last_at)
        RETURNING lot.member_id, lot.currency, lot.number, lot.remaining, lot.available_at
    ),
    total AS (
        SELECT
            member_id,
            currency,
            sum(remaining)::bigint AS points,
            array_agg(number ORDER BY number) AS lots,
            array_agg(0::bigint) AS takes,
            max(available_at) AS occurred_at
        FROM released
        GROUP BY member_id, currency
    ),
    fresh AS (
        SELECT
            total.*,
            wallet.seq + 1 AS seq,
            wallet.available + total.points AS available,
            wallet.pending - total.points AS pending,
            wallet.held,
            greatest(p_at, wallet.last_at) AS booked_at,
            wallet.chain AS chain_before
        FROM total
        INNER JOIN members_wallet AS wallet USING (member_id, currency)
    ),
    chained AS (
        SELECT
            fresh.*,
            members_ledger_link(chain_before, members_ledger_content(
                member_id, currency, seq, 'RELEASE', 'PENDING', 'AVAILABLE', points,
                available, pending, held, 0,
                booked_at, occurred_at, NULL, 0, NULL, lots, takes, '', NULL
            )) AS chain
        FROM fresh
    ),
    entries AS (
        INSERT INTO members_entry (
            member_id, currency, seq, kind, source, destination, amount,
            available_after, pending_after, held_after, debt_after,
            booked_at, occurred_at, leg, lots, takes, reference, chain
        )
        SELECT
            member_id, currency, seq, 'RELEASE', 'PENDING', 'AVAILABLE', points,
            available, pending, held, 0,
            booked_at, occurred_at, 0, lots, takes, '', chain
        FROM chained
    ),
    saved AS (
        UPDATE members_wallet AS wallet
        SET
            available = chained.available,
            pending = chained.pending,
            seq = chained.seq,
            last_at = chained.booked_at,
            chain = chained.chain
        FROM chained
        WHERE wallet.member_id = chained.member_id AND wallet.currency = chained.currency
    ),
    noted AS (
        SELECT members_record_events(
            array_agg(member_id), 'points.released',
            array_agg(jsonb_build_object('currency', currency, 'points', points, 'seq', seq)),
            array_agg(occurred_at), p_subscribers
        )
        FROM fresh
        HAVING count(*) > 0
    )
    SELECT count(*) INTO v_noted FROM noted;
END $$;
-- Give back points that a hold of a locked wallet set aside, all or the last of them:
-- those that would have been spent last.
CREATE OR REPLACE FUNCTION members_ledger_return_hold(
    w members_wallet, p_kind text, p_hold bigint, p_points bigint, p_lots bigint[],
    p_takes bigint[], p_at timestamptz, p_occurred_at timestamptz, p_key text, p_leg int,
    p_digest bytea, p_reference text, p_subscribers jsonb
) RETURNS members_wallet LANGUAGE plpgsql AS $$
DECLARE
    v_back record;
BEGIN
    SELECT array_agg(number ORDER BY place) AS lots, array_agg(points ORDER BY place) AS points
    INTO v_back
    FROM (
        SELECT
            number,
            place,
            least(-take, p_points - coalesce(sum(-take) OVER later, 0))::bigint AS points
        FROM unnest(p_lots, p_takes) WITH ORDINALITY AS taken (number, take, place)
        WINDOW later AS (
            ORDER BY place DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
    ) AS share
    WHERE points > 0;

    PERFORM members_ledger_put_back(w.member_id, w.currency, v_back.lots, v_back.points);
    w := members_ledger_post(
        w, p_kind, 'HELD', 'AVAILABLE', p_points, p_at, p_occurred_at,
        p_key, p_leg, p_digest, v_back.lots, v_back.points, p_reference, p_hold
    );
    PERFORM members_record_event(
        w.member_id, CASE p_kind WHEN 'LAPSE' THEN 'hold.lapsed' ELSE 'hold.voided' END,
        jsonb_build_object(
            'currency', w.currency, 'points', p_points, 'seq', w.seq, 'hold', p_hold
        ),
        coalesce(p_occurred_at, w.last_at), p_subscribers
    );
    RETURN w;
END $$;
-- Take earned points back: from their own lot first, then from the others in spending
-- order, then as debt, as far as `p_shortfall` goes: UNSPENT ends with the own lot,
-- FORGIVE with what is available, DEBT takes all, and REFUSE is FORGIVE or nothing.
-- Never more than was earned, less what was taken back before and what expired: that is
-- gone already. Repeatable: a key that is known is answered with its first result.
CREATE OR REPLACE FUNCTION members_ledger_reverse_accrual(
    p_member bigint, p_currency text, p_accrual_key text, p_points bigint, p_shortfall text,
    p_key text, p_digest bytea, p_reference text, p_occurred_at timestamptz, p_at timestamptz,
    p_subscribers jsonb,
    OUT outcome text, OUT seq bigint, OUT available bigint, OUT requested bigint,
    OUT taken bigint, OUT owed bigint
) LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
    v_known record;
    v_accrual record;
    v_lot members_lot;
    v_own bigint;
    v_others bigint;
    v_debt bigint;
    v_taken record;
    v_leg int := 0;
BEGIN
    w := members_ledger_lock(p_member, p_currency);
    v_known := members_ledger_first_answer(p_member, p_currency, p_key, p_digest);
    IF v_known.outcome IS NOT NULL THEN
        outcome := CASE v_known.outcome
            WHEN 'NOTHING_TAKEN' THEN 'REPLAYED' ELSE v_known.outcome
        END;
        seq := v_known.seq;
        available := v_known.available;
        requested := v_known.requested;
        SELECT
            coalesce(sum(amount) FILTER (WHERE source <> 'DEBT'), 0),
            coalesce(sum(amount) FILTER (WHERE source = 'DEBT'), 0)
        INTO taken, owed
        FROM members_entry
        WHERE member_id = p_member AND currency = p_currency AND key = p_key;
        RETURN;
    END IF;

    p_at := greatest(p_at, w.last_at);
    IF w.due_at <= p_at THEN
        w := members_ledger_settle(w, p_at, p_subscribers);
        PERFORM members_ledger_save(w);
    END IF;

    SELECT entry.seq, entry.amount INTO v_accrual FROM members_entry AS entry
    WHERE
        entry.member_id = p_member AND entry.currency = p_currency
        AND entry.key = p_accrual_key AND entry.leg = 0 AND entry.kind = 'ACCRUE';
    IF NOT found THEN
        outcome := 'ACCRUAL_NOT_FOUND';
        RETURN;
    END IF;
    SELECT * INTO STRICT v_lot FROM members_lot
    WHERE member_id = p_member AND currency = p_currency AND number = v_accrual.seq;

    -- Points that were taken back while they were spent, given back after that, and have
    -- expired now, count twice here.
    requested := greatest(0, least(p_points, v_accrual.amount - v_lot.expired - (
        SELECT coalesce(sum(entry.amount), 0) FROM members_entry AS entry
        WHERE
            entry.member_id = p_member AND entry.currency = p_currency
            AND entry.refers_to = v_accrual.seq AND entry.kind = 'CLAWBACK'
    )));
    v_own := least(requested, v_lot.remaining);
    v_others := CASE WHEN p_shortfall = 'UNSPENT' THEN 0 ELSE least(
        requested - v_own,
        w.available - CASE WHEN v_lot.state = 'OPEN' THEN v_own ELSE 0 END
    ) END;
    v_debt := CASE WHEN p_shortfall = 'DEBT' THEN requested - v_own - v_others ELSE 0 END;
    taken := v_own + v_others;
    owed := v_debt;

    IF p_shortfall = 'REFUSE' AND taken < requested OR taken + owed = 0 THEN
        outcome := CASE
            WHEN p_shortfall = 'REFUSE' AND taken < requested THEN 'INSUFFICIENT_POINTS'
            ELSE 'NOTHING_TAKEN'
        END;
        available := CASE outcome WHEN 'NOTHING_TAKEN' THEN w.available ELSE taken END;
        taken := 0;
        PERFORM members_ledger_refuse(w, p_key, p_digest, outcome, available, requested, p_at);
        RETURN;
    END IF;

    IF v_own > 0 THEN
        UPDATE members_lot
        SET
            remaining = v_lot.remaining - v_own,
            state = CASE WHEN v_lot.remaining = v_own THEN 'CLOSED' ELSE v_lot.state END
        WHERE member_id = p_member AND currency = p_currency AND number = v_lot.number;
        w := members_ledger_post(
            w, 'CLAWBACK', CASE v_lot.state WHEN 'PENDING' THEN 'PENDING' ELSE 'AVAILABLE' END,
            'ISSUANCE', v_own, p_at, p_occurred_at, p_key, v_leg, p_digest,
            ARRAY[v_lot.number], ARRAY[-v_own], p_reference, v_accrual.seq
        );
        seq := w.seq;
        v_leg := v_leg + 1;
    END IF;
    IF v_others > 0 THEN
        v_taken := members_ledger_take(p_member, p_currency, v_others);
        w := members_ledger_post(
            w, 'CLAWBACK', 'AVAILABLE', 'ISSUANCE', v_others, p_at, p_occurred_at,
            p_key, v_leg, CASE v_leg WHEN 0 THEN p_digest END,
            v_taken.lots, v_taken.takes, p_reference, v_accrual.seq
        );
        seq := coalesce(seq, w.seq);
        v_leg := v_leg + 1;
    END IF;
    IF v_debt > 0 THEN
        w := members_ledger_post(
            w, 'CLAWBACK', 'DEBT', 'ISSUANCE', v_debt, p_at, p_occurred_at,
            p_key, v_leg, CASE v_leg WHEN 0 THEN p_digest END,
            NULL, NULL, p_reference, v_accrual.seq
        );
        seq := coalesce(seq, w.seq);
    END IF;
    PERFORM members_ledger_save(w);
    PERFORM members_record_event(
        p_member,
        CASE p_currency WHEN 'QUALIFYING' THEN 'qualifying.' ELSE 'points.' END || 'taken_back',
        jsonb_build_object(
            'currency', p_currency, 'points', taken, 'owed', owed, 'seq', seq,
            'accrual', v_accrual.seq
        ),
        coalesce(p_occurred_at, p_at), p_subscribers
    );
    outcome := 'POSTED';
    available := w.available;
END $$;
-- Give spent points back: into the lots they came from, those taken last first. Points of
-- a lot that has expired meanwhile get a lot of their own until `p_courtesy_until`;
-- without that, or when it has passed, they go back to their lot and expire with it. Null
-- points give all back. Never more than was spent and not given back before. Repeatable:
-- a key that is known is answered with its first result.
CREATE OR REPLACE FUNCTION members_ledger_reverse_redemption(
    p_member bigint, p_currency text, p_redemption_key text, p_points bigint,
    p_courtesy_until timestamptz, p_key text, p_digest bytea, p_reference text,
    p_occurred_at timestamptz, p_at timestamptz, p_subscribers jsonb,
    OUT outcome text, OUT seq bigint, OUT available bigint, OUT requested bigint,
    OUT given_back bigint
) LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
    v_known record;
    v_redemption bigint;
    v_lots bigint[] := '{}';
    v_points bigint[] := '{}';
    v_spent record;
    v_leg int := 0;
BEGIN
    w := members_ledger_lock(p_member, p_currency);
    v_known := members_ledger_first_answer(p_member, p_currency, p_key, p_digest);
    IF v_known.outcome IS NOT NULL THEN
        outcome := CASE v_known.outcome
            WHEN 'NOTHING_GIVEN_BACK' THEN 'REPLAYED' ELSE v_known.outcome
        END;
        seq := v_known.seq;
        available := v_known.available;
        SELECT coalesce(sum(amount), 0) INTO given_back FROM members_entry
        WHERE member_id = p_member AND currency = p_currency AND key = p_key;
        requested := given_back;
        RETURN;
    END IF;

    p_at := greatest(p_at, w.last_at);
    IF w.due_at <= p_at THEN
        w := members_ledger_settle(w, p_at, p_subscribers);
        PERFORM members_ledger_save(w);
    END IF;

    SELECT entry.seq INTO v_redemption FROM members_entry AS entry
    WHERE
        entry.member_id = p_member AND entry.currency = p_currency
        AND entry.key = p_redemption_key AND entry.leg = 0
        AND entry.kind IN ('REDEEM', 'CAPTURE');
    IF NOT found THEN
        outcome := 'REDEMPTION_NOT_FOUND';
        RETURN;
    END IF;

    given_back := 0;
    FOR v_spent IN
        SELECT
            number,
            points,
            expires_at <= p_at AND p_courtesy_until > p_at AS needs_courtesy
        FROM (
            SELECT
                lot.number,
                spent.place,
                lot.expires_at,
                least(
                    spent.points, p_points - coalesce(sum(spent.points) OVER later, 0)
                )::bigint AS points
            FROM members_ledger_spent_by(p_member, p_currency, v_redemption) AS spent
            INNER JOIN members_lot AS lot
                ON
                    lot.member_id = p_member AND lot.currency = p_currency
                    AND lot.number = spent.number
            WINDOW later AS (
                ORDER BY spent.place DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            )
        ) AS share
        WHERE points > 0
        ORDER BY place DESC
    LOOP
        given_back := given_back + v_spent.points;
        IF v_spent.needs_courtesy THEN
            w := members_ledger_post(
                w, 'COURTESY', 'REDEMPTION', 'AVAILABLE', v_spent.points, p_at, p_occurred_at,
                p_key, v_leg, CASE v_leg WHEN 0 THEN p_digest END,
                ARRAY[v_spent.number], ARRAY[0::bigint], p_reference, v_redemption
            );
            INSERT INTO members_lot (
                member_id, currency, number, amount, remaining, available_at, expires_at, state
            ) VALUES (
                p_member, p_currency, w.seq, v_spent.points, v_spent.points,
                p_at, p_courtesy_until, 'OPEN'
            );
            seq := coalesce(seq, w.seq);
            v_leg := v_leg + 1;
        ELSE
            v_lots := v_lots || v_spent.number;
            v_points := v_points || v_spent.points;
        END IF;
    END LOOP;

    requested := coalesce(p_points, given_back);
    IF given_back = 0 THEN
        outcome := 'NOTHING_GIVEN_BACK';
        available := w.available;
        PERFORM members_ledger_refuse(w, p_key, p_digest, outcome, available, requested, p_at);
        RETURN;
    END IF;
    IF v_lots <> '{}' THEN
        PERFORM members_ledger_put_back(p_member, p_currency, v_lots, v_points);
        w := members_ledger_post(
            w, 'GIVE_BACK', 'REDEMPTION', 'AVAILABLE',
            (SELECT sum(points) FROM unnest(v_points) AS lot (points))::bigint,
            p_at, p_occurred_at, p_key, v_leg, CASE v_leg WHEN 0 THEN p_digest END,
            v_lots, v_points, p_reference, v_redemption
        );
        seq := coalesce(seq, w.seq);
    END IF;
    available := w.available;
    PERFORM members_record_event(
        p_member, 'points.given_back',
        jsonb_build_object(
            'currency', p_currency, 'points', given_back, 'seq', seq, 'redemption', v_redemption
        ),
        coalesce(p_occurred_at, p_at), p_subscribers
    );
    -- Lots without courtesy expire again, and what is owed is repaid first.
    w := members_ledger_settle(w, p_at, p_subscribers);
    PERFORM members_ledger_save(w);
    outcome := 'POSTED';
END $$;
-- Sum up whole days of the programme's time zone, from `p_first` to before `p_end`: by day,
-- kind, source and destination, and by how they changed what is left of lots, by the months
-- these were made in and expire in. Only the days are told, and the rest is read here, so
-- that nobody can have wrong sums written. Repeatable: the same entries give the same sums.
CREATE OR REPLACE FUNCTION members_ledger_roll_up(p_first date, p_end date)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_zone text;
    -- Longer than any clock is ever set: the days decide, these only narrow them down.
    v_since timestamptz := (p_first - 1)::timestamp AT TIME ZONE 'UTC';
    v_until timestamptz := (p_end + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
    SELECT time_zone INTO STRICT v_zone FROM members_programme;

    INSERT INTO members_dailytotal (day, currency, kind, source, destination, points, entries)
    SELECT
        cast(booked_at AT TIME ZONE v_zone AS date) AS day,
        currency,
        kind,
        source,
        destination,
        sum(amount) AS points,
        count(*) AS entries
    FROM members_entry
    WHERE
        booked_at >= v_since AND booked_at < v_until
        AND cast(booked_at AT TIME ZONE v_zone AS date) >= p_first
        AND cast(booked_at AT TIME ZONE v_zone AS date) < p_end
    GROUP BY day, currency, kind, source, destination
    ORDER BY day, currency, kind, source, destination
    ON CONFLICT (day, currency, kind, source, destination)
    DO UPDATE SET points = excluded.points, entries = excluded.entries;

    -- A lot's expiry may have become known meanwhile, so what stood under another goes first.
    DELETE FROM members_cohorttotal WHERE day >= p_first AND day < p_end;

    -- What waited for an event had no expiry until it was released: its points move from there
    -- to their expiry with the release.
    WITH
    entry AS (
        SELECT
            *,
            cast(booked_at AT TIME ZONE v_zone AS date) AS day
        FROM members_entry
        WHERE
            booked_at >= v_since AND booked_at < v_until
            AND cast(booked_at AT TIME ZONE v_zone AS date) >= p_first
            AND cast(booked_at AT TIME ZONE v_zone AS date) < p_end
    ),

    change AS (
        SELECT
            entry.day,
            entry.member_id,
            entry.currency,
            entry.kind,
            entry.seq AS number,
            entry.amount AS points,
            entry.destination = 'PENDING' AND EXISTS (
                SELECT 1 FROM members_entry AS released
                WHERE
                    released.member_id = entry.member_id AND released.currency = entry.currency
                    AND released.refers_to = entry.seq AND released.kind = 'RELEASE'
            ) AS is_undated
        FROM entry
        WHERE
            entry.kind IN ('ACCRUE', 'TRANSFER_IN', 'COURTESY')
            OR (entry.kind = 'ADJUST' AND entry.source = 'ADJUSTMENT')

        UNION ALL
        SELECT
            entry.day,
            entry.member_id,
            entry.currency,
            entry.kind,
            taken.number,
            taken.points,
            entry.source = 'PENDING' AND EXISTS (
                SELECT 1 FROM members_entry AS released
                WHERE
                    released.member_id = entry.member_id AND released.currency = entry.currency
                    AND released.refers_to = taken.number AND released.kind = 'RELEASE'
                    AND released.seq > entry.seq
            ) AS is_undated
        FROM entry
        CROSS JOIN LATERAL unnest(entry.lots, entry.takes) AS taken (number, points)
        WHERE taken.points <> 0

        UNION ALL
        SELECT
            entry.day,
            entry.member_id,
            entry.currency,
            entry.kind,
            entry.refers_to AS number,
            moved.points,
            moved.is_undated
        FROM entry
        CROSS JOIN
            LATERAL (
                VALUES (-entry.amount, TRUE), (entry.amount, FALSE)
            ) AS moved (points, is_undated)
        WHERE entry.kind = 'RELEASE' AND entry.refers_to IS NOT NULL
    )

    INSERT INTO members_cohorttotal (day, currency, earned, expires, kind, points)
    SELECT
        change.day,
        change.currency,
        cast(date_trunc('month', made.booked_at AT TIME ZONE v_zone) AS date) AS earned,
        cast(
            coalesce(
                CASE
                    WHEN NOT change.is_undated
                        THEN date_trunc('month', lot.expires_at AT TIME ZONE v_zone)
                END,
                date '9999-12-01'
            ) AS date
        ) AS expires,
        change.kind,
        sum(change.points) AS points
    FROM change
    INNER JOIN members_lot AS lot
        ON
            lot.member_id = change.member_id AND lot.currency = change.currency
            AND lot.number = change.number
    INNER JOIN members_entry AS made
        ON
            made.member_id = change.member_id AND made.currency = change.currency
            AND made.seq = change.number
    GROUP BY change.day, change.currency, earned, expires, change.kind
    ORDER BY change.day, change.currency, earned, expires, change.kind
    ON CONFLICT (day, currency, earned, expires, kind)
    DO UPDATE SET points = excluded.points;
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
        last_at = w.last_at,
        lasts_until = w.lasts_until,
        chain = w.chain
    WHERE member_id = w.member_id AND currency = w.currency;
END $$;
-- Freeze the spending of a wallet, or allow it again. Returns whether that changed
-- anything, so that it may be repeated.
CREATE OR REPLACE FUNCTION members_ledger_set_status(
    p_member bigint, p_currency text, p_status text, p_because text, p_at timestamptz,
    p_subscribers jsonb
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
BEGIN
    w := members_ledger_lock(p_member, p_currency);
    IF w.status = p_status THEN
        RETURN false;
    END IF;
    UPDATE members_wallet
    SET
        status = p_status,
        frozen_because = CASE p_status WHEN 'FROZEN' THEN p_because ELSE '' END
    WHERE member_id = p_member AND currency = p_currency;
    PERFORM members_record_event(
        p_member, CASE p_status WHEN 'FROZEN' THEN 'wallet.frozen' ELSE 'wallet.unfrozen' END,
        jsonb_build_object('currency', p_currency, 'because', p_because),
        p_at, p_subscribers
    );
    RETURN true;
END $$;
-- Bring a locked wallet up to date: holds lapse, pending lots become available, lots
-- expire, debt is repaid. Repeatable: what is settled is not due any more.
CREATE OR REPLACE FUNCTION members_ledger_settle(
    w members_wallet, p_at timestamptz, p_subscribers jsonb
) RETURNS members_wallet LANGUAGE plpgsql AS $$
DECLARE
    v_due record;
BEGIN
    w := members_ledger_lapse(w, p_at, p_subscribers);

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
            p_at, v_due.at, NULL, 0, NULL, v_due.lots, v_due.takes, '', NULL
        );
        PERFORM members_record_event(
            w.member_id, 'points.released',
            jsonb_build_object('currency', w.currency, 'points', v_due.points, 'seq', w.seq),
            v_due.at, p_subscribers
        );
    END IF;

    WITH due AS (
        SELECT number, remaining, expires_at AS ended_at FROM members_lot
        WHERE
            member_id = w.member_id AND currency = w.currency
            AND state = 'OPEN' AND expires_at <= p_at
        UNION ALL
        SELECT number, remaining, w.lasts_until FROM members_lot
        WHERE
            member_id = w.member_id AND currency = w.currency
            AND state = 'OPEN' AND expires_at IS NULL AND w.lasts_until <= p_at
    ),
    expired AS (
        UPDATE members_lot AS lot
        SET remaining = 0, state = 'CLOSED', expired = lot.expired + lot.remaining
        FROM due
        WHERE
            lot.member_id = w.member_id AND lot.currency = w.currency
            AND lot.number = due.number
        RETURNING due.number, due.remaining, due.ended_at
    )
    SELECT
        sum(remaining)::bigint AS points,
        array_agg(number ORDER BY number) AS lots,
        array_agg(-remaining ORDER BY number) AS takes,
        max(ended_at) AS at
    INTO v_due FROM expired;
    IF v_due.points > 0 THEN
        w := members_ledger_post(
            w, 'EXPIRE', 'AVAILABLE', 'BREAKAGE', v_due.points,
            p_at, v_due.at, NULL, 0, NULL, v_due.lots, v_due.takes, '', NULL
        );
        PERFORM members_record_event(
            w.member_id, 'points.expired',
            jsonb_build_object('currency', w.currency, 'points', v_due.points, 'seq', w.seq),
            v_due.at, p_subscribers
        );
    END IF;
    IF w.lasts_until <= p_at THEN
        w.lasts_until := NULL;
    END IF;

    w := members_ledger_offset_debt(w, p_at);
    w.due_at := members_ledger_next_due(w);
    RETURN w;
END $$;
-- Settle one batch of the wallets that are due, those due longest first, and return
-- how many. Wallets that somebody else has locked are left for the next batch, so
-- that several workers share the work. Those that owe points, or of which a hold lapses
-- or all points end, are settled one by one, the others together. Repeatable: a settled
-- wallet is not due.
CREATE OR REPLACE FUNCTION members_ledger_settle_due(
    p_limit int, p_at timestamptz, p_subscribers jsonb
) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
    v_members bigint[] := '{}';
    v_currencies text[] := '{}';
    v_settled int := 0;
BEGIN
    FOR w IN
        SELECT * FROM members_wallet
        WHERE due_at <= p_at
        ORDER BY due_at
        LIMIT p_limit
        FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        v_settled := v_settled + 1;
        IF
            w.debt > 0 OR w.lasts_until <= greatest(p_at, w.last_at)
            OR EXISTS (
                SELECT 1 FROM members_hold AS hold
                WHERE
                    hold.member_id = w.member_id AND hold.currency = w.currency
                    AND hold.status = 'OPEN' AND hold.lapses_at <= greatest(p_at, w.last_at)
            )
        THEN
            PERFORM members_ledger_save(
                members_ledger_settle(w, greatest(p_at, w.last_at), p_subscribers)
            );
        ELSE
            v_members := v_members || w.member_id;
            v_currencies := v_currencies || w.currency::text;
        END IF;
    END LOOP;

    IF v_members <> '{}' THEN
        PERFORM members_ledger_release_many(v_members, v_currencies, p_at, p_subscribers);
        PERFORM members_ledger_expire_many(v_members, v_currencies, p_at, p_subscribers);
    END IF;
    RETURN v_settled;
END $$;
-- Settle one wallet by a moment, and return whether anything was due. Repeatable.
CREATE OR REPLACE FUNCTION members_ledger_settle_one(
    p_member bigint, p_currency text, p_at timestamptz, p_subscribers jsonb
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    w members_wallet;
BEGIN
    SELECT * INTO w FROM members_wallet
    WHERE member_id = p_member AND currency = p_currency AND due_at <= p_at
    FOR NO KEY UPDATE;
    IF NOT found THEN
        RETURN false;
    END IF;
    PERFORM members_ledger_save(members_ledger_settle(w, greatest(p_at, w.last_at), p_subscribers));
    RETURN true;
END $$;
-- Take available points out of a wallet, from the lots that expire soonest, or remember
-- why not. Repeatable: a key that is known is answered with its first result, also
-- when that was a refusal. The common part of redeeming, holding and taking away.
CREATE OR REPLACE FUNCTION members_ledger_spend(
    p_member bigint, p_currency text, p_points bigint, p_kind text, p_destination text,
    p_event text, p_key text, p_digest bytea, p_reference text, p_lapses_at timestamptz,
    p_occurred_at timestamptz, p_at timestamptz, p_subscribers jsonb,
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
        PERFORM members_ledger_refuse(w, p_key, p_digest, outcome, w.available, p_points, p_at);
        RETURN;
    END IF;

    v_taken := members_ledger_take(p_member, p_currency, p_points);
    w := members_ledger_post(
        w, p_kind, 'AVAILABLE', p_destination, p_points,
        p_at, p_occurred_at, p_key, 0, p_digest, v_taken.lots, v_taken.takes, p_reference, NULL
    );
    IF p_kind = 'HOLD' THEN
        INSERT INTO members_hold (member_id, currency, number, amount, lapses_at)
        VALUES (p_member, p_currency, w.seq, p_points, p_lapses_at);
        w.due_at := least(w.due_at, p_lapses_at);
    END IF;
    PERFORM members_ledger_save(w);
    PERFORM members_record_event(
        p_member, p_event,
        jsonb_build_object('currency', p_currency, 'points', p_points, 'seq', w.seq),
        coalesce(p_occurred_at, p_at), p_subscribers
    );
    outcome := 'POSTED';
    seq := w.seq;
    available := w.available;
END $$;
-- What a redemption or a captured hold spent and was not given back yet, lot by lot, in
-- the order in which it was taken. Call with the wallet locked.
CREATE OR REPLACE FUNCTION members_ledger_spent_by(
    p_member bigint, p_currency text, p_seq bigint
) RETURNS TABLE (place bigint, number bigint, points bigint) LANGUAGE sql STABLE AS $$
    WITH redemption AS (
        SELECT kind, coalesce(refers_to, seq) AS taken_by FROM members_entry
        WHERE member_id = p_member AND currency = p_currency AND seq = p_seq
    ),
    change AS (
        SELECT
            lot.number,
            CASE WHEN entry.seq = redemption.taken_by THEN lot.place END AS place,
            -CASE entry.kind WHEN 'COURTESY' THEN entry.amount ELSE lot.take END AS points
        FROM redemption
        INNER JOIN members_entry AS entry
            ON
                entry.member_id = p_member AND entry.currency = p_currency
                AND (
                    entry.seq = redemption.taken_by
                    OR entry.refers_to = redemption.taken_by AND entry.kind = 'VOID'
                    OR entry.refers_to = p_seq AND entry.kind IN ('GIVE_BACK', 'COURTESY')
                )
        CROSS JOIN
            LATERAL unnest(entry.lots, entry.takes) WITH ORDINALITY AS lot (number, take, place)
    )
    SELECT max(place), number, sum(points)::bigint
    FROM change
    GROUP BY number
    HAVING sum(points) > 0
    ORDER BY max(place)
$$;
-- Take points from the open lots of a locked wallet: soonest expiry first, then
-- oldest; lots without expiry last. The lots must hold enough: the wallet has
-- been asked already, and if they disagree the ledger is broken and says so.
--
-- Four lots at a time and one update each, because their plans are the same whatever is
-- asked: a limit that varies, or a join with arrays, is planned anew each time, which
-- takes longer than all the rest. Without a limit, all lots would be sorted.
CREATE OR REPLACE FUNCTION members_ledger_take(
    p_member bigint, p_currency text, p_amount bigint, OUT lots bigint[], OUT takes bigint[]
) LANGUAGE plpgsql AS $$
DECLARE
    v_lot record;
    v_take bigint;
    v_missing bigint := p_amount;
BEGIN
    lots := '{}';
    takes := '{}';
    WHILE v_missing > 0 LOOP
        FOR v_lot IN
            SELECT number, remaining FROM members_lot
            WHERE member_id = p_member AND currency = p_currency AND state = 'OPEN'
            ORDER BY expires_at, number
            LIMIT 4
        LOOP
            v_take := least(v_lot.remaining, v_missing);
            UPDATE members_lot
            SET
                remaining = remaining - v_take,
                state = CASE WHEN remaining = v_take THEN 'CLOSED' ELSE 'OPEN' END
            WHERE member_id = p_member AND currency = p_currency AND number = v_lot.number;
            lots := lots || v_lot.number;
            takes := takes || -v_take;
            v_missing := v_missing - v_take;
            EXIT WHEN v_missing = 0;
        END LOOP;
        IF NOT found THEN
            RAISE EXCEPTION
                'the lots of member % hold % % points too few', p_member, v_missing, p_currency
                USING ERRCODE = 'LG999';
        END IF;
    END LOOP;
END $$;
-- Give points to another member; each lot keeps its expiry. Repeatable: the sender's key
-- is answered with its first result, also when that was a refusal. Both wallets are
-- locked, that of the lower member first, so that two transfers never wait in a circle.
CREATE OR REPLACE FUNCTION members_ledger_transfer(
    p_from bigint, p_to bigint, p_currency text, p_points bigint, p_daily_limit bigint,
    p_day_start timestamptz, p_key text, p_digest bytea, p_reference text, p_at timestamptz,
    p_subscribers jsonb,
    OUT outcome text, OUT seq bigint, OUT available bigint, OUT requested bigint,
    OUT used bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_from members_wallet;
    v_to members_wallet;
    v_known record;
    v_taken record;
    v_lot record;
BEGIN
    IF p_from < p_to THEN
        v_from := members_ledger_lock(p_from, p_currency);
        v_to := members_ledger_lock(p_to, p_currency);
    ELSE
        v_to := members_ledger_lock(p_to, p_currency);
        v_from := members_ledger_lock(p_from, p_currency);
    END IF;
    v_known := members_ledger_first_answer(p_from, p_currency, p_key, p_digest);

    -- Both wallets book at one moment.
    p_at := greatest(p_at, v_from.last_at, v_to.last_at);
    IF v_known.outcome IS NOT NULL THEN
        outcome := v_known.outcome;
        seq := v_known.seq;
        available := v_known.available;
        requested := v_known.requested;
        used := v_known.available;
        RETURN;
    END IF;

    SELECT coalesce(sum(amount), 0) INTO used FROM members_entry AS entry
    WHERE
        entry.member_id = p_from AND entry.currency = p_currency
        AND entry.kind = 'TRANSFER_OUT'
        AND entry.booked_at >= p_day_start
        AND entry.seq > coalesce((
            SELECT earlier.seq FROM members_entry AS earlier
            WHERE
                earlier.member_id = p_from AND earlier.currency = p_currency
                AND earlier.booked_at < p_day_start
            ORDER BY earlier.seq DESC
            LIMIT 1
        ), 0);
    IF v_from.due_at <= p_at THEN
        v_from := members_ledger_settle(v_from, p_at, p_subscribers);
        PERFORM members_ledger_save(v_from);
    END IF;
    requested := p_points;
    available := v_from.available;
    outcome := CASE
        WHEN v_from.status <> 'ACTIVE' THEN 'WALLET_FROZEN'
        WHEN used + p_points > p_daily_limit THEN 'TRANSFER_LIMIT'
        WHEN v_from.available < p_points THEN 'INSUFFICIENT_POINTS'
    END;
    IF outcome IS NOT NULL THEN
        PERFORM members_ledger_refuse(
            v_from, p_key, p_digest, outcome,
            CASE outcome WHEN 'TRANSFER_LIMIT' THEN used ELSE available END, p_points, p_at
        );
        RETURN;
    END IF;

    IF v_to.due_at <= p_at THEN
        v_to := members_ledger_settle(v_to, p_at, p_subscribers);
    END IF;
    v_taken := members_ledger_take(p_from, p_currency, p_points);
    v_from := members_ledger_post(
        v_from, 'TRANSFER_OUT', 'AVAILABLE', 'TRANSIT', p_points, p_at, NULL,
        p_key, 0, p_digest, v_taken.lots, v_taken.takes, p_reference, NULL
    );
    PERFORM members_ledger_save(v_from);
    FOR v_lot IN
        SELECT taken.points, lot.available_at, lot.expires_at
        FROM unnest(v_taken.lots, v_taken.takes) WITH ORDINALITY AS taken (number, points, place)
        INNER JOIN members_lot AS lot
            ON
                lot.member_id = p_from AND lot.currency = p_currency
                AND lot.number = taken.number
        ORDER BY taken.place
    LOOP
        v_to := members_ledger_post(
            v_to, 'TRANSFER_IN', 'TRANSIT', 'AVAILABLE', -v_lot.points, p_at, NULL,
            NULL, 0, NULL, NULL, NULL, p_reference, NULL
        );
        INSERT INTO members_lot (
            member_id, currency, number, amount, remaining, available_at, expires_at, state
        ) VALUES (
            p_to, p_currency, v_to.seq, -v_lot.points, -v_lot.points,
            v_lot.available_at, v_lot.expires_at, 'OPEN'
        );
        v_to.due_at := least(v_to.due_at, v_lot.expires_at);
    END LOOP;
    v_to := members_ledger_offset_debt(v_to, p_at);
    PERFORM members_ledger_save(v_to);

    PERFORM members_record_event(
        p_from, 'points.sent',
        jsonb_build_object(
            'currency', p_currency, 'points', p_points, 'seq', v_from.seq, 'to', p_to
        ),
        p_at, p_subscribers
    );
    PERFORM members_record_event(
        p_to, 'points.received',
        jsonb_build_object(
            'currency', p_currency, 'points', p_points, 'seq', v_to.seq, 'from', p_from
        ),
        p_at, p_subscribers
    );
    outcome := 'POSTED';
    seq := v_from.seq;
    available := v_from.available;
END $$;
-- Take back what an accrual did to its wallet before it knew that its key was known:
-- the wallet is locked, and stands again where its last entry left it.
CREATE OR REPLACE FUNCTION members_ledger_undo_accrual(
    p_member bigint, p_currency text, p_points bigint
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE members_wallet AS wallet
    SET
        available = wallet.available - p_points,
        seq = wallet.seq - 1,
        due_at = members_ledger_next_due(wallet),
        (last_at, chain) = (
            SELECT last_entry.booked_at, last_entry.chain FROM members_entry AS last_entry
            WHERE
                last_entry.member_id = p_member AND last_entry.currency = p_currency
                AND last_entry.seq = wallet.seq - 1
        )
    WHERE wallet.member_id = p_member AND wallet.currency = p_currency;
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
-- The tier is that of the latest period which had started by then, or one that was given
-- for that moment, if it is higher. A tier that the ladder of that moment does not have
-- stands on the next lower rung, and a member without a period on the lowest. Without a
-- ladder nothing multiplies.
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
    v_rank := greatest(v_rank, (
        SELECT max(tier.rank)
        FROM members_tierplacement AS placement
        INNER JOIN members_tier AS tier ON placement.tier_id = tier.id
        WHERE
            placement.member_id = p_member AND placement.ends_at > p_moment
            AND placement.starts_at <= p_moment
    ), -1);

    SELECT rung.earning_multiplier INTO v_multiplier
    FROM members_rung AS rung
    INNER JOIN members_tier AS tier ON rung.tier_id = tier.id
    WHERE
        rung.ladder_id = (
            SELECT ladder.id
            FROM members_ladder AS ladder
            WHERE ladder.starts_at <= p_moment AND NOT ladder.is_draft
            ORDER BY ladder.starts_at DESC
            LIMIT 1
        )
    ORDER BY tier.rank <= v_rank DESC, abs(tier.rank - v_rank) ASC
    LIMIT 1;
    RETURN coalesce(v_multiplier, 1);
END $$;
