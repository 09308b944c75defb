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
