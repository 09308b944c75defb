"""A clerk at work, in a real browser."""

import pytest
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as until
from selenium.webdriver.support.wait import WebDriverWait

from tests.staff import PASSWORD, page_of

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("ann")]
PATIENCE = 20


@pytest.fixture
def clerk(browser, live_server):
    """
    The browser of a clerk who has logged in.
    """
    browser.get(f"{live_server.url}/admin/")
    browser.find_element(By.NAME, "username").send_keys("clerk")
    browser.find_element(By.NAME, "password").send_keys(PASSWORD, Keys.ENTER)
    wait(browser).until(until.url_to_be(f"{live_server.url}/admin/"))
    return browser


def test_a_clerk_finds_a_member_by_phone_and_reads_the_balance(clerk, live_server, ann):
    clerk.find_element(By.CSS_SELECTOR, 'a[href="/admin/members/member/"]').click()
    search(clerk, "0013 8000")

    wait(clerk).until(until.url_to_be(live_server.url + page_of(ann)))
    assert text_of(clerk, '[data-name="available"]') == "240 available"
    assert "240 points can be spent now." in text_of(clerk, "#balances")
    assert "760 qualifying points more to reach Silver." in text_of(clerk, "#standing")


def test_a_receipt_unfolds_and_folds(clerk, live_server, ann):
    clerk.get(live_server.url + page_of(ann))
    link = clerk.find_element(By.CSS_SELECTOR, "[data-expands]")
    receipt = clerk.find_element(By.ID, link.get_attribute("data-expands"))

    link.click()
    wait(clerk).until(lambda _: "12.34 × 1 = 12.34, rounded down: 12" in receipt.text)
    link.click()

    wait(clerk).until(lambda _: not receipt.is_displayed())
    assert clerk.current_url == live_server.url + page_of(ann)


def test_older_entries_are_added_below(clerk, live_server, ann):
    clerk.get(live_server.url + page_of(ann))
    rows = "#statement tbody tr:not(.older tr)"
    assert len(clerk.find_elements(By.CSS_SELECTOR, rows)) == 15

    clerk.find_element(By.CSS_SELECTOR, "#statement .older a").click()

    wait(clerk).until(lambda _: len(clerk.find_elements(By.CSS_SELECTOR, rows)) == 20)
    assert not clerk.find_elements(By.CSS_SELECTOR, "#statement .older")


def test_the_statement_shows_the_other_currency(clerk, live_server, ann):
    clerk.get(live_server.url + page_of(ann))
    choice = '#statement a[href="?currency=QUALIFYING#statement"]'

    clerk.find_element(By.CSS_SELECTOR, choice).click()

    chosen = f'{choice}[aria-current="true"]'
    wait(clerk).until(until.presence_of_element_located((By.CSS_SELECTOR, chosen)))


def test_a_clerk_corrects_a_name(clerk, live_server, ann):
    clerk.get(live_server.url + page_of(ann))
    clerk.find_element(By.PARTIAL_LINK_TEXT, "Correct details").click()
    name = wait(clerk).until(until.element_to_be_clickable((By.NAME, "name")))
    name.clear()
    name.send_keys("Ann Lee")

    clerk.find_element(By.CSS_SELECTOR, ".verb-buttons button").click()

    wait(clerk).until(until.url_to_be(live_server.url + page_of(ann)))
    assert "Ann Lee" in text_of(clerk, "#header")
    assert "Name: Ann → Ann Lee" in text_of(clerk, "#history")


def test_the_language_is_switched_and_stays(clerk, live_server):
    menu = clerk.find_element(By.CSS_SELECTOR, '[x-on\\:click="openUserLinks = !openUserLinks"]')
    menu.click()
    chinese = clerk.find_element(By.XPATH, "//button[contains(., '简体中文')]")
    wait(clerk).until(until.element_to_be_clickable(chinese)).click()

    wait(clerk).until(lambda _: language(clerk) == "zh-hans")
    clerk.get(f"{live_server.url}/admin/members/member/")
    assert language(clerk) == "zh-hans"


@pytest.mark.parametrize("width", [1400, 400])
def test_the_members_page_fits_the_screen(clerk, live_server, ann, width):
    screen = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": width < 1000}
    clerk.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    try:
        clerk.get(live_server.url + page_of(ann))
        widths = "return [window.innerWidth, document.documentElement.scrollWidth]"
        screen_width, page_width = clerk.execute_script(widths)
        assert screen_width == width
        assert page_width <= width
    finally:
        clerk.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def search(browser, text):
    field = wait(browser).until(until.element_to_be_clickable((By.ID, "searchbar")))
    field.send_keys(text, Keys.ENTER)


def text_of(browser, selector):
    return browser.find_element(By.CSS_SELECTOR, selector).text


def language(browser):
    return browser.find_element(By.TAG_NAME, "html").get_attribute("lang")


def wait(browser):
    # A page that is left takes its elements along while they are being read: look again.
    return WebDriverWait(
        browser,
        PATIENCE,
        ignored_exceptions=[NoSuchElementException, StaleElementReferenceException],
    )
