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
