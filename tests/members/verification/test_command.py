"""`verify_ledger` looks at all of the ledger, or at the part it is asked for."""

from contextlib import suppress
from datetime import timedelta
from itertools import chain

import pytest
from django.core.management import CommandError, call_command

from members import ledger
from tests.factories import TODAY, TOMORROW

pytestmark = pytest.mark.breaks_the_ledger


@pytest.fixture
def wrong(lived, tamper):
    """
    Three members whose wallets say more than their entries.
    """
    members = [lived() for _ in range(3)]
    tamper("UPDATE members_wallet SET pending = pending + 1")
    return members


def named(capsys, *arguments):
    """
    Return the numbers of the members that the command names.
    """
    with suppress(SystemExit):
        call_command("verify_ledger", *arguments)
    lines = capsys.readouterr().out.splitlines()
    return sorted({line.split()[1] for line in lines if line.startswith("member ")})


def numbers(*members):
    return sorted(member.number for member in members)


def test_all_of_it(wrong, capsys):
    assert named(capsys) == numbers(*wrong)


def test_a_range_of_members(wrong, capsys):
    first, second, third = wrong

    bounds = [f"--from-member={second.id}", f"--to-member={third.id}"]

    assert named(capsys, *bounds) == numbers(second)
    assert named(capsys, f"--to-member={second.id}") == numbers(first)


@pytest.mark.parametrize("parts", [1, 2, 3, 7])
def test_the_parts_are_the_whole(wrong, capsys, parts):
    found = [named(capsys, f"--slice={n}/{parts}") for n in range(1, parts + 1)]

    assert sorted(chain.from_iterable(found)) == numbers(*wrong)


def test_what_was_booked_since(wrong, capsys):
    first, second, third = wrong
    for member in (first, third):
        ledger.accrue(
            member_id=member.id,
            currency="REDEEMABLE",
            points=1,
            key="later",
            expires_at=None,
            at=TOMORROW,
        )

    since = (TODAY + timedelta(hours=1)).isoformat()

    # Those between are looked at as well, where they are few.
    assert named(capsys, f"--since={since}") == numbers(first, second, third)
    late = (TOMORROW + timedelta(hours=1)).isoformat()
    assert named(capsys, f"--since={late}") == []


def test_members_far_from_each_other_are_ranges_of_their_own(wrong, monkeypatch):
    monkeypatch.setattr("members.ledger.verification.NEAR", 1)
    first, _, third = wrong
    for member in (first, third):
        ledger.redeem(member_id=member.id, points=1, key="later", at=TOMORROW)

    ranges = list(ledger.ranges_booked_since(TODAY + timedelta(hours=1)))

    assert ranges == [(first.id, first.id + 1), (third.id, third.id + 1)]


@pytest.mark.parametrize("part", ["0/3", "4/3", "1", "a/b"])
def test_what_is_no_part_is_refused(db, part):
    with pytest.raises(CommandError, match="part"):
        call_command("verify_ledger", f"--slice={part}")


def test_what_is_no_moment_is_refused(db):
    with pytest.raises(CommandError, match="moment"):
        call_command("verify_ledger", "--since=lately")
