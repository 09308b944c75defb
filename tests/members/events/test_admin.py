"""Work that was given up is looked at, tried again or let go."""

import pytest
from django.urls import reverse
from django.utils import timezone

from members.models import Event, Work
from tests.factories import MemberFactory
from tests.staff import log_in, page_of

LIST = reverse("admin:members_work_changelist")


@pytest.fixture
def owner(db):
    return log_in("owner")


@pytest.fixture
def parked(db) -> Work:
    return _work(parked_at=timezone.now(), problem="OperationalError 57014", attempts=5)


def _work(**columns) -> Work:
    member = MemberFactory()
    event = Event.objects.create(member=member, type="member.enrolled", occurred_at=timezone.now())
    return Work.objects.create(
        task="members.tiers.evaluate",
        member_id=member.pk,
        event_id=event.pk,
        due_at=timezone.now(),
        **columns,
    )


def test_only_what_is_parked_is_listed_with_its_event(owner, parked):
    _work()

    page = owner.get(LIST)

    assert list(page.context["cl"].result_list) == [parked]
    text = page.content.decode()
    assert "OperationalError 57014" in text
    assert "enrolled" in text
    assert page_of(MemberFactory._meta.model(pk=parked.member_id)) in text


def test_parked_work_is_tried_again(owner, parked):
    owner.post(LIST, {"action": "try_again", "_selected_action": [parked.pk]})

    parked.refresh_from_db()
    assert (parked.parked_at, parked.attempts) == (None, 0)


def test_parked_work_is_let_go(owner, parked):
    owner.post(LIST, {"action": "let_go", "_selected_action": [parked.pk]})

    assert not Work.objects.exists()
    assert Event.objects.count() == 1


def test_work_is_neither_added_nor_edited(owner, parked):
    assert owner.get(f"{LIST}add/").status_code == 403
    owner.post(page_of(parked), {"task": "other"})
    assert owner.post(page_of(parked, "delete"), {"post": "yes"}).status_code == 403

    assert Work.objects.get().task == "members.tiers.evaluate"


@pytest.mark.parametrize("role", ["clerk", "marketer"])
def test_only_the_owner_sees_work(parked, role):
    person = log_in(role)

    answer = person.post(LIST, {"action": "let_go", "_selected_action": [parked.pk]})

    assert answer.status_code == 403
    assert Work.objects.exists()
