-- Find what each purchase names, its store's region and time zone, the multiplier of its
-- member's tier then, whether a return of it was told before, and, with the first one, the
-- terms they all earn by: the programme, the policies that had started, the newest first, the
-- rule versions in force between two moments, and what their conditions refer to.
-- One row for each purchase, in the order they were told. Changes nothing.
WITH rules AS (
    SELECT
        id,
        code,
        version,
        name,
        kind,
        currency,
        measure,
        points_per_unit::text,
        factor::text,
        rounding,
        is_multiplied_by_tier,
        condition,
        weekdays,
        hours_from,
        hours_until,
        cap_per_purchase,
        cap_per_member,
        cap_period,
        cap_in_all,
        priority,
        is_stackable,
        pending_days,
        awaits,
        expiry,
        expiry_after,
        on_return,
        starts_at,
        ends_at
    FROM rewards_earningrule
    WHERE
        NOT is_draft AND activity_type_id IS NULL
        AND starts_at <= %(until)s
        AND (ends_at IS NULL OR ends_at > %(since)s)
),

returned AS MATERIALIZED (
    SELECT told.place
    FROM json_to_recordset(%(purchases)s) AS told (place integer, channel text, reference text)
    INNER JOIN members_channel AS channel ON channel.code = told.channel
    WHERE EXISTS (
        SELECT 1 FROM members_parkedreturn AS parked
        WHERE
            parked.channel_id = channel.id AND parked.purchase_reference = told.reference
            AND parked.returned_id IS NULL
    )
)

SELECT
    named.channel_id,
    named.store_id,
    named.member_id,
    named.member_status,
    named.purchase_id,
    named.digest,
    named.categories,
    coalesce(store.region, '') AS region,
    coalesce(store.time_zone, '') AS time_zone,
    members_multiplier(named.member_id, named.purchased_at) AS multiplier,
    returned.place IS NOT NULL AS is_returned,
    CASE
        WHEN named.place = 0
            THEN json_build_object(
                'programme', (
                    SELECT row_to_json(programme)
                    FROM (
                        SELECT
                            currency,
                            currency_digits,
                            time_zone
                        FROM members_programme
                    ) AS programme
                ),
                'policies', (
                    SELECT json_agg(policy)
                    FROM (
                        SELECT
                            starts_at,
                            expiry,
                            expiry_months,
                            expiry_month,
                            expiry_day,
                            pending_days,
                            validity_starts_when_earned,
                            oldest_purchase_days,
                            clock_tolerance_minutes
                        FROM members_policy
                        WHERE starts_at <= %(at)s
                        ORDER BY starts_at DESC
                    ) AS policy
                ),
                'rules', (SELECT json_agg(rules) FROM rules),
                'context', (
                    SELECT
                        json_build_object(
                            'ranks', (SELECT json_object_agg(code, rank) FROM members_tier),
                            'segments', (
                                SELECT json_object_agg(code, condition) FROM members_segment
                            )
                        )
                    WHERE (SELECT bool_or(condition IS NOT NULL) FROM rules)
                )
            )::text
    END AS terms
FROM members_look_up(%(purchases)s, %(categories)s) AS named
LEFT JOIN returned ON returned.place = named.place
LEFT JOIN members_store AS store ON store.id = named.store_id
ORDER BY named.place;
