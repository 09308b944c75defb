"""What was found is on the dashboard and in a list, and a person resolves it."""

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache

from members import verification
from members.models import Finding
from tests.database import acting_as
from tests.factories import TODAY
from tests.staff import log_in, page_of

pytestmark = pytest.mark.breaks_the_ledger
LIST = "/admin/members/finding/"


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def found(lived, tamper):
    """
    A finding about a member's second entry.
    """
    member = lived()
    tamper(f"UPDATE members_entry SET reference = 'x' WHERE member_id = {member.id} AND seq = 2")
    with acting_as("worker"):
        verification.verify_next(at=TODAY)
    return Finding.objects.get()


def test_the_list_leads_to_the_member(found):
    text = log_in("owner").get(LIST).content.decode()

    assert "entry 2 is as it was booked" in text
    assert page_of(found.member) in text


def test_a_person_says_what_was_done(found):
    client = log_in("owner")
    page = f"{LIST}{found.pk}/resolve/"
    asked = client.get(page)
    assert "stays frozen" in asked.content.decode()
    client.post(page, {"reason": ""})
    found.refresh_from_db()
    assert found.resolved_at is None

    client.post(page, {"reason": "Put back from the backup."})

    found.refresh_from_db()
    staff = User.objects.get(groups__name="owner")
    assert (found.resolved_by, found.resolution) == (staff, "Put back from the backup.")
    assert "entry 2" not in client.get(LIST).content.decode()
    assert "entry 2" in client.get(LIST, {"state": "resolved"}).content.decode()
    assert client.get(page).status_code == 404


@pytest.mark.parametrize("role", ["clerk", "marketer"])
def test_others_do_not_see_it(found, role):
    client = log_in(role)

    assert client.get(LIST).status_code == 403
    assert client.post(f"{LIST}{found.pk}/resolve/", {"reason": "Hm"}).status_code == 403
    found.refresh_from_db()
    assert found.resolved_at is None


def test_the_dashboard_is_alarmed(found):
    text = log_in("owner").get("/admin/").content.decode()

    assert "Findings in the ledger" in text
    assert "entry 2 is as it was booked" in text
    assert page_of(found.member) in text


def test_the_dashboard_says_that_nobody_looks(lived):
    lived()

    text = log_in("owner").get("/admin/").content.decode()

    assert "nobody has looked lately" in text
