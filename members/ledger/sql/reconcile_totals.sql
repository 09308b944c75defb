-- What all members have together in a currency, worked out twice: from the wallets, and
-- from the days that were summed up, with the entries of those days that may not be complete
-- yet. One snapshot, so the two are the same however much is booked meanwhile.
SELECT
    (
        SELECT coalesce(sum(available + pending + held - debt), 0)
        FROM members_wallet
        WHERE currency = %(currency)s
    )::bigint AS in_wallets,
    (
        SELECT
            coalesce(
                sum(
                    CASE WHEN destination = ANY(%(ours)s) THEN points ELSE 0 END
                    - CASE WHEN source = ANY(%(ours)s) THEN points ELSE 0 END
                ), 0
            )
        FROM (
            SELECT
                source,
                destination,
                points
            FROM members_dailytotal
            WHERE currency = %(currency)s AND day < %(open_day)s
            UNION ALL
            SELECT
                source,
                destination,
                amount
            FROM members_entry
            WHERE currency = %(currency)s AND booked_at >= %(open_since)s
        ) AS moved
    )::bigint AS in_totals;
