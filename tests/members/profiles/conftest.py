import pytest

from members import profiles
from members.models import Event
from tests.factories import TODAY


@pytest.fixture
def enrol(db):
    """
    Enrol a person, under a key of their own unless one is given.
    """
    keys = (f"till-1:{n}" for n in range(1000))

    def enrol_person(*, key=None, scope="shop", at=TODAY, **person):
        return profiles.enrol(key=key or next(keys), scope=scope, at=at, **person)

    return enrol_person


@pytest.fixture
def ann(enrol):
    member, _repeat = enrol(phone="+8613800138000", email="ann@example.com", name="Ann")
    return member


def events_of(member):
    """
    Return what happened to a member: (type, payload, when), the oldest first.
    """
    rows = Event.objects.filter(member=member).order_by("id")
    return list(rows.values_list("type", "payload", "occurred_at"))
