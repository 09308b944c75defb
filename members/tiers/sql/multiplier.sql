-- The earning multiplier a member had at a moment.
-- The tier is that of the latest period which had started by then, or one that was given
-- for that moment, if it is higher. A tier that the ladder of that moment does not have
-- stands on the next lower rung, and a member without a period on the lowest. Without a
-- ladder nothing multiplies.
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
    v_rank := greatest(v_rank, (
        SELECT max(tier.rank)
        FROM members_tierplacement AS placement
        INNER JOIN members_tier AS tier ON placement.tier_id = tier.id
        WHERE
            placement.member_id = p_member AND placement.ends_at > p_moment
            AND placement.starts_at <= p_moment
    ), -1);

    SELECT rung.earning_multiplier INTO v_multiplier
    FROM members_rung AS rung
    INNER JOIN members_tier AS tier ON rung.tier_id = tier.id
    WHERE
        rung.ladder_id = (
            SELECT ladder.id
            FROM members_ladder AS ladder
            WHERE ladder.starts_at <= p_moment AND NOT ladder.is_draft
            ORDER BY ladder.starts_at DESC
            LIMIT 1
        )
    ORDER BY tier.rank <= v_rank DESC, abs(tier.rank - v_rank) ASC
    LIMIT 1;
    RETURN coalesce(v_multiplier, 1);
END $$;
