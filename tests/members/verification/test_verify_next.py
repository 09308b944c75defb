"""The ledger is verified all day, and what is found stops the spending of the wallet."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.db import connection

from members import ledger, verification
from members.models import Finding, Verification
from members.verification import services
from tests.factories import TODAY, MemberFactory, ProgrammeFactory
from tests.staff import log_in

pytestmark = [pytest.mark.breaks_the_ledger, pytest.mark.usefixtures("as_worker")]
LATER = TODAY + timedelta(minutes=5)
RULE = "entry 2 is as it was booked"


@pytest.fixture
def three_steps(lived, monkeypatch):
    """
    Let three steps be the whole of a ledger, and return where each of them ends.
    """
    lived()
    lived()
    end = ledger.last_member() + 1
    step = -(-end // 3)
    monkeypatch.setattr(services, "STEP", step)
    return [step, 2 * step, end]


@pytest.fixture
def wrong(lived, tamper):
    """
    A member whose second entry was changed.
    """
    member = lived()
    tamper(f"UPDATE members_entry SET reference = 'x' WHERE member_id = {member.id} AND seq = 2")
    return member


def runs():
    return list(Verification.objects.order_by("id").values_list("kind", "wallets", "findings"))


def redeem(member, at=LATER):
    return ledger.redeem(member_id=member.id, points=1, key="spend", at=at)


def test_the_whole_ledger_comes_first_and_then_slices(lived):
    for _ in range(3):
        lived()

    verification.verify_next(at=TODAY)
    verification.verify_next(at=LATER)

    assert runs() == [("WHOLE", 3, 0), ("SLICE", 3, 0)]
    assert Verification.objects.filter(finished_at=None).count() == 0


def test_a_day_later_the_whole_ledger_again(lived):
    lived()
    for at in (TODAY, LATER, TODAY + timedelta(days=1), LATER + timedelta(days=1)):
        verification.verify_next(at=at)

    assert [kind for kind, _, _ in runs()] == ["WHOLE", "SLICE", "WHOLE", "SLICE"]


def test_the_whole_ledger_comes_at_night_in_the_time_zone_of_the_programme(lived):
    ProgrammeFactory(time_zone="Asia/Shanghai")
    lived()
    begun = datetime(2026, 5, 4, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    moments = [begun, begun + timedelta(hours=13, minutes=59), begun + timedelta(hours=14)]

    for at in moments:
        verification.verify_next(at=at)

    assert [kind for kind, _, _ in runs()] == ["WHOLE", "SLICE", "WHOLE"]


def test_it_goes_on_where_it_was_interrupted(three_steps):
    first, second, end = three_steps

    for done in (first, second):
        verification.verify_next(at=TODAY, seconds=0)
        run = Verification.objects.get()
        assert (run.next_member, run.finished_at) == (done, None)
    verification.verify_next(at=LATER, seconds=0)

    run = Verification.objects.get()
    assert (run.next_member, run.wallets, run.finished_at) == (end, 2, LATER)


def test_slices_go_round(three_steps):
    verification.verify_next(at=TODAY)

    for n in range(1, 5):
        verification.verify_next(at=TODAY + timedelta(minutes=5 * n))

    slices = Verification.objects.filter(kind="SLICE").order_by("id")
    assert list(slices.values_list("next_member", flat=True)) == [*three_steps, three_steps[0]]
    assert sum(slices.values_list("wallets", flat=True)[:3]) == 2


def test_a_message_that_comes_twice_brings_one_slice(lived):
    lived()
    verification.verify_next(at=TODAY)
    for _ in range(2):
        verification.verify_next(at=LATER)

    assert [kind for kind, _, _ in runs()] == ["WHOLE", "SLICE"]


def test_whoever_comes_meanwhile_leaves_it(lived):
    lived()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [services.LOCK])
        verification.verify_next(at=TODAY)
        verification.anchor(at=TODAY)
    other.close()

    assert runs() == []


def test_a_finding_freezes_the_wallet_and_raises_the_alarm(lived, wrong, caplog):
    right = lived()

    verification.verify_next(at=TODAY)

    found = Finding.objects.get()
    assert (found.member_id, found.currency, found.rule) == (wrong.id, "REDEEMABLE", RULE)
    assert (found.found_at, found.seen_at, found.resolved_at) == (TODAY, TODAY, None)
    with pytest.raises(ledger.WalletFrozen):
        redeem(wrong)
    redeem(right)
    [alarm] = [record for record in caplog.records if "ledger_finding" in record.getMessage()]
    assert alarm.levelname == "ERROR"
    assert wrong.number in alarm.getMessage()
    assert RULE in alarm.getMessage()


def test_it_says_why_the_wallet_is_frozen(wrong):
    verification.verify_next(at=TODAY)

    wallet = ledger.Wallet.objects.get(member=wrong)
    assert wallet.frozen_because == f"The ledger is wrong here: {RULE}."


def test_the_same_finding_again_does_not_pile_up(wrong, caplog):
    for at in (TODAY, LATER, TODAY + timedelta(days=1)):
        verification.verify_next(at=at)

    found = Finding.objects.get()
    assert (found.found_at, found.seen_at) == (TODAY, TODAY + timedelta(days=1))
    assert len([r for r in caplog.records if "ledger_finding" in r.getMessage()]) == 1
    assert [findings for _, _, findings in runs()] == [1, 1, 1]


def test_what_is_resolved_and_still_wrong_is_found_again(wrong):
    verification.verify_next(at=TODAY)
    staff = _staff()
    verification.resolve(
        finding_id=Finding.objects.get().id, by=staff, what_was_done="nothing", at=TODAY
    )
    ledger.unfreeze(member_id=wrong.id, currency="REDEEMABLE", because="all is well", at=TODAY)

    verification.verify_next(at=LATER)

    assert list(Finding.objects.order_by("id").values_list("found_at", "resolved_at")) == [
        (TODAY, TODAY),
        (LATER, None),
    ]
    with pytest.raises(ledger.WalletFrozen):
        redeem(wrong)


def test_entries_without_a_wallet_are_found_and_nothing_is_opened_for_them(lived, tamper):
    member = lived()
    tamper(f"DELETE FROM members_wallet WHERE member_id = {member.id}")

    verification.verify_next(at=TODAY)

    assert "entries belong to a wallet" in Finding.objects.values_list("rule", flat=True)
    assert not ledger.Wallet.objects.exists()


def test_health_says_what_was_looked_at_when_and_what_is_open(lived, wrong):
    lived()
    before = verification.health(at=TODAY)
    assert (before.findings, before.is_late, set(before.looks.values())) == (0, True, {None})

    verification.verify_next(at=TODAY)
    verification.verify_next(at=LATER)
    verification.anchor(at=LATER)

    now = verification.health(at=LATER)
    assert (now.findings, now.members, now.is_late) == (1, 1, False)
    assert {kind: look.wallets for kind, look in now.looks.items()} == {
        "WHOLE": 2,
        "SLICE": 2,
        "ANCHOR": 2,
    }
    assert verification.health(at=LATER + timedelta(hours=2)).is_late


def test_an_empty_ledger_is_right(db):
    verification.verify_next(at=TODAY)
    MemberFactory()
    verification.verify_next(at=LATER)

    assert runs() == [("WHOLE", 0, 0), ("SLICE", 0, 0)]


def _staff():
    log_in("owner")
    return User.objects.get(groups__name="owner")


def test_who_has_just_looked_at_the_whole_ledger_need_not_look_at_a_slice(lived):
    lived()
    verification.verify_next(at=TODAY)
    verification.anchor(at=TODAY)

    assert verification.health(at=TODAY).looks["SLICE"] is None
    assert not verification.health(at=TODAY + timedelta(hours=1)).is_late
    assert verification.health(at=TODAY + timedelta(hours=1, seconds=1)).is_late
