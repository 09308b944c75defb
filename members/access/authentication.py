"""How REST framework learns which shop is calling, and what its key allows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from loyalty_program.http.errors import HttpProblem
from members.access.models import ApiKey, Scope
from members.access.queries import find_key

if TYPE_CHECKING:
    # REST framework imports this module while it defines its views.
    from drf_spectacular.openapi import AutoSchema
    from rest_framework.views import APIView

BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
MOST_LIKE = {"HEAD": "GET"}


class MissingScope(HttpProblem):
    """The key is good, but not for this. Carries the scope that is `required`."""

    status_code = 403
    code = "missing-scope"
    title = _("This API key does not allow this operation.")


@dataclass(frozen=True, slots=True)
class Shop:
    """Who `request.user` is: whoever holds the key. It is not a person who can log in."""

    pk: str
    is_authenticated: ClassVar[bool] = True
    is_active: ClassVar[bool] = True
    is_staff: ClassVar[bool] = False

    def __str__(self) -> str:
        return self.pk


class ApiKeyAuthentication(BaseAuthentication):
    """
    Takes `Authorization: Bearer <key>`; the key becomes `request.auth`.

    Unknown, expired and revoked keys get one and the same answer.
    """

    def authenticate(self, request: Request) -> tuple[Shop, ApiKey] | None:
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        written = BEARER.fullmatch(header)
        key = find_key(secret=written[1], at=timezone.now()) if written else None
        if key is None:
            raise AuthenticationFailed(_("The API key is unknown, expired or revoked."))
        return Shop(pk=key.prefix), key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HasScope(BasePermission):
    """
    Lets a key do what its scopes name.

    A view says what it takes: `required_scopes = {"GET": Scope.MEMBERS_READ}`.
    A method it does not name is refused to everybody.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not isinstance(request.auth, ApiKey):
            return False
        method = MOST_LIKE.get(str(request.method), str(request.method))
        required = _required_scopes(view).get(method)
        if required is None:
            # Methods that the view does not have are answered with 405 a step later.
            return method == "OPTIONS" or not hasattr(view, method.lower())
        if required not in request.auth.scopes:
            raise MissingScope(required=str(required))
        return True


class BearerKey(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the keys in the schema, and names the scope that each operation takes."""

    target_class = "members.access.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: "AutoSchema") -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": (
                "A shop's key, such as `loy_k3Y9bQ2x_…`. Each operation names the scope "
                "that the key needs."
            ),
        }

    def get_security_requirement(self, auto_schema: "AutoSchema") -> dict[str, list[str]]:
        required = _required_scopes(auto_schema.view).get(auto_schema.method)
        return {self.name: [str(required)] if required else []}


def _required_scopes(view: Any) -> Mapping[str, Scope]:
    return getattr(view, "required_scopes", {})
