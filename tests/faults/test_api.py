"""Nothing that answers a request needs Redis."""

import itertools

import pytest
from django.utils import timezone

from members import access
from members.models import Ladder, Member
from tests.factories import ChannelFactory, PolicyFactory, ProgrammeFactory
from tests.faults.conftest import all_done
from tests.members.tiers.conftest import build_ladder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def web(engine):
    web = engine.make_web()
    web.start()
    yield web
    web.kill9()


@pytest.fixture
def enrol(web):
    """
    Enrol somebody through the API, and return the status of the answer.
    """
    ProgrammeFactory()
    PolicyFactory()
    ChannelFactory(code="till")
    build_ladder(upgrade=Ladder.Upgrade.AT_ONCE)
    _key, secret = access.create_key(
        name="Till", scopes=[access.Scope.MEMBERS_WRITE], at=timezone.now()
    )
    phones = (f"+861380013{n:04}" for n in itertools.count())

    def enrol_somebody() -> int:
        body = {"phone": next(phones), "channel": "till"}
        return web.post("/v1/members", body, secret=secret)

    return enrol_somebody


def test_the_api_answers_whatever_becomes_of_redis(engine, enrol):
    engine.redis.flush()
    assert enrol() == 201

    engine.redis.freeze()
    assert enrol() == 201

    engine.redis.kill9()
    assert enrol() == 201

    engine.redis.start()
    engine.wait_until(all_done)
    assert Member.objects.count() == 3
