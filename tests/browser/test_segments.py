"""A marketer puts a segment together, in a real browser."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as until
from selenium.webdriver.support.select import Select

from members.models import Segment, Tier
from tests.browser.test_staff import text_of, wait
from tests.factories import StoreFactory
from tests.staff import PASSWORD, log_in, page_of

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("ann")]


@pytest.fixture
def marketer(browser, live_server, ann):
    log_in("marketer")
    browser.get(f"{live_server.url}/admin/")
    browser.find_element(By.NAME, "username").send_keys("marketer")
    browser.find_element(By.NAME, "password").send_keys(PASSWORD, Keys.ENTER)
    wait(browser).until(until.url_to_be(f"{live_server.url}/admin/"))
    return browser


def test_a_marketer_builds_a_segment_and_reads_it_back(marketer, live_server):
    marketer.get(live_server.url + page_of(Segment, "add"))
    marketer.find_element(By.NAME, "name").send_keys("Newcomers")
    choose(marketer, "condition.0.0.field", "member.days_since_joining")
    choose(marketer, "condition.0.0.operator", "at_most")
    field(marketer, "condition.0.0.value").send_keys("30")
    reads(marketer, "Days since joining at most 30")

    add(marketer, "group")
    choose(marketer, "condition.0.1.kind", "none")
    choose(marketer, "condition.0.1.0.field", "member.tier")
    choose(marketer, "condition.0.1.0.operator", "one_of")
    pick(marketer, "Silver")
    reads(marketer, "Days since joining at most 30, and not Silver tier")
    marketer.find_element(By.NAME, "name").send_keys(Keys.ENTER)

    wait(marketer).until(lambda _: Segment.objects.exists())
    silver = Tier.objects.get(name="Silver").code
    assert Segment.objects.get().condition == {
        "all": [
            {"field": "member.days_since_joining", "operator": "at_most", "value": 30},
            {"not": {"any": [{"field": "member.tier", "operator": "one_of", "value": [silver]}]}},
        ]
    }


def test_what_is_wrong_is_shown_at_its_row_and_the_row_can_go(marketer, live_server):
    marketer.get(live_server.url + page_of(Segment, "add"))
    marketer.find_element(By.NAME, "name").send_keys("Nobody")
    for row, operator in enumerate(["at_most", "more_than"]):
        if row:
            add(marketer, "test")
        choose(marketer, f"condition.0.{row}.field", "member.days_since_joining")
        choose(marketer, f"condition.0.{row}.operator", operator)
        field(marketer, f"condition.0.{row}.value").send_keys("30")

    marketer.find_element(By.NAME, "name").send_keys(Keys.ENTER)
    wrong = until.presence_of_element_located((By.CSS_SELECTOR, ".conditions-row[data-wrong]"))
    row = wait(marketer).until(wrong)
    assert row.get_attribute("data-path") == "0.1"
    assert "Nothing ever meets this and the other test of the same field." in row.text
    assert not Segment.objects.exists()

    row.find_element(By.CSS_SELECTOR, "[data-remove]").click()
    reads(marketer, "Days since joining at most 30")
    marketer.find_element(By.NAME, "name").send_keys(Keys.ENTER)
    wait(marketer).until(lambda _: Segment.objects.exists())


def test_the_keyboard_is_enough(marketer, live_server):
    StoreFactory(code="S2", name="Market")
    marketer.get(live_server.url + page_of(Segment, "add"))
    marketer.find_element(By.CSS_SELECTOR, '[data-add="test"]').send_keys(Keys.ENTER)
    assert marketer.switch_to.active_element.get_attribute("name") == "condition.0.1.field"

    press(marketer, "Home store", Keys.TAB)
    press(marketer, "is not", Keys.TAB)
    press(marketer, Keys.ENTER, Keys.TAB)
    press(marketer, Keys.SPACE, Keys.TAB)
    press(marketer, Keys.SPACE, Keys.ESCAPE)
    assert marketer.switch_to.active_element.tag_name == "summary"
    marketer.find_element(By.CSS_SELECTOR, "[data-remove]").send_keys(Keys.ENTER)

    reads(marketer, "Home store not Harbour or Market")


def press(browser, *keys):
    for key in keys:
        ActionChains(browser).send_keys(key).perform()


def choose(browser, name, value):
    Select(field(browser, name)).select_by_value(value)


def field(browser, name):
    return wait(browser).until(until.element_to_be_clickable((By.NAME, name)))


def add(browser, what):
    browser.find_element(By.CSS_SELECTOR, f'[data-add="{what}"]').click()


def pick(browser, label):
    browser.find_element(By.CSS_SELECTOR, ".conditions-value:not([hidden]) summary").click()
    option = f"//label[span[text()='{label}']]"
    wait(browser).until(until.element_to_be_clickable((By.XPATH, option))).click()


def reads(browser, sentence):
    wait(browser).until(lambda _: text_of(browser, "[data-sentence]") == sentence)
