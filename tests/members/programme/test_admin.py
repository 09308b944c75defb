"""Staff set the programme up, and what is in force stays as it is."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from members.models import Policy, Programme, Store
from tests.factories import PolicyFactory, ProgrammeFactory, StoreFactory
from tests.staff import log_in, page_of

POLICIES = "/admin/members/policy/"
POLICY = {
    "expiry": "END_OF_MONTH",
    "expiry_months": "6",
    "expiry_month": "12",
    "expiry_day": "31",
    "pending_days": "0",
    "shortfall": "DEBT",
    "courtesy_days": "30",
    "transfer_daily_limit": "0",
    "point_value": "0.01",
    "oldest_purchase_days": "30",
    "clock_tolerance_minutes": "5",
    "note": "Shorter",
}


@pytest.fixture
def owner(db):
    return log_in("owner")


def test_the_programme_is_set_up_once(owner):
    told = {"name": "Corner", "currency": "EUR", "currency_digits": "2", "time_zone": "Asia/Tokyo"}
    owner.post("/admin/members/programme/add/", told)

    assert Programme.objects.get().time_zone == "Asia/Tokyo"
    assert owner.get("/admin/members/programme/add/").status_code == 403
    assert owner.get("/admin/members/programme/").url == page_of(Programme.objects.get())


def test_a_running_programme_changes_its_name_alone(owner):
    programme = ProgrammeFactory()
    PolicyFactory()

    owner.post(page_of(programme), {"name": "New", "currency": "USD", "time_zone": "UTC"})

    programme.refresh_from_db()
    assert (programme.name, programme.currency) == ("New", "EUR")
    assert programme.time_zone == "Europe/Paris"


def test_pages_bear_the_programmes_name(owner):
    ProgrammeFactory(name="Corner Shop")

    assert "Corner Shop" in owner.get("/admin/").content.decode()


def test_times_are_those_of_the_programme(owner):
    ProgrammeFactory(time_zone="Asia/Shanghai")
    tomorrow = timezone.now().date() + timedelta(days=2)

    owner.post(f"{POLICIES}add/", POLICY | _starts(tomorrow))

    starts_at = Policy.objects.get().starts_at
    assert starts_at == datetime.combine(
        tomorrow - timedelta(days=1), datetime.min.time(), UTC
    ) + timedelta(hours=16)


def test_a_policy_in_force_is_only_looked_at(owner):
    policy = PolicyFactory()

    owner.post(page_of(policy), POLICY | _starts(timezone.now().date()))
    deletion = owner.post(page_of(policy, "delete"), {"post": "yes"})

    policy.refresh_from_db()
    assert policy.note == ""
    assert deletion.status_code == 403


def test_a_new_version_is_filled_in_as_the_old_one(owner):
    ProgrammeFactory()
    policy = PolicyFactory(expiry_months=7)

    copy = owner.get(owner.get(page_of(policy, "new_version")).url)

    form = copy.context["adminform"].form
    assert form.get_initial_for_field(form.fields["expiry_months"], "expiry_months") == 7
    starts_at = form.get_initial_for_field(form.fields["starts_at"], "starts_at")
    assert starts_at > timezone.now()
    assert Policy.objects.count() == 1


def test_a_new_version_begins_in_the_future(owner):
    PolicyFactory()

    page = owner.post(f"{POLICIES}add/", POLICY | _starts(timezone.now().date()))

    assert "starts_at" in page.context["adminform"].form.errors
    assert Policy.objects.count() == 1


def test_what_is_to_come_can_be_changed_and_taken_back(owner):
    tomorrow = timezone.now() + timedelta(days=1)
    policy = PolicyFactory(starts_at=tomorrow)

    owner.post(page_of(policy), POLICY | _starts(tomorrow.date() + timedelta(days=1)))
    policy.refresh_from_db()
    assert policy.note == "Shorter"

    owner.post(page_of(policy, "delete"), {"post": "yes"})
    assert not Policy.objects.exists()


def test_a_row_that_took_effect_meanwhile_is_explained(owner):
    # For this process it is still to come; for the database it is in force.
    policy = PolicyFactory(starts_at=datetime(2021, 1, 1, tzinfo=UTC))
    with time_machine.travel(datetime(2020, 12, 1, tzinfo=UTC)):
        person = log_in("owner")

        answer = person.post(
            page_of(policy), POLICY | _starts(datetime(2020, 12, 24, tzinfo=UTC)), follow=True
        )

    assert "Nothing was saved" in answer.content.decode()
    assert Policy.objects.get().note == ""


def test_a_second_row_for_the_same_moment_is_refused_in_words(owner):
    tomorrow = timezone.now().date() + timedelta(days=1)
    owner.post(f"{POLICIES}add/", POLICY | _starts(tomorrow))

    page = owner.post(f"{POLICIES}add/", POLICY | _starts(tomorrow))

    assert "starts_at" in page.context["adminform"].form.errors
    assert Policy.objects.count() == 1


def test_stages_are_told(owner):
    PolicyFactory(starts_at=datetime(2020, 1, 1, tzinfo=UTC), note="first")
    PolicyFactory(starts_at=datetime(2021, 1, 1, tzinfo=UTC), note="second")
    PolicyFactory(starts_at=timezone.now() + timedelta(days=1), note="third")

    page = owner.get(POLICIES)

    cl = page.context["cl"]
    stages = [cl.model_admin.stage(row)[0] for row in cl.result_list]
    assert stages == ["to come", "in force", "over"]


def test_stores_are_found_and_never_deleted(owner):
    store = StoreFactory(code="S-7", name="Harbour")
    StoreFactory(code="T-1", name="Hill")

    assert list(owner.get("/admin/members/store/?q=harb").context["cl"].result_list) == [store]
    assert owner.post(page_of(store, "delete"), {"post": "yes"}).status_code == 403
    assert Store.objects.count() == 2


def test_a_clerk_changes_no_rules(db):
    clerk = log_in("clerk")
    policy = PolicyFactory(starts_at=timezone.now() + timedelta(days=1))

    assert clerk.get(page_of(policy)).status_code == 200
    assert clerk.post(page_of(policy), POLICY).status_code == 403
    assert clerk.get(f"{POLICIES}add/").status_code == 403
    assert clerk.get(page_of(policy, "new_version")).status_code == 403


def _starts(day):
    return {"starts_at_0": f"{day:%Y-%m-%d}", "starts_at_1": "00:00:00"}


def test_a_policy_goes_by_the_day_on_which_it_begins_where_the_programme_runs(owner):
    ProgrammeFactory(time_zone="Asia/Tokyo")
    # Midnight in Tokyo.
    policy = PolicyFactory(starts_at=datetime(2026, 4, 30, 15, tzinfo=UTC))

    page = owner.get(page_of(policy)).content.decode()

    assert "2026-05-01" in page
    assert "2026-04-30" not in page
