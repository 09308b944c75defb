import re
from pathlib import Path

from django.conf import settings

from members import events

PAGE = Path(__file__).parents[3] / "docs" / "events.md"
ROW = re.compile(r"^\| `(?P<type>[\w.]+)` \|.*\| (?P<subscribers>[^|]*)\|$", re.MULTILINE)


def test_the_page_lists_each_event_and_who_subscribes():
    listed = {
        row["type"]: re.findall(r"`([\w.]+)`", row["subscribers"])
        for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))
    }

    assert listed == {
        event: list(settings.EVENT_SUBSCRIBERS.get(event, [])) for event in events.EventType.values
    }
