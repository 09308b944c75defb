"""A clerk asks for points and a colleague approves, in a real browser."""

import pytest
from django.contrib.auth.models import Group
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as until
from selenium.webdriver.support.wait import WebDriverWait

from members.models import AdjustmentLimit, Approval
from tests.staff import PASSWORD, page_of

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("ann")]
PATIENCE = 20


@pytest.fixture
def log_in(browser, live_server):
    """
    Let somebody log in, after whoever was there before.
    """

    def enter(username):
        browser.delete_all_cookies()
        browser.get(f"{live_server.url}/admin/")
        browser.find_element(By.NAME, "username").send_keys(username)
        browser.find_element(By.NAME, "password").send_keys(PASSWORD, Keys.ENTER)
        wait(browser).until(until.url_to_be(f"{live_server.url}/admin/"))
        return browser

    return enter


@pytest.fixture(autouse=True)
def limits(ann):
    for group, once in (("clerk", 500), ("marketer", 5_000)):
        AdjustmentLimit.objects.update_or_create(
            group=Group.objects.get(name=group),
            defaults={"per_adjustment": once, "per_day": 4 * once},
        )


def test_the_form_says_at_once_what_needs_a_colleague(log_in, live_server, ann):
    clerk = log_in("clerk")
    points = open_form(clerk, live_server.url + page_of(ann))
    hint = clerk.find_element(By.CSS_SELECTOR, "[data-hint-for]")

    shown = []
    for key in ("5", "0", "0", "0", Keys.BACKSPACE):
        points.send_keys(key)
        shown.append(hint.is_displayed())

    assert shown == [False, False, False, True, False]


def test_a_colleague_approves_what_a_clerk_may_not_alone(log_in, live_server, ann):
    clerk = log_in("clerk")
    open_form(clerk, live_server.url + page_of(ann)).send_keys("5000")
    clerk.find_element(By.NAME, "reason").send_keys("Lost receipts")
    clerk.find_element(By.CSS_SELECTOR, ".verb-buttons button").click()
    wait(clerk).until(until.url_to_be(live_server.url + page_of(ann)))
    assert "+5,000 points wait for an approval." in text_of(clerk, "#adjustments")

    marketer = log_in("marketer")
    marketer.find_element(By.CSS_SELECTOR, 'a[href="/admin/members/approval/"]').click()
    link = f'a.decide[href="{page_of(Approval.objects.get(), "approve")}"]'
    wait(marketer).until(until.element_to_be_clickable((By.CSS_SELECTOR, link))).click()
    wait(marketer).until(until.presence_of_element_located((By.ID, "effect")))
    assert text_of(marketer, '[data-name="before"]') == "240"
    assert text_of(marketer, '[data-name="after"]') == "5,240"
    marketer.find_element(By.CSS_SELECTOR, ".verb-buttons button").click()
    wait(marketer).until(until.url_to_be(f"{live_server.url}/admin/members/approval/"))

    marketer.get(live_server.url + page_of(ann))
    assert text_of(marketer, '[data-name="available"]') == "5,240 available"
    assert "clerk, approved by marketer" in text_of(marketer, "#adjustments")


def open_form(browser, page):
    """
    Go from the member's page to the form that adjusts points, and return its first field.
    """
    browser.get(page)
    browser.find_element(By.PARTIAL_LINK_TEXT, "Adjust points").click()
    return wait(browser).until(until.element_to_be_clickable((By.NAME, "points")))


def text_of(browser, selector):
    return browser.find_element(By.CSS_SELECTOR, selector).text


def wait(browser):
    return WebDriverWait(browser, PATIENCE)
