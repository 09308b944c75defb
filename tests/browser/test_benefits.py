"""Benefits in a real browser: at the counter, and where they are planned."""

from datetime import timedelta

import pytest
from django.utils import timezone
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as until
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from members.models import TierPlacement
from rewards.models import Benefit, BenefitUse
from tests.factories import LONG_AGO
from tests.staff import PASSWORD, page_of

pytestmark = pytest.mark.browser
PATIENCE = 20
BY_KIND = {"points", "valid_days", "is_once", "days_before", "quantity", "period", "hours"}


@pytest.fixture
def silver(ann):
    """
    Ann as a guest in Silver, who may have her car washed twice a month.
    """
    now = timezone.now()
    tier = Benefit._meta.get_field("tier").related_model.objects.get(name="Silver")
    TierPlacement.objects.create(
        member=ann,
        tier=tier,
        kind="INVITED",
        starts_at=now - timedelta(days=1),
        ends_at=now + timedelta(days=400),
        reason="A guest",
        key="k",
        placed_at=now,
    )
    wash = {"code": "car-wash", "name": "Car wash", "kind": "ENTITLEMENT"}
    Benefit.objects.create(
        **wash, tier=tier, quantity=2, period="MONTH", starts_at=LONG_AGO, version=1
    )
    return ann


@pytest.fixture
def logged_in(browser, live_server):
    def log_in(name):
        browser.get(f"{live_server.url}/admin/")
        browser.find_element(By.NAME, "username").send_keys(name)
        browser.find_element(By.NAME, "password").send_keys(PASSWORD, Keys.ENTER)
        wait(browser).until(until.url_to_be(f"{live_server.url}/admin/"))
        return browser

    return log_in


def test_a_clerk_uses_a_benefit_and_gives_it_back(logged_in, live_server, silver):
    clerk = logged_in("clerk")
    clerk.get(live_server.url + page_of(silver))
    assert "2 of 2 left until" in text_of(clerk, "#benefits")

    clerk.find_element(By.CSS_SELECTOR, '#benefits a[href*="/use/car-wash/"]').click()
    assert "2 of 2 left until" in text_of(clerk, ".panel-verb")
    clerk.find_element(By.CSS_SELECTOR, ".panel-verb .button-primary").click()
    wait(clerk).until(until.url_to_be(live_server.url + page_of(silver)))
    assert "1 of 2 left until" in text_of(clerk, "#benefits")

    clerk.find_element(By.CSS_SELECTOR, '#benefits a[href*="/give-back/"]').click()
    clerk.find_element(By.NAME, "reason").send_keys("Rain", Keys.ENTER)
    wait(clerk).until(until.url_to_be(live_server.url + page_of(silver)))
    assert "2 of 2 left until" in text_of(clerk, "#benefits")
    assert BenefitUse.objects.get().given_back_because == "Rain"


def test_a_marketer_sees_the_fields_of_the_kind(logged_in, live_server, silver):
    marketer = logged_in("marketer")
    marketer.get(f"{live_server.url}/admin/rewards/benefit/add/")

    for kind, fields in (
        ("WELCOME", {"points", "valid_days", "is_once"}),
        ("ENTITLEMENT", {"quantity", "period"}),
        ("EARLY_ACCESS", {"hours"}),
        ("SERVICE", set()),
    ):
        Select(marketer.find_element(By.NAME, "kind")).select_by_value(kind)
        wait(marketer).until(lambda _, shown=fields: visible(marketer) == shown)


def visible(browser):
    return {name for name in BY_KIND if browser.find_element(By.NAME, name).is_displayed()}


def wait(browser):
    return WebDriverWait(browser, PATIENCE)


def text_of(browser, selector):
    return browser.find_element(By.CSS_SELECTOR, selector).text
