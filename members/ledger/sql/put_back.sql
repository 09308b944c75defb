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
