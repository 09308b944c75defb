"""Anchors are written once a day, follow each other, and cannot be replaced unseen."""

import gzip
import json
from datetime import timedelta

import pytest

from members import ledger, verification
from tests.factories import TODAY, TOMORROW, MemberFactory

pytestmark = pytest.mark.usefixtures("as_worker")
TODAYS, TOMORROWS = (f"ledger-{day:%Y-%m-%d}.anchor.gz" for day in (TODAY, TOMORROW))


def lines(path):
    return [json.loads(line) for line in gzip.open(path, "rt")]


def rules():
    return [(found.member_id, found.rule) for found in verification.check_anchors()]


def test_a_day_has_one(anchors, lived):
    lived()
    verification.anchor(at=TODAY)
    content = (anchors / TODAYS).read_bytes()
    lived()

    verification.anchor(at=TODAY + timedelta(hours=1))

    assert [path.name for path in anchors.iterdir()] == [TODAYS]
    assert (anchors / TODAYS).read_bytes() == content
    run = verification.Verification.objects.get()
    assert (run.kind, run.anchor, run.wallets, run.findings) == ("ANCHOR", TODAYS, 1, 0)


def test_each_names_the_one_before(anchors, lived):
    lived()
    verification.anchor(at=TODAY)
    verification.anchor(at=TOMORROW)

    heading, _slice, last = lines(anchors / TOMORROWS)

    assert heading["previous"] == TODAYS
    assert len(heading["previous_digest"]) == 64
    assert last["wallets"] == 1
    assert rules() == []


def test_of_an_empty_ledger_there_is_one_too(anchors, db):
    verification.anchor(at=TODAY)

    assert lines(anchors / TODAYS)[-1]["wallets"] == 0
    assert rules() == []


def test_another_in_its_place_is_found(anchors, lived):
    lived()
    verification.anchor(at=TODAY)
    verification.anchor(at=TOMORROW)
    lived()

    (anchors / TODAYS).unlink()
    verification.anchor(at=TODAY)

    assert rules() == [(0, f"{TODAYS} is as it was written")]


def test_one_that_is_gone_from_between_is_found(anchors, lived):
    lived()
    day_after = TOMORROW + timedelta(days=1)
    for at in (TODAY, TOMORROW, day_after):
        verification.anchor(at=at)

    (anchors / TOMORROWS).unlink()

    assert rules() == [(0, f"{TODAYS} is as it was written")]


def test_the_oldest_may_be_let_go(anchors, lived):
    lived()
    verification.anchor(at=TODAY)
    verification.anchor(at=TOMORROW)

    (anchors / TODAYS).unlink()

    assert rules() == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-20],
        lambda content: b"",
        lambda content: b"not compressed",
        lambda content: gzip.compress(b"{}\n"),
        lambda content: gzip.compress(
            gzip.decompress(content).replace(b'"tips": "A', b'"tips": "B')
        ),
    ],
)
def test_one_that_is_damaged_is_found(anchors, lived, damage):
    lived()
    verification.anchor(at=TODAY)
    path = anchors / TODAYS
    content = path.read_bytes()

    path.write_bytes(damage(content))

    assert (0, f"{TODAYS} is as it was written") in rules()


def test_a_wallet_takes_some_twenty_bytes(anchors, db, give):
    for member in MemberFactory.create_batch(300):
        give(member, 5)

    verification.anchor(at=TODAY)

    assert (anchors / TODAYS).stat().st_size < 300 * 24
    assert sum(len(tips) for tips in ledger.tips(size=7)) == 300
