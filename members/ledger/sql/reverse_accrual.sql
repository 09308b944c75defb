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
