"""A check-in at the counter, in a real browser."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as until
from selenium.webdriver.support.ui import Select
from selenium.webdriver.support.wait import WebDriverWait

from members.models import Store
from rewards.models import Activity, ActivityType
from tests.factories import EarningRuleFactory
from tests.staff import PASSWORD, page_of

pytestmark = pytest.mark.browser
PATIENCE = 20


@pytest.fixture
def clerk(browser, live_server, ann):
    """
    The browser of a clerk who has logged in.
    """
    browser.get(f"{live_server.url}/admin/")
    browser.find_element(By.NAME, "username").send_keys("clerk")
    browser.find_element(By.NAME, "password").send_keys(PASSWORD, Keys.ENTER)
    wait(browser).until(until.url_to_be(f"{live_server.url}/admin/"))
    return browser


@pytest.fixture
def check_in(ann):
    """
    Five points for each check-in, and at most eight a day.
    """
    kind = ActivityType.objects.create(code="check_in", name="Check-in")
    EarningRuleFactory(
        code="check-in",
        name="Five for a visit",
        activity_type=kind,
        measure="FIXED",
        points_per_unit=5,
        cap_per_member=8,
        cap_period="DAY",
    )
    return kind


def wait(browser):
    return WebDriverWait(browser, PATIENCE)


def record_one(browser, member_page):
    browser.get(member_page)
    link = browser.find_element(By.CSS_SELECTOR, 'a[href*="/rewards/activity/"][href$="/record/"]')
    browser.get(link.get_attribute("href"))
    Select(browser.find_element(By.NAME, "store")).select_by_value("S1")
    browser.find_element(By.CSS_SELECTOR, ".verb-buttons .button-primary").click()
    wait(browser).until(until.url_to_be(member_page))


def test_check_ins_earn_points_and_show_on_the_member_s_page(clerk, live_server, ann, check_in):
    member_page = live_server.url + page_of(ann)

    record_one(clerk, member_page)
    record_one(clerk, member_page)

    assert "Recorded: Check-in. It earned 3 points." in clerk.page_source
    panel = clerk.find_element(By.ID, "activities").text
    assert panel.count("Five for a visit") == panel.count("Harbour") == 2
    assert panel.count("of 5, trimmed by a cap") == 1
    assert Activity.objects.filter(store=Store.objects.get(), member=ann).count() == 2
