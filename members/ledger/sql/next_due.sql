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
