import pytest
from rest_framework.test import APIClient


@pytest.fixture
def api() -> APIClient:
    """
    A caller that gets what a caller gets, bugs included.
    """
    return APIClient(raise_request_exception=False)
