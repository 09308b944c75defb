"""Points that a purchase is paid with leave with it, and come back with it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from members import ledger
from members.ledger import Currency, HoldEnded, HoldNotFound
from members.models import Entry, Event, Hold, Lot, Purchase
from members.purchases import NewLine
from rewards import earning
from rewards.models import SpentPoints
from tests.factories import TODAY, TOMORROW, YESTERDAY, MemberFactory
from tests.rewards.earning.conftest import money, pieces

LINES = [NewLine(1, Decimal("6.00"), quantity=Decimal(3)), NewLine(2, Decimal("4.00"))]


@pytest.fixture
def hold(member, give):
    """
    Set points of the member aside, and return the hold's id.
    """

    def open_hold(points, *, of=500, lapses_at=TOMORROW, expires_at=None) -> str:
        give(member, of, at=YESTERDAY, expires_at=expires_at)
        posting = ledger.open_hold(
            member_id=member.id, points=points, key=f"hold:{points}", lapses_at=lapses_at, at=TODAY
        )
        return f"{member.number}-{posting.seq}"

    return open_hold


def wallet(member, at=TODAY):
    return ledger.wallet_of(member_id=member.id, at=at)


def given_back(settled):
    return settled.receipts[Currency.REDEEMABLE].given_back


def test_a_purchase_spends_the_points_that_were_set_aside_for_it(record, member, hold):
    recorded = record(hold=hold(100), lines=LINES)

    assert recorded.points_spent == 100
    assert (wallet(member).available, wallet(member).held) == (410, 0)
    capture = Entry.objects.get(kind="CAPTURE")
    assert (capture.amount, capture.reference) == (100, "purchase:till:R-1")
    assert SpentPoints.objects.get().points == 100


def test_telling_it_again_spends_nothing_more(record, member, hold):
    told = {"hold": hold(100), "lines": LINES}
    record(**told)

    again = record(**told, at=TODAY + timedelta(days=3))

    assert again.is_replay
    assert again.points_spent == 100
    assert wallet(member).available == 410


def test_a_purchase_with_a_hold_that_ended_is_refused_and_leaves_nothing_behind(
    record, member, hold
):
    ended = hold(100, lapses_at=TODAY + timedelta(minutes=5))

    with pytest.raises(HoldEnded) as refusal:
        record(hold=ended, at=TODAY + timedelta(minutes=5))

    assert refusal.value.pointer == "/hold"
    assert not Purchase.objects.exists()
    assert not SpentPoints.objects.exists()
    assert not Event.objects.filter(type="purchase.recorded").exists()
    assert wallet(member, at=TODAY + timedelta(minutes=5)).available == 500


@pytest.mark.parametrize("name", ["", "-", "-0", "-999", "-1e3", "-99999999999999999999"])
def test_a_hold_that_is_not_there_is_not_found(record, member, name):
    with pytest.raises(HoldNotFound) as refusal:
        record(hold=f"{member.number}{name}")

    assert refusal.value.pointer == "/hold"
    assert not Purchase.objects.exists()


def test_somebody_elses_hold_is_not_there(record, hold):
    other = MemberFactory()
    theirs = hold(100)

    with pytest.raises(HoldNotFound):
        record(hold=theirs, member=other.number)

    assert Hold.objects.get().status == "OPEN"
    assert not Purchase.objects.exists()


def test_the_hold_is_part_of_what_was_told(purchase, record, hold):
    first = record(lines=LINES)

    verdicts = earning.record_purchases(
        purchases=[replace(purchase, lines=LINES, hold=hold(100))], at=TODAY
    )

    assert verdicts[0].code == "idempotency-key-reused"
    assert Hold.objects.get().status == "OPEN"
    assert not first.is_replay


def test_in_a_batch_a_hold_that_ended_refuses_its_purchase_alone(purchase, member, hold):
    good = hold(100)
    told = [
        replace(purchase, reference="before"),
        replace(purchase, reference="paid", hold=good),
        replace(purchase, reference="twice", hold=good),
        replace(purchase, reference="after"),
    ]

    verdicts = earning.record_purchases(purchases=told, at=TODAY)

    assert [type(verdict).__name__ for verdict in verdicts] == [
        "Recorded",
        "Recorded",
        "HoldEnded",
        "Recorded",
    ]
    assert verdicts[1].points_spent == 100
    assert set(Purchase.objects.values_list("reference", flat=True)) == {"before", "paid", "after"}
    assert wallet(member).available == 400 + 3 * 40


def test_it_can_be_read_again(record, member, hold):
    told = hold(100)
    record(hold=told)

    found = earning.get_recorded(channel="till", reference="R-1")

    assert found.purchase.hold == told
    assert found.points_spent == 100


def test_a_return_gives_back_its_share_of_the_points_spent(record, bring_back, member, hold):
    record(hold=hold(100), lines=LINES)

    settled = bring_back(money(2, "4.00"))

    assert given_back(settled) == 40
    # 500 given, 100 spent; 10 earned, 4 taken back; 40 given back.
    assert wallet(member).available == 500 - 100 + 10 - 4 + 40


def test_a_full_return_gives_all_of_them_back_in_whatever_parts(record, bring_back, member, hold):
    record(hold=hold(100), lines=LINES)

    parts = [bring_back(pieces(1, "1")) for _ in range(3)]
    parts += [bring_back(money(2, "1.11")), bring_back(money(2, "2.89"))]

    assert [given_back(part) for part in parts] == [20, 20, 20, 11, 29]
    assert (wallet(member).available, wallet(member).debt) == (500, 0)


def test_what_cost_nothing_but_points_comes_back_by_its_articles(record, bring_back, member, hold):
    free = [NewLine(1, Decimal(0), quantity=Decimal(2)), NewLine(2, Decimal(0))]
    record(hold=hold(100), lines=free)

    parts = [bring_back(pieces(1, "1")), bring_back(pieces(2, "1")), bring_back(pieces(1, "1"))]

    assert [given_back(part) for part in parts] == [33, 33, 34]
    assert wallet(member).available == 500


def test_points_go_back_before_points_are_taken(record, bring_back, member, hold):
    record(hold=hold(100, of=100), lines=LINES)
    ledger.redeem(member_id=member.id, points=10, key="spent", at=TODAY)

    settled = bring_back(money(1, "6.00"), money(2, "4.00"))

    assert settled.receipts[Currency.REDEEMABLE].owed == 0
    assert (wallet(member).available, wallet(member).debt) == (90, 0)


def test_points_whose_lot_expired_come_back_for_a_while(record, bring_back, member, hold):
    record(hold=hold(100, of=100, expires_at=TOMORROW), lines=LINES)
    later = TODAY + timedelta(days=10)

    bring_back(money(1, "6.00"), money(2, "4.00"), at=later)

    courtesy = Lot.objects.get(currency="REDEEMABLE", state="OPEN")
    assert courtesy.expires_at == later + timedelta(days=30)
    assert wallet(member, at=later).available == 100


def test_points_whose_lot_lives_keep_its_expiry(record, bring_back, member, hold):
    end = datetime(2026, 6, 1, tzinfo=UTC)
    record(hold=hold(100, of=100, expires_at=end), lines=LINES)

    bring_back(money(1, "6.00"), money(2, "4.00"))

    assert Lot.objects.get(currency="REDEEMABLE", state="OPEN").expires_at == end
