"""The statement as staff read it."""

from datetime import timedelta

import pytest
import time_machine

from members import ledger
from tests.factories import TODAY, ProgrammeFactory
from tests.staff import log_in, page_of


@pytest.fixture(autouse=True)
def today(db):
    ProgrammeFactory()
    with time_machine.travel(TODAY, tick=False):
        yield


def rows_of(member, **asked):
    page = log_in("clerk").get(page_of(member, "panel", panel="statement"), asked)
    return [
        (row.what, row.points, row.balance, row.is_pending)
        for row in page.context["shown"].facts["rows"]
    ]


def test_each_row_leads_to_its_balance(member, give):
    give(member, 100)
    ledger.redeem(member_id=member.pk, points=30, key="gift", at=TODAY)

    assert rows_of(member) == [("redeemed", -30, 70, False), ("earned", 100, 100, False)]


def test_pending_points_count_when_they_become_available(member, give):
    give(member, 100)
    give(member, 50, available_at=TODAY + timedelta(days=1))
    ledger.settle_due(at=TODAY + timedelta(days=2))

    assert rows_of(member) == [
        ("became available", 50, 150, False),
        ("earned", 50, 100, True),
        ("earned", 100, 100, False),
    ]


def test_each_currency_has_a_statement_of_its_own(member, give):
    give(member, 100)
    give(member, 7, currency=ledger.Currency.QUALIFYING)

    assert rows_of(member, currency="QUALIFYING") == [("earned", 7, 7, False)]
    assert rows_of(member, currency="GOLD") == [("earned", 100, 100, False)]


def test_an_entry_names_what_it_refers_to(member):
    ledger.accrue(
        member_id=member.pk,
        currency=ledger.Currency.REDEEMABLE,
        points=5,
        key="k",
        at=TODAY,
        expires_at=None,
        reference='survey:<b>"7"</b>',
    )

    page = log_in("clerk").get(page_of(member)).content.decode()

    assert "survey:&lt;b&gt;&quot;7&quot;&lt;/b&gt;" in page
