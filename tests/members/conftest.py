import pytest
from rest_framework.test import APIClient

from members.access import Scope


@pytest.fixture
def reader(shop_with) -> APIClient:
    """
    The API client of a shop that may read members.
    """
    return shop_with(Scope.MEMBERS_READ)
