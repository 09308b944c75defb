"""A clerk takes something back, in a real browser."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as until
from selenium.webdriver.support.wait import WebDriverWait

from members.models import Purchase, Return
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


def test_a_clerk_is_told_what_a_return_takes_and_takes_it(clerk, live_server):
    purchase = Purchase.objects.get(reference="R-3")
    clerk.get(live_server.url + page_of(purchase))
    clerk.find_element(By.CSS_SELECTOR, f'a[href$="/return/of/{purchase.pk}/"]').click()

    amount = wait(clerk).until(until.presence_of_element_located((By.NAME, "amount_1")))
    amount.send_keys("10.00", Keys.ENTER)
    told = (By.CSS_SELECTOR, ".verb-hint")
    wait(clerk).until(
        until.text_to_be_present_in_element(told, "10.00 come back; 10 points are taken back.")
    )
    assert not Return.objects.exists()
    clerk.find_element(By.CSS_SELECTOR, ".verb-buttons button").click()

    wait(clerk).until(until.url_to_be(live_server.url + page_of(purchase)))
    assert "10.00 of line 1" in clerk.find_element(By.ID, "returns").text
    assert "2.34" in clerk.find_element(By.ID, "receipt").text
    assert Return.objects.get().purchase == purchase


def wait(browser):
    return WebDriverWait(browser, PATIENCE)
