-- The number of a wallet's last entry that was booked at a moment or before, 0 if there
-- was none. Entries are booked in the order of their numbers, without gaps, so each look
-- halves what is left to search. Changes nothing.
WITH RECURSIVE search (low, high) AS (
    SELECT
        0::bigint,
        wallet.seq + 1
    FROM members_wallet AS wallet
    WHERE wallet.member_id = %(member_id)s AND wallet.currency = %(currency)s
    UNION ALL
    SELECT
        CASE WHEN entry.booked_at <= %(moment)s THEN entry.seq ELSE search.low END,
        CASE WHEN entry.booked_at <= %(moment)s THEN search.high ELSE entry.seq END
    FROM search
    INNER JOIN members_entry AS entry
        ON
            entry.member_id = %(member_id)s AND entry.currency = %(currency)s
            AND entry.seq = (search.low + search.high) / 2
    WHERE search.high - search.low > 1
)

SELECT coalesce(max(low), 0) AS seq FROM search;
