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
