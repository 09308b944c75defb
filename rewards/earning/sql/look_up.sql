-- Find what each purchase names, the multiplier of its member's tier then, whether a return
-- of it was told before, and, with the first one, the terms they all earn by: the programme,
-- the policies that had started, the newest first, and the rule versions in force between
-- two moments. One row for each purchase, in the order they were told. Changes nothing.
WITH returned AS MATERIALIZED (
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
                'rules', (
                    SELECT json_agg(rule)
                    FROM (
                        SELECT
                            id,
                            code,
                            version,
                            currency,
                            points_per_unit::text,
                            rounding,
                            is_multiplied_by_tier,
                            starts_at,
                            ends_at
                        FROM rewards_earningrule
                        WHERE
                            NOT is_draft AND activity_type_id IS NULL
                            AND starts_at <= %(until)s
                            AND (ends_at IS NULL OR ends_at > %(since)s)
                    ) AS rule
                )
            )::text
    END AS terms
FROM members_look_up(%(purchases)s, %(categories)s) AS named
LEFT JOIN returned ON returned.place = named.place
ORDER BY named.place;
