import pytest

from members import adjustments, approvals, ledger, profiles
from members.approvals import Actor
from members.models import Event, StaffMember
from tests.factories import TODAY

VERBS = [adjustments.freeze, adjustments.unfreeze]


def call(verb, member, person, reason="Under review"):
    verb(
        member_id=member.pk,
        currency="REDEEMABLE",
        reason=reason,
        actor=Actor.staff(person.pk),
        at=TODAY,
    )


def test_a_frozen_wallet_is_not_spent_until_it_is_unfrozen(clerk, give, member):
    give(member, 100)

    call(adjustments.freeze, member, clerk)
    with pytest.raises(ledger.WalletFrozen):
        ledger.redeem(member_id=member.pk, points=10, key="order-1", at=TODAY)
    call(adjustments.unfreeze, member, clerk)
    ledger.redeem(member_id=member.pk, points=10, key="order-2", at=TODAY)

    assert ledger.wallet_of(member_id=member.pk, at=TODAY).available == 90
    types = Event.objects.order_by("id").values_list("type", flat=True)
    assert [type for type in types if type.startswith("wallet")] == [
        "wallet.frozen",
        "wallet.unfrozen",
    ]


@pytest.mark.parametrize("verb", VERBS)
def test_nobody_does_it_to_their_own_account(clerk, give, member, verb):
    give(member, 100)
    StaffMember.objects.create(user=clerk, member=member)

    with pytest.raises(approvals.OwnAccount):
        call(verb, member, clerk)

    assert ledger.wallet_of(member_id=member.pk, at=TODAY).status == "ACTIVE"


@pytest.mark.parametrize("verb", VERBS)
def test_a_reason_is_needed(clerk, give, member, verb):
    give(member, 100)

    with pytest.raises(profiles.ReasonInvalid):
        call(verb, member, clerk, reason=" ")

    assert ledger.wallet_of(member_id=member.pk, at=TODAY).status == "ACTIVE"
