"""A marketer who reads Chinese writes a rule, reads it back, tries it and publishes it."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as until

from members.models import Category, Ladder, Tier
from rewards.earning.wording import say_rule
from rewards.models import EarningRule
from tests.browser.test_segments import choose, field
from tests.browser.test_staff import text_of, wait
from tests.factories import RungFactory
from tests.staff import PASSWORD, log_in, page_of

PARIS = ZoneInfo("Europe/Paris")
pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("ann")]


@pytest.fixture
def marketer(browser, live_server, ann):
    log_in("marketer")
    RungFactory(
        ladder=Ladder.objects.get(),
        tier__code="GOLD",
        tier__name="金卡",
        tier__rank=2,
        points_required=5000,
    )
    Category.objects.create(code="fresh", name="生鲜")
    browser.get(f"{live_server.url}/admin/")
    browser.add_cookie({"name": "django_language", "value": "zh-hans"})
    browser.get(f"{live_server.url}/admin/")
    browser.find_element(By.NAME, "username").send_keys("marketer")
    browser.find_element(By.NAME, "password").send_keys(PASSWORD, Keys.ENTER)
    wait(browser).until(until.url_to_be(f"{live_server.url}/admin/"))
    return browser


def test_double_points_on_wednesdays_from_the_first_word_to_publishing(marketer, live_server):
    next_week = timezone.localtime(timezone=PARIS).date() + timedelta(days=7)
    write(marketer, live_server, starts_on=next_week)
    rule = EarningRule.objects.get(name="周三生鲜双倍积分")
    read_back(marketer, rule)

    follow(marketer, "try-it")
    buy(marketer, category="fresh", amount="60")
    total = marketer.find_element(By.CSS_SELECTOR, "[data-live]")
    assert (total.get_attribute("data-live"), total.get_attribute("data-tried")) == ("60", "120")
    verdict = marketer.find_element(By.CSS_SELECTOR, f'[data-rule="{rule.code}"]')
    assert "生鲜" in verdict.text

    marketer.get(live_server.url + page_of(rule))
    follow(marketer, "publish")
    assert EarningRule.objects.get(pk=rule.pk).is_draft
    marketer.find_element(By.CSS_SELECTOR, ".verb-buttons button").click()
    wait(marketer).until(until.presence_of_element_located((By.CSS_SELECTOR, ".rule-to-come")))
    rule.refresh_from_db()
    assert not rule.is_draft
    assert timezone.localtime(rule.starts_at, PARIS).date() == next_week


def test_the_form_shows_what_applies(marketer, live_server):
    marketer.get(live_server.url + page_of(EarningRule, "add"))
    assert shown(marketer) == {"points_per_unit", "measure", "is_multiplied_by_tier", "priority"}

    choose(marketer, "kind", "MULTIPLIER")
    assert shown(marketer) == {"factor", "is_stackable"}

    choose(marketer, "kind", "BONUS")
    assert shown(marketer) == {"points_per_unit", "measure", "is_stackable"}


def write(browser, live_server, *, starts_on):
    """
    Fill the form in: twice the points, for gold and above, on fresh food, over 50, at most 500.
    """
    browser.get(live_server.url + page_of(EarningRule, "add"))
    field(browser, "name").send_keys("周三生鲜双倍积分")
    choose(browser, "kind", "MULTIPLIER")
    field(browser, "factor").send_keys("2")
    choose(browser, "condition.0.0.field", "member.tier")
    choose(browser, "condition.0.0.operator", "at_least")
    choose(browser, "condition.0.0.value", "GOLD")
    press(browser, '[data-add="test"]')
    choose(browser, "condition.0.1.field", "line.category")
    press(browser, ".conditions-value:not([hidden]) summary")
    press(browser, '.conditions-options input[value="fresh"]')
    press(browser, '[data-add="test"]')
    choose(browser, "condition.0.2.field", "purchase.amount")
    choose(browser, "condition.0.2.operator", "more_than")
    field(browser, "condition.0.2.value").send_keys("50")
    press(browser, 'input[name="weekdays"][value="3"]')
    field(browser, "cap_per_member").send_keys("500")
    for name, text in (("starts_at_0", f"{starts_on:%Y-%m-%d}"), ("starts_at_1", "00:00:00")):
        field(browser, name).clear()
        field(browser, name).send_keys(text)
    sentence = (By.CSS_SELECTOR, "[data-rule-sentence]")
    wait(browser).until(until.text_to_be_present_in_element(sentence, "500"))
    field(browser, "name").send_keys(Keys.ENTER)
    wait(browser).until(until.presence_of_element_located((By.ID, "timeline")))


def read_back(browser, rule):
    """
    See that the rule is the one that was meant, in the words of its author's language.
    """
    assert (rule.kind, rule.factor, rule.weekdays) == ("MULTIPLIER", 2, [3])
    assert (rule.cap_per_member, rule.cap_period) == (500, "MONTH")
    with translation.override("zh-hans"):
        sentence = say_rule(rule)
    assert text_of(browser, "[data-rule-sentence]") == sentence
    assert "金卡及以上等级，且品类为生鲜，且购买金额高于 50.00" in sentence


def buy(browser, *, category, amount):
    wait(browser).until(until.presence_of_element_located((By.NAME, "lines-0-amount")))
    choose(browser, "tier", Tier.objects.get(name="金卡").code)
    field(browser, "lines-0-category").send_keys(category)
    field(browser, "lines-0-amount").send_keys(amount, Keys.ENTER)
    wait(browser).until(until.presence_of_element_located((By.ID, "result")))


def press(browser, selector):
    """
    Click what may be below the bar at the end of the page, once it is in sight.
    """
    element = browser.find_element(By.CSS_SELECTOR, selector)
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    element.click()


def follow(browser, action):
    browser.find_element(By.CSS_SELECTOR, f'a[href*="/{action}"]').click()
    wait(browser).until(until.url_contains("/simulator/" if action == "try-it" else action))


def shown(browser):
    """
    Return which of the fields that depend on the kind are in sight.
    """
    depend = ["points_per_unit", "factor", "measure", "is_multiplied_by_tier"]
    return {
        name
        for name in [*depend, "is_stackable", "priority"]
        if browser.find_element(By.CSS_SELECTOR, f".field-line.field-{name}").is_displayed()
    }
