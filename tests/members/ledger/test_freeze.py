from datetime import timedelta

from members import ledger
from members.models import Event, Wallet
from tests.factories import TODAY, TOMORROW


def freeze(member, because="A finding of the nightly check."):
    return ledger.freeze(member_id=member.id, currency="REDEEMABLE", because=because, at=TODAY)


def unfreeze(member):
    return ledger.unfreeze(
        member_id=member.id, currency="REDEEMABLE", because="Explained.", at=TODAY
    )


def test_says_why_and_tells_what_happened(member, give):
    give(member, 100)

    assert freeze(member)

    wallet = Wallet.objects.get()
    assert (wallet.status, wallet.frozen_because) == ("FROZEN", "A finding of the nightly check.")
    event = Event.objects.get(type="wallet.frozen")
    assert event.payload["because"] == "A finding of the nightly check."


def test_again_changes_nothing(member, give, nothing_changes):
    give(member, 100)
    with nothing_changes():
        assert not unfreeze(member)
    freeze(member)

    with nothing_changes():
        assert not freeze(member, because="Another reason.")


def test_unfreezing_allows_spending_again(member, give):
    give(member, 100)
    freeze(member)

    assert unfreeze(member)

    wallet = Wallet.objects.get()
    assert (wallet.status, wallet.frozen_because) == ("ACTIVE", "")
    assert Event.objects.filter(type="wallet.unfrozen").count() == 1
    posting = ledger.redeem(member_id=member.id, points=60, key="order:1", at=TODAY)
    assert posting.available == 40


def test_what_was_refused_meanwhile_stays_refused(member, give, refused):
    give(member, 100)
    freeze(member)
    with refused(ledger.WalletFrozen, remembered=1):
        ledger.redeem(member_id=member.id, points=60, key="order:1", at=TODAY)
    unfreeze(member)

    with refused(ledger.WalletFrozen, available=100, requested=60, short_by=0):
        ledger.redeem(member_id=member.id, points=60, key="order:1", at=TODAY)


def test_everything_but_spending_goes_on(member, give):
    give(member, 100)
    give(member, 50, expires_at=TOMORROW)
    lapses_at = TODAY + timedelta(hours=1)
    for key in ("hold:1", "hold:2"):
        ledger.open_hold(member_id=member.id, points=10, key=key, at=TODAY, lapses_at=lapses_at)
    freeze(member)

    give(member, 5)
    ledger.capture_hold(member_id=member.id, number=3, key="pay:1", at=TODAY)
    ledger.settle_due(at=TOMORROW)

    view = ledger.wallet_of(member_id=member.id, at=TOMORROW)
    assert (view.available, view.held, view.status) == (105, 0, "FROZEN")


def test_freezes_one_currency_only(member, give):
    give(member, 100)
    give(member, 100, currency="QUALIFYING")

    freeze(member)

    posting = ledger.redeem(
        member_id=member.id, points=1, key="order:1", at=TODAY, currency="QUALIFYING"
    )
    assert posting.available == 99


def test_freezes_a_wallet_before_there_is_anything_in_it(member, give, refused):
    assert freeze(member)
    give(member, 100)

    with refused(ledger.WalletFrozen, remembered=1):
        ledger.redeem(member_id=member.id, points=60, key="order:1", at=TODAY)
