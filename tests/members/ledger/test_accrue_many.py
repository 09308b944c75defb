from datetime import timedelta

import pytest
from django.db import transaction

from loyalty_program.errors import KeyReused
from members import ledger
from members.models import Entry, Event, Lot, Wallet, Work
from tests.factories import TODAY, TOMORROW, YESTERDAY, MemberFactory


def accrual(member, points, key, **changes):
    return ledger.Accrual(member_id=member.id, points=points, key=key, **changes)


def accrue_many(*accruals, currency=ledger.Currency.REDEEMABLE, at=TODAY):
    return ledger.accrue_many(currency=currency, accruals=accruals, at=at)


def test_does_what_so_many_single_accruals_would(db):
    one, other = MemberFactory(), MemberFactory()
    requests = [
        (10, "a", {"expires_at": TOMORROW, "occurred_at": YESTERDAY}),
        (20, "b", {"available_at": TOMORROW, "expires_at": TOMORROW + timedelta(days=9)}),
        (30, "c", {"reference": "purchase:c"}),
    ]
    singly = [
        ledger.accrue(
            member_id=one.id,
            currency=ledger.Currency.REDEEMABLE,
            points=points,
            key=key,
            at=TODAY,
            **{"expires_at": None} | more,
        )
        for points, key, more in requests
    ]

    together = accrue_many(
        *(accrual(other, points, key, **more) for points, key, more in requests)
    )

    assert together == singly
    # The hashes differ because they cover the member.
    for model, apart in [
        (Entry, {"member", "pk", "chain"}),
        (Lot, {"member", "pk"}),
        (Wallet, {"member", "chain"}),
    ]:
        columns = [f.attname for f in model._meta.concrete_fields if f.name not in apart]
        rows = [
            list(model.objects.filter(member_id=m.id).order_by("pk").values_list(*columns))
            for m in (one, other)
        ]
        assert rows[0] == rows[1], model
    payloads = [
        list(Event.objects.filter(member=m).order_by("id").values_list("type", "payload"))
        for m in (one, other)
    ]
    assert payloads[0] == payloads[1]


def test_answers_in_the_order_of_the_requests(db):
    members = [MemberFactory() for _ in range(3)]

    postings = accrue_many(
        accrual(members[2], 5, "a"),
        accrual(members[0], 7, "b"),
        accrual(members[2], 1, "c"),
        accrual(members[1], 9, "d"),
    )

    assert [(posting.seq, posting.available) for posting in postings] == [
        (1, 5),
        (1, 7),
        (2, 6),
        (1, 9),
    ]


def test_repeated_changes_nothing(member):
    first = accrue_many(accrual(member, 10, "a"), accrual(member, 20, "b"))

    again = accrue_many(
        accrual(member, 20, "b"), accrual(member, 5, "c"), accrual(member, 10, "a")
    )

    assert [posting.is_replay for posting in again] == [True, False, True]
    assert [again[2].seq, again[0].seq] == [posting.seq for posting in first]
    assert ledger.wallet_of(member_id=member.id, at=TODAY).available == 35
    assert Event.objects.count() == Entry.objects.count() == 3


def test_refuses_the_whole_batch_if_a_key_had_another_request(member):
    accrue_many(accrual(member, 10, "a"))

    with pytest.raises(KeyReused), transaction.atomic():
        accrue_many(accrual(member, 5, "b"), accrual(member, 11, "a"))

    assert ledger.wallet_of(member_id=member.id, at=TODAY).available == 10


def test_refuses_a_key_that_stands_in_it_twice(member):
    with pytest.raises(ValueError, match="twice"):
        accrue_many(accrual(member, 10, "a"), accrual(member, 10, "a"))

    assert not Entry.objects.exists()


def test_settles_first_what_is_due(member):
    accrue_many(accrual(member, 10, "a", expires_at=TOMORROW))

    accrue_many(accrual(member, 5, "b"), at=TOMORROW)

    assert [entry.kind for entry in Entry.objects.order_by("seq")] == [
        "ACCRUE",
        "EXPIRE",
        "ACCRUE",
    ]
    assert ledger.wallet_of(member_id=member.id, at=TOMORROW).available == 5


def test_gives_each_subscriber_its_work(db):
    members = [MemberFactory() for _ in range(2)]

    accrue_many(
        accrual(members[0], 1, "a"),
        accrual(members[1], 1, "b"),
        accrual(members[0], 1, "c"),
        currency=ledger.Currency.QUALIFYING,
    )

    assert Work.objects.filter(task="members.tiers.evaluate").count() == 3
    assert set(Work.objects.values_list("event_id", flat=True)) == set(
        Event.objects.values_list("id", flat=True)
    )


def test_of_nothing_does_nothing(db):
    assert accrue_many() == []


def test_points_that_are_over_already_expire_at_once_and_only_they(db):
    one, other = MemberFactory(), MemberFactory()

    postings = accrue_many(
        accrual(one, 10, "a"),
        accrual(one, 20, "b", expires_at=YESTERDAY),
        accrual(one, 30, "c", expires_at=TOMORROW),
        accrual(other, 40, "d"),
    )

    assert [(posting.seq, posting.available) for posting in postings] == [
        (1, 10),
        (2, 30),
        (4, 40),
        (1, 40),
    ]
    assert booked(one) == [("ACCRUE", 10), ("ACCRUE", 30), ("EXPIRE", 10), ("ACCRUE", 40)]
    assert booked(other) == [("ACCRUE", 40)]


def test_what_is_pending_is_decided_by_the_moment_of_booking(db):
    """A clock that was set back does not make points wait, nor those of one by one."""
    one, other = MemberFactory(), MemberFactory()
    for member in (one, other):
        accrue_many(accrual(member, 1, "before"), at=TOMORROW)
    soon = TODAY + timedelta(hours=1)

    accrue_many(accrual(one, 10, "a", available_at=soon))
    ledger.accrue(
        member_id=other.id,
        currency="REDEEMABLE",
        points=10,
        key="a",
        available_at=soon,
        expires_at=None,
        at=TODAY,
    )

    assert booked(one) == booked(other) == [("ACCRUE", 1), ("ACCRUE", 11)]
    assert list(Wallet.objects.values_list("pending", "due_at")) == [(0, None)] * 2


def booked(member):
    entries = Entry.objects.filter(member=member).order_by("seq")
    return list(entries.values_list("kind", "available_after"))
