"""Which parser and which renderer serve a request, decided fast for the plain case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.metadata import BaseMetadata
from rest_framework.negotiation import DefaultContentNegotiation

if TYPE_CHECKING:
    # REST framework imports this module while it defines these.
    from collections.abc import Iterable

    from rest_framework.parsers import BaseParser
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request
    from rest_framework.views import APIView

PLAIN = frozenset({"", "*/*", "application/json"})


class PlainFirstNegotiation(DefaultContentNegotiation):
    """
    REST framework's negotiation, without its work where nothing is to negotiate.
    """

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> Any:
        first = next(iter(parsers))
        if request.content_type == first.media_type:
            return first
        return super().select_parser(request, parsers)

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> Any:
        first = next(iter(renderers))
        if (
            request.META.get("HTTP_ACCEPT", "") in PLAIN
            and first.media_type == "application/json"
            and format_suffix is None
        ):
            return first, first.media_type
        return super().select_renderer(request, renderers, format_suffix)


class Methods(BaseMetadata):
    """What OPTIONS answers: the methods, and nothing about the code behind them."""

    def determine_metadata(self, request: Request, view: APIView) -> dict[str, Any]:
        return {"methods": view.allowed_methods}
