"""A browser as the tests need it: Debian's Chromium, without a window."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.utils import timezone
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webdriver import WebDriver

from members.ledger import Currency
from members.models import Member
from members.purchases import NewLine, NewPurchase
from rewards import earning
from tests.factories import (
    ChannelFactory,
    EarningRuleFactory,
    LadderFactory,
    MemberFactory,
    PolicyFactory,
    ProgrammeFactory,
    RungFactory,
    StoreFactory,
)
from tests.staff import log_in

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-size=1400,1000",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[WebDriver]:
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, Service("/usr/bin/chromedriver"))
    yield driver
    driver.quit()


@pytest.fixture
def browser(chromium: WebDriver) -> Iterator[WebDriver]:
    """
    The browser as somebody finds it who was never here. Its pages may not complain.
    """
    cache.clear()
    chromium.delete_all_cookies()
    yield chromium
    complaints = [line for line in chromium.get_log("browser") if line["level"] == "SEVERE"]
    assert complaints == []


@pytest.fixture
def ann(transactional_db: None) -> Member:
    """
    A member in silver who bought twenty times, for 12.34 each.
    """
    ProgrammeFactory(name="Corner Shop")
    PolicyFactory()
    ChannelFactory()
    StoreFactory(code="S1", name="Harbour")
    ladder = LadderFactory()
    RungFactory(ladder=ladder, tier__name="Bronze", tier__rank=0)
    RungFactory(ladder=ladder, tier__name="Silver", tier__rank=1, points_required=1000)
    EarningRuleFactory(code="base", is_multiplied_by_tier=True)
    EarningRuleFactory(code="qualifying", currency=Currency.QUALIFYING)
    member = MemberFactory(name="Ann", phone="+8613800138000")
    MemberFactory(name="Bob", phone="+8613900139001")
    now = timezone.now()
    for day in range(20):
        purchase = NewPurchase(
            channel="till",
            reference=f"R-{day}",
            store="S1",
            member=member.number,
            purchased_at=now - timedelta(days=day, minutes=1),
            currency="EUR",
            lines=[NewLine(number=1, amount=Decimal("12.34"))],
        )
        earning.record_purchase(purchase=purchase, at=now)
    log_in("clerk")
    return member
