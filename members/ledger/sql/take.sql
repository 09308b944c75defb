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
