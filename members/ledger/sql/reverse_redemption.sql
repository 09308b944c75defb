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
