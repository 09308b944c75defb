-- The earning multiplier a member had at a moment.
-- The tier is that of the latest period which had started by then. A tier that the
-- ladder of that moment does not have stands on the next lower rung, and a member
-- without a period on the lowest. Without a ladder nothing multiplies.
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
    v_rank := coalesce(v_rank, -1);

    SELECT rung.earning_multiplier INTO v_multiplier
    FROM members_rung AS rung
    INNER JOIN members_tier AS tier ON rung.tier_id = tier.id
    WHERE
        rung.ladder_id = (
            SELECT ladder.id
            FROM members_ladder AS ladder
            WHERE ladder.starts_at <= p_moment
            ORDER BY ladder.starts_at DESC
            LIMIT 1
        )
    ORDER BY tier.rank <= v_rank DESC, abs(tier.rank - v_rank) ASC
    LIMIT 1;
    RETURN coalesce(v_multiplier, 1);
END $$;
