import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
from rest_framework.test import APIClient

from loyalty_program.http.logs import logging_config


@pytest.fixture
def api() -> APIClient:
    """
    A caller that gets what a caller gets, bugs included.
    """
    return APIClient(raise_request_exception=False)


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, object]]]]:
    """
    What the logs say from here on, read as they were written.
    """
    written = io.StringIO()
    formatter = dict(logging_config()["formatters"]["json"])
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter.pop("()")(**formatter))
    root = logging.getLogger()
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.removeHandler(handler)
