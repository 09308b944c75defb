import json

from django.test import override_settings

from members import events


def test_subscribers_are_those_of_the_settings():
    with override_settings(EVENT_SUBSCRIBERS={"member.enrolled": ["a", "b"]}):
        assert json.loads(events.subscribers()) == {"member.enrolled": ["a", "b"]}
    with override_settings(EVENT_SUBSCRIBERS={}):
        assert json.loads(events.subscribers()) == {}
