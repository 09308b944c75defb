-- Note what members get of benefits, each once for an occasion, and return what is new.
-- Repeatable: what was granted before stays as it is, and is not returned again.
INSERT INTO rewards_benefitgrant (
    member_id, code, benefit_id, occasion, points, occurred_at, granted_at, expires_at
)
SELECT
    asked.member_id,
    asked.code,
    asked.benefit_id,
    asked.occasion,
    asked.points,
    asked.occurred_at,
    asked.granted_at,
    asked.expires_at
FROM json_populate_recordset(NULL::rewards_benefitgrant, %(asked)s::json) AS asked
ORDER BY asked.member_id, asked.code, asked.occasion
ON CONFLICT (member_id, code, occasion) DO NOTHING
RETURNING member_id, code, occasion;
