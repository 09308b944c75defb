"""Who changes a row of the ledger is found, also if they own the database."""

import pytest
from django.core.management import call_command

from members import ledger, verification
from members.models import Entry
from tests.factories import TODAY, TOMORROW

pytestmark = pytest.mark.breaks_the_ledger

CHANGES = [
    "amount = amount + 1",
    "kind = 'ADJUST'",
    "source = 'ADJUSTMENT'",
    "destination = 'BREAKAGE'",
    "available_after = available_after + 1",
    "pending_after = 1",
    "held_after = held_after + 1",
    "debt_after = 1",
    "booked_at = booked_at + interval '1 microsecond'",
    "occurred_at = occurred_at - interval '1 day'",
    "key = 'another'",
    "leg = 7",
    "digest = set_byte(digest, 0, get_byte(digest, 0) # 1)",
    "lots = lots || 1::bigint",
    "takes = takes || 1::bigint",
    "reference = 'another'",
    "refers_to = 1",
    "chain = set_byte(chain, 31, get_byte(chain, 31) # 1)",
]


def broken(check=ledger.broken_links):
    return [(found.member_id, found.currency, found.rule) for found in check()]


@pytest.fixture
def members(lived):
    return [lived(), lived()]


def test_what_nobody_touched_is_right(members, as_worker):
    verification.anchor(at=TODAY)

    assert broken() == broken(verification.check_anchors) == []


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_entry_is_found(members, tamper, change):
    [_, member] = members
    tamper(f"UPDATE members_entry SET {change} WHERE member_id = {member.id} AND seq = 4")

    named, *others = broken()

    assert named == (member.id, "REDEEMABLE", "entry 4 is as it was booked")
    # A hash that is changed itself breaks the link after it as well.
    expected = [(member.id, "REDEEMABLE", "entry 5 is as it was booked")]
    assert others == (expected if change.startswith("chain") else [])


def test_an_entry_that_was_taken_away_is_found(members, tamper):
    [_, member] = members
    last = Entry.objects.filter(member=member).count()
    tamper(f"DELETE FROM members_entry WHERE member_id = {member.id} AND seq = {last}")

    assert broken() == [
        (member.id, "REDEEMABLE", "the wallet knows the hash of its last entry"),
    ]


def test_an_entry_that_was_put_in_is_found(members, tamper):
    [member, _] = members
    last = Entry.objects.filter(member=member).count()
    tamper(
        "INSERT INTO members_entry SELECT (copy).* FROM ("
        "  SELECT jsonb_populate_record(entry, jsonb_build_object("
        f"    'seq', {last + 1}, 'key', 'mine')) AS copy"
        f"  FROM members_entry AS entry WHERE member_id = {member.id} AND seq = {last}"
        ") AS made"
    )

    assert (member.id, "REDEEMABLE", f"entry {last + 1} is as it was booked") in broken()


def test_the_command_names_the_member_and_fails(members, tamper, capsys):
    [_, member] = members
    tamper(f"UPDATE members_entry SET reference = 'x' WHERE member_id = {member.id} AND seq = 2")

    call_command("verify_ledger")
    with pytest.raises(SystemExit) as ended:
        call_command("verify_ledger", "--chain")

    assert ended.value.code == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("The ledger is right")
    assert told[1].startswith(
        f"member {member.number} (id {member.id}), REDEEMABLE: entry 2 is as it was booked"
    )
    assert len(told) == 2


def test_a_rewritten_chain_is_found_by_the_anchor(members, rewrite, capsys, as_worker):
    [_, member] = members
    verification.anchor(at=TODAY)
    ledger.redeem(member_id=member.id, points=1, key="later", at=TODAY)
    known = Entry.objects.filter(member=member).count() - 1

    rewrite(
        member,
        f"UPDATE members_entry SET reference = 'x' WHERE member_id = {member.id} AND seq = 2",
    )

    assert broken() == []
    rule = f"entry {known} is as ledger-{TODAY:%Y-%m-%d}.anchor.gz knows it"
    assert broken(verification.check_anchors) == [(member.id, "REDEEMABLE", rule)]
    with pytest.raises(SystemExit):
        call_command("verify_ledger", "--chain")
    assert f"member {member.number}" in capsys.readouterr().out


def test_what_was_rewritten_after_an_anchor_is_found_by_that_one_only(members, rewrite, as_worker):
    [_, member] = members
    verification.anchor(at=TODAY)
    rewrite(
        member,
        f"UPDATE members_entry SET reference = 'x' WHERE member_id = {member.id} AND seq = 2",
    )
    verification.anchor(at=TOMORROW)

    assert broken(lambda: verification.check_anchors(newest=1)) == []
    [(found, _, rule)] = broken(verification.check_anchors)
    assert (found, f"{TODAY:%Y-%m-%d}" in rule) == (member.id, True)
    # The second one compared with the first before it was written.
    assert [f.member_id for f in verification.Finding.objects.all()] == [member.id]


def test_a_wallet_that_is_gone_is_found_by_the_anchor(members, tamper, as_worker):
    [_, member] = members
    verification.anchor(at=TODAY)
    tamper(
        f"DELETE FROM members_entry WHERE member_id = {member.id}",
        f"DELETE FROM members_wallet WHERE member_id = {member.id}",
    )

    assert [found for found, _, _ in broken(verification.check_anchors)] == [member.id]
