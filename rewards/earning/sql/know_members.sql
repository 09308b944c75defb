-- Find what is known of the member of each purchase: where they belong, the rank of the
-- highest tier they had when it was made, and, if asked, how many purchases are recorded of
-- them by now. One row for each that is asked, in that order. Changes nothing.
SELECT
    member.enrolled_at,
    member.tags,
    member.birth_month,
    home.code AS home_store,
    home.region AS home_region,
    member.language,
    channel.code AS channel,
    coalesce(
        greatest(
            (
                SELECT tier.rank
                FROM members_tierperiod AS period
                INNER JOIN members_tier AS tier ON tier.id = period.tier_id
                WHERE period.member_id = member.id AND period.starts_at <= asked.moment
                ORDER BY period.starts_at DESC
                LIMIT 1
            ),
            (
                SELECT max(tier.rank)
                FROM members_tierplacement AS placement
                INNER JOIN members_tier AS tier ON tier.id = placement.tier_id
                WHERE
                    placement.member_id = member.id AND placement.ends_at > asked.moment
                    AND placement.starts_at <= asked.moment
            )
        ),
        (
            SELECT min(tier.rank)
            FROM members_rung AS rung
            INNER JOIN members_tier AS tier ON tier.id = rung.tier_id
            WHERE
                rung.ladder_id = (
                    SELECT ladder.id
                    FROM members_ladder AS ladder
                    WHERE ladder.starts_at <= asked.moment AND NOT ladder.is_draft
                    ORDER BY ladder.starts_at DESC
                    LIMIT 1
                )
        )
    ) AS rank,
    CASE
        WHEN %(counts_visits)s
            THEN (
                SELECT count(*) FROM members_purchase AS bought
                WHERE bought.member_id = member.id
            )
    END AS visits
FROM
    json_to_recordset(%(asked)s) AS asked (place integer, member_id bigint, moment timestamptz)
INNER JOIN members_member AS member ON member.id = asked.member_id
LEFT JOIN members_store AS home ON home.id = member.home_store_id
LEFT JOIN members_channel AS channel ON channel.id = member.channel_id
ORDER BY asked.place;
