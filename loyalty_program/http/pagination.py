"""
Lists, a page at a time, by the position of the last row seen.

A page begins after a position, never at a count, so rows that arrive meanwhile
neither repeat nor hide others.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.core.signing import BadSignature, Signer
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty_program.http.errors import InvalidCursor, InvalidParameter

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
MAX_CURSOR_LENGTH = 500

# What a view that answers in pages adds to its description.
PAGE_PARAMETERS = [
    OpenApiParameter("limit", int, description="How many at most, 1 to 200; 50 unless told."),
    OpenApiParameter("cursor", str, description="Where to go on; taken from `next`."),
]

Row = TypeVar("Row")
AnyModel = TypeVar("AnyModel", bound=Model)
# Whatever JSON can carry: a number, a text, or a list of them.
Position = Any


def paginated(
    request: Request,
    *,
    page: Callable[[Position | None, int], Sequence[Row]],
    position: Callable[[Row], Position],
    present: Callable[[Row], Any],
) -> Response:
    """
    Answer with one page and the address of the next, or null after the last.

    `page` returns up to so many rows after a position, `position` says where a row
    stands, and `present` shows it. A cursor is good for the same list, filters and
    credential only.
    """
    limit = _limit(request)
    rows = page(_after(request), limit + 1)
    following = None
    if len(rows) > limit:
        following = _address(request, after=position(rows[limit - 1]))
    return Response({"results": [present(row) for row in rows[:limit]], "next": following})


def keyset(
    rows: QuerySet[AnyModel], *, by: str = "id", newest_first: bool = False
) -> Callable[[Position | None, int], list[AnyModel]]:
    """
    Return a query set as pages, in the order of a unique column.
    """
    ordered = rows.order_by(f"-{by}" if newest_first else by)
    beyond = f"{by}__{'lt' if newest_first else 'gt'}"

    def page(after: Position | None, limit: int) -> list[AnyModel]:
        return list((ordered if after is None else ordered.filter(**{beyond: after}))[:limit])

    return page


def parameter(request: Request, name: str) -> str | None:
    """
    Return a query parameter that may be given once, or None.
    """
    values = request.query_params.getlist(name)
    if len(values) > 1:
        raise InvalidParameter(_("It is given more than once."), parameter=name)
    return values[0] if values else None


def _limit(request: Request) -> int:
    text = parameter(request, "limit")
    if text is None:
        return DEFAULT_LIMIT
    if text.isascii() and text.isdigit() and len(text) <= len(str(MAX_LIMIT)):
        limit = int(text)
        if 1 <= limit <= MAX_LIMIT:
            return limit
    detail = _("It must be a whole number from 1 to %(most)d.") % {"most": MAX_LIMIT}
    raise InvalidParameter(detail, parameter="limit")


def _after(request: Request) -> Position | None:
    cursor = parameter(request, "cursor")
    if cursor is None:
        return None
    if len(cursor) > MAX_CURSOR_LENGTH:
        raise InvalidCursor
    try:
        return _signer(request).unsign_object(cursor)
    except BadSignature:
        raise InvalidCursor from None


def _address(request: Request, *, after: Position) -> str:
    cursor = _signer(request).sign_object(after)
    query = urlencode([*_given(request, but={"cursor"}), ("cursor", cursor)])
    return request.build_absolute_uri(f"{request.path}?{query}")


def _signer(request: Request) -> Signer:
    filters = urlencode(sorted(_given(request, but={"cursor", "limit"})))
    credential = getattr(request.auth, "credential", None)
    return Signer(salt=f"cursor:{credential}:{request.path}?{filters}")


def _given(request: Request, *, but: set[str]) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, values in request.query_params.lists()
        for value in values
        if name not in but
    ]
