import pytest

from members import purchases
from members.purchases import PurchaseNotFound
from tests.factories import StoreFactory


def test_a_purchase_is_found_by_channel_and_reference(record, purchase):
    [fact] = record({})

    found = purchases.get_purchase(channel="till", reference="R-1")

    assert found.pk == fact.purchase_id
    assert purchases.as_told(found, currency="EUR") == purchase


@pytest.mark.parametrize(("channel", "reference"), [("web", "R-1"), ("till", "R-2")])
def test_others_are_not(record, channel, reference):
    record({})

    with pytest.raises(PurchaseNotFound) as refusal:
        purchases.get_purchase(channel=channel, reference=reference)

    assert refusal.value.facts == {"channel": channel, "reference": reference}


def test_purchases_of_other_stores_do_not_exist_for_a_shop(record):
    record({})

    with pytest.raises(PurchaseNotFound):
        purchases.get_purchase(channel="till", reference="R-1", stores={StoreFactory().id})
