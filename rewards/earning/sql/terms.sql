-- By what purchases made between two moments earn: the programme, the policies that had
-- started by a moment, the newest first, and the rule versions in force meanwhile.
-- One row for each policy and rule; none without a programme or a policy.
-- Changes nothing.
SELECT
    programme.currency,
    programme.currency_digits,
    programme.time_zone,
    policy.id AS policy_id,
    policy.starts_at AS policy_starts_at,
    policy.expiry,
    policy.expiry_months,
    policy.oldest_purchase_days,
    policy.clock_tolerance_minutes,
    rule.id AS rule_id,
    rule.code,
    rule.version,
    rule.currency AS rule_currency,
    rule.points_per_unit,
    rule.rounding,
    rule.is_multiplied_by_tier,
    rule.starts_at AS rule_starts_at,
    rule.ends_at
FROM members_programme AS programme
INNER JOIN members_policy AS policy ON policy.starts_at <= %(at)s
LEFT JOIN rewards_earningrule AS rule
    ON rule.starts_at <= %(until)s AND (rule.ends_at IS NULL OR rule.ends_at > %(since)s)
ORDER BY policy.starts_at DESC;
