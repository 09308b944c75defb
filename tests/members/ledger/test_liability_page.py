"""The liability as owners see it, and take it along."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
import time_machine
from django.core.cache import cache
from openpyxl import load_workbook

from members import ledger
from members.models import DailyTotal
from tests.database import acting_as
from tests.factories import TODAY, PolicyFactory, ProgrammeFactory
from tests.staff import log_in

PAGE = "/admin/members/liabilityreport/"


@pytest.fixture(autouse=True)
def today(db):
    cache.clear()
    PolicyFactory(point_value=Decimal("0.01"))
    ProgrammeFactory(currency="EUR")
    with time_machine.travel(TODAY, tick=False):
        yield
    cache.clear()


@pytest.fixture
def booked(member, give):
    """
    1,500 points in February, 300 of them spent; 1,000 in March.
    """
    give(member, 1500, at=TODAY - timedelta(days=10), expires_at=TODAY + timedelta(days=90))
    ledger.redeem(member_id=member.pk, points=300, key="r", at=TODAY - timedelta(days=9))
    give(member, 1000, at=TODAY)
    ledger.roll_up(at=TODAY)


def test_the_page_says_what_is_owed_what_it_is_worth_and_that_it_balances(booked):
    page = log_in("owner").get(PAGE).content.decode()

    assert "2,200" in page
    assert "22.00 EUR" in page
    assert "It balances" in page
    assert "All wallets hold 2,200, all entries sum up to 2,200: difference 0." in page


def test_in_chinese_the_page_is_there_as_well(booked):
    response = log_in("owner").get(PAGE, headers={"Accept-Language": "zh-Hans"})

    assert response.status_code == 200
    assert "2026年2月" in response.content.decode()


def test_a_difference_is_told_on_the_page(booked):
    with acting_as("owner"):
        DailyTotal.objects.filter(kind="REDEEM").delete()

    page = log_in("owner").get(PAGE).content.decode()

    assert "It does not balance" in page
    assert "All wallets hold 2,200, all entries sum up to 2,500: difference −300." in page


def test_the_months_are_taken_along_as_csv(booked):
    response = log_in("owner").get(f"{PAGE}months.csv")

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="months.csv"'
    assert response.content.decode("utf-8-sig").splitlines() == [
        "Month,Opening,Issued,Taken back,Redeemed,Given back,Expired,Adjusted,Transferred,Closing,"
        "Available,Pending,Held,Debt,Value of a point,Value (EUR)",
        "2026-02,0,1500,0,-300,0,0,0,0,1200,1200,0,0,0,0.010000,12.00",
        "2026-03,1200,1000,0,0,0,0,0,0,2200,2200,0,0,0,0.010000,22.00",
    ]


@pytest.mark.parametrize("table", ["ages", "breakage", "back-tests"])
def test_every_table_is_taken_along(booked, table):
    response = log_in("owner").get(f"{PAGE}{table}.csv")

    assert response.status_code == 200
    assert log_in("owner").get(f"{PAGE}nothing.csv").status_code == 404


def test_all_tables_are_taken_along_for_a_spreadsheet(booked):
    book = load_workbook(BytesIO(log_in("owner").get(f"{PAGE}liability.xlsx").content))

    assert book.sheetnames == [
        "Month by month",
        "By age",
        "Breakage",
        "The estimate, tried on the past",
    ]
    rows = list(book["Month by month"].values)
    assert rows[0][:3] == ("Month", "Opening", "Issued")
    assert rows[1][1:10] == (0, 1500, 0, -300, 0, 0, 0, 0, 1200)
    assert rows[1][0].isoformat() == "2026-02-01T00:00:00"


@pytest.mark.parametrize("role", ["marketer", "clerk"])
@pytest.mark.parametrize("address", ["", "months.csv", "liability.xlsx"])
def test_only_owners_see_it(booked, role, address):
    assert log_in(role).get(f"{PAGE}{address}").status_code == 403


def test_before_anything_was_booked_it_says_so(db):
    assert "It balances" in log_in("owner").get(PAGE).content.decode()
