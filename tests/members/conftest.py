from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from members import access
from members.access import Scope


@pytest.fixture
def shop_with(db: None):
    """
    Return the API client of a shop whose key has these scopes.
    """

    def client_with(*scopes: Scope) -> APIClient:
        _key, secret = access.create_key(
            name="till", scopes=scopes, at=timezone.now() - timedelta(days=1)
        )
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return client

    return client_with


@pytest.fixture
def reader(shop_with) -> APIClient:
    """
    The API client of a shop that may read members.
    """
    return shop_with(Scope.MEMBERS_READ)
