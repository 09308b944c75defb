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
