-- Post earned points as one new lot. Repeatable: a key that is known is answered
-- with its first result. This is the plain case, written out because it is what the
-- tills wait for: the wallet is there and up to date, owes nothing, the points are
-- available at once and not over, and the key is new. Every other case is
-- members_ledger_accrue_with_care.
--
-- The update locks the wallet and carries it on in one go, before the key is looked
-- at: that has to come after the lock. If the key is known, it is all undone.
CREATE OR REPLACE FUNCTION members_ledger_accrue(
    p_member bigint, p_currency text, p_points bigint, p_key text, p_digest bytea,
    p_available_at timestamptz, p_expires_at timestamptz, p_reference text,
    p_occurred_at timestamptz, p_at timestamptz, p_subscribers jsonb,
    OUT outcome text, OUT seq bigint, OUT available bigint
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    w record;
    v_moment timestamptz;
BEGIN
    UPDATE members_wallet AS wallet
    SET
        available = available + p_points,
        seq = seq + 1,
        last_at = greatest(p_at, last_at),
        due_at = least(due_at, p_expires_at),
        chain = members_ledger_link(chain, members_ledger_content(
            p_member, p_currency, seq + 1, 'ACCRUE', 'ISSUANCE', 'AVAILABLE', p_points,
            available + p_points, pending, held, 0, greatest(p_at, last_at),
            coalesce(p_occurred_at, greatest(p_at, last_at)), p_key, 0, p_digest,
            NULL, NULL, p_reference, NULL
        ))
    WHERE
        member_id = p_member AND currency = p_currency AND debt = 0
        AND (due_at > greatest(p_at, last_at) OR due_at IS NULL)
        AND (p_expires_at > greatest(p_at, last_at, p_occurred_at) OR p_expires_at IS NULL)
        AND (p_available_at <= greatest(p_at, last_at) OR p_available_at IS NULL)
    RETURNING wallet.seq, available, pending, held, last_at, chain INTO w;

    IF w.seq IS NOT NULL THEN
        WITH entry AS (
            INSERT INTO members_entry (
                member_id, currency, seq, kind, source, destination, amount,
                available_after, pending_after, held_after, debt_after,
                booked_at, occurred_at, key, leg, digest, reference, chain
            )
            SELECT
                p_member, p_currency, w.seq, 'ACCRUE', 'ISSUANCE', 'AVAILABLE', p_points,
                w.available, w.pending, w.held, 0,
                w.last_at, coalesce(p_occurred_at, w.last_at), p_key, 0, p_digest,
                p_reference, w.chain
            WHERE NOT EXISTS (
                SELECT 1 FROM members_refusal
                WHERE member_id = p_member AND currency = p_currency AND key = p_key
            )
            ON CONFLICT (member_id, currency, key, leg) DO NOTHING
            RETURNING members_entry.seq, occurred_at
        ),
        lot AS (
            INSERT INTO members_lot (
                member_id, currency, number, amount, remaining, available_at, expires_at, state
            )
            SELECT
                p_member, p_currency, entry.seq, p_points, p_points,
                coalesce(p_available_at, entry.occurred_at), p_expires_at, 'OPEN'
            FROM entry
        )
        SELECT entry.seq, entry.occurred_at INTO seq, v_moment FROM entry;
        IF found THEN
            outcome := 'POSTED';
            available := w.available;
            PERFORM members_record_event(
                p_member,
                CASE p_currency WHEN 'QUALIFYING' THEN 'qualifying.accrued' ELSE 'points.accrued' END,
                jsonb_build_object('currency', p_currency, 'points', p_points, 'seq', seq),
                v_moment, p_subscribers
            );
            RETURN;
        END IF;
        PERFORM members_ledger_undo_accrual(p_member, p_currency, p_points);
    END IF;

    SELECT * INTO outcome, seq, available FROM members_ledger_accrue_with_care(
        p_member, p_currency, p_points, p_key, p_digest, p_available_at, p_expires_at,
        p_reference, p_occurred_at, p_at, p_subscribers
    );
END $$;
