-- Whether one of these members is this person of the staff: linked to them, or with a
-- phone or an e-mail, now or in earlier days, that the person or a member linked to them
-- has or had. False for nobody. Changes nothing.
CREATE OR REPLACE FUNCTION members_approvals_is_own(person bigint, concerned bigint[])
RETURNS boolean
LANGUAGE sql
STABLE
AS $$
    WITH theirs AS (
        SELECT link.member_id FROM members_staffmember AS link WHERE link.user_id = person
    ),
    contacts AS (
        SELECT version.phone AS contact
        FROM members_memberevent AS version
        WHERE version.pgh_obj_id IN (SELECT theirs.member_id FROM theirs)
        UNION ALL
        SELECT lower(version.email)
        FROM members_memberevent AS version
        WHERE version.pgh_obj_id IN (SELECT theirs.member_id FROM theirs)
        UNION ALL
        SELECT lower(staff.email)
        FROM auth_user AS staff
        WHERE staff.id = person AND staff.email <> ''
    )
    SELECT
        EXISTS (SELECT FROM theirs WHERE theirs.member_id = ANY(concerned))
        OR EXISTS (
            SELECT
            FROM members_memberevent AS version
            INNER JOIN contacts ON contacts.contact IN (version.phone, lower(version.email))
            WHERE version.pgh_obj_id = ANY(concerned)
        );
$$;
