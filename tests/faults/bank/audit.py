"""Do the journals and the ledger agree? Every finding is a sentence."""

from collections import Counter
from collections.abc import Iterator, Sequence

from django.db import connection

from members import ledger
from members.models import Entry
from tests.faults.bank.journal import Answer, Ask, Journal

# Whatever happens in wallets, they hold what came in less what went out.
TOTALS = """
    SELECT
        (SELECT coalesce(sum(available + pending + held - debt), 0) FROM members_wallet),
        (
            SELECT coalesce(sum(CASE
                WHEN source IN ('ISSUANCE', 'REDEMPTION', 'ADJUSTMENT', 'TRANSIT') THEN amount
                ELSE 0
            END) - sum(CASE
                WHEN destination IN
                    ('ISSUANCE', 'REDEMPTION', 'BREAKAGE', 'ADJUSTMENT', 'TRANSIT') THEN amount
                ELSE 0
            END), 0)
            FROM members_entry
        )
"""
# An offset is not a purchase: what has expired by then has been settled before.
SPENT_TOO_LATE = """
    SELECT entry.member_id, entry.seq, entry.kind, lot.number
    FROM members_entry AS entry
    CROSS JOIN LATERAL unnest(entry.lots, entry.takes) AS taken (number, points)
    INNER JOIN members_lot AS lot
        ON
            lot.member_id = entry.member_id AND lot.currency = entry.currency
            AND lot.number = taken.number
    WHERE
        entry.kind IN ('REDEEM', 'HOLD', 'TRANSFER_OUT') AND taken.points < 0
        AND lot.expires_at <= entry.booked_at
"""
BOOKED_TWICE = """
    SELECT member_id, currency, key FROM members_entry
    WHERE key IS NOT NULL AND leg = 0
    GROUP BY member_id, currency, key
    HAVING count(*) > 1
"""


def read_totals() -> tuple[int, int]:
    """
    Return what the wallets hold, and what the entries say they hold, at one moment.
    """
    with connection.cursor() as cursor:
        cursor.execute(TOTALS)
        wallets, entries = cursor.fetchone()
    return int(wallets), int(entries)


def audit(journals: Sequence[Journal], *, opening: Sequence[str]) -> Iterator[str]:
    """
    :param opening: keys of entries that were there before the tellers came
    """
    for journal in journals:
        yield from journal.findings
    yield from _two_tellers_disagree(journals)
    yield from _journals_and_entries_disagree(journals, opening=set(opening))
    for row in _rows(BOOKED_TWICE):
        yield f"booked twice: {row}"
    for row in _rows(SPENT_TOO_LATE):
        yield f"spent after it expired: {row}"
    for violation in ledger.violations():
        yield f"violation: {violation}"
    wallets, entries = read_totals()
    if wallets != entries:
        yield f"the wallets hold {wallets}, their entries say {entries}"


def _two_tellers_disagree(journals: Sequence[Journal]) -> Iterator[str]:
    answers: dict[str, Answer] = {}
    for journal in journals:
        for key, answer in journal.answers.items():
            if answers.setdefault(key, answer) != answer:
                yield f"{key} was answered {answers[key]} and {answer}"


def _journals_and_entries_disagree(
    journals: Sequence[Journal], *, opening: set[str]
) -> Iterator[str]:
    rows = Entry.objects.filter(leg=0, key__isnull=False, currency="REDEEMABLE")
    entries = Counter(rows.values_list("member_id", "key", "seq"))
    keys = {key for _, key, _ in entries} - opening
    asked: dict[str, Ask] = {}
    for journal in journals:
        asked |= journal.asked
        for key in journal.asked.keys() - journal.answers.keys():
            yield f"never answered: {key}"
        for key, answer in journal.answers.items():
            request = journal.asked[key].request
            member_id = request.get("member_id", request.get("from_member"))
            # A refusal has no number, and neither has a reversal that nothing was left for.
            seq = answer.get("seq")
            if seq is None and key in keys:
                yield f"answered {answer}, and booked: {key}"
            if seq is not None and not entries[member_id, key, seq]:
                yield f"lost: {key} was answered {answer}"
    for key in keys - asked.keys():
        yield f"nobody asked for: {key}"


def _rows(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())
