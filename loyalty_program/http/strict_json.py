"""
JSON with one meaning per text, and nothing in it that cannot be stored.

Python's own parser is kinder: it lets the last of two equal keys win, knows
NaN, makes floats of prices, and recurses as deep as it is told to.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from itertools import accumulate
from typing import IO, Any, NoReturn

from django.http import UnreadablePostError
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser

from loyalty_program.http.errors import BodyTooLarge, HttpProblem, InvalidJson, UnsupportedBody

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 20
MAX_NUMBER_LENGTH = 40
MAX_EXPONENT = 40

CONTENT_TYPE = re.compile(r'application/json(?: *; *charset="?utf-8"?)?', re.IGNORECASE)
# A string ends at its quote or, so that a hostile text is read once only, at the
# end of everything.
STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
BRACKET = re.compile(r"[\[\]{}]")
STEP = {"[": 1, "{": 1, "]": -1, "}": -1}
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class StrictJSONParser(BaseParser):
    """Read a body that is `application/json`, and small, shallow and unambiguous."""

    media_type = "application/json"
    # A view that takes more has a parser of its own.
    max_bytes = MAX_BYTES

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        meta = parser_context["request"].META if parser_context else {}
        if not CONTENT_TYPE.fullmatch((media_type or self.media_type).strip()):
            raise UnsupportedBody
        if meta.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() not in {"", "identity"}:
            raise UnsupportedBody
        declared = meta.get("CONTENT_LENGTH", "")
        return loads(_read(stream, declared=declared, limit=self.max_bytes))


def loads(body: bytes) -> Any:
    """
    Return what the JSON says: integers as `int`, all other numbers as `Decimal`.

    :raises InvalidJson: with a detail of its own for each thing that can be wrong
    """
    text = _decode(body)
    _refuse_depth(text)
    try:
        value = DECODER.decode(text)
    except json.JSONDecodeError as exc:
        _refuse_syntax(exc)
    # A raw NUL is no JSON, and a raw surrogate is no UTF-8, so only an escape can
    # have brought one in.
    if "\\u" in text:
        _refuse_unstorable(value)
    return value


def _read(stream: IO[Any], *, declared: str, limit: int) -> bytes:
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > limit:
        raise BodyTooLarge(limit=limit)
    try:
        body: bytes = stream.read(limit + 1)
    except UnreadablePostError:
        raise _invalid(_("The body ended early.")) from None
    if len(body) > limit:
        raise BodyTooLarge(limit=limit)
    return body


def _decode(body: bytes) -> str:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as exc:
        detail = _("The body is not UTF-8: byte %(position)d.") % {"position": exc.start}
        raise _invalid(detail) from None
    if text.startswith("\ufeff"):
        raise _invalid(_("The body begins with a byte order mark."))
    return text


def _refuse_depth(text: str) -> None:
    """
    Refuse deep nesting before parsing, which would go down as deep as the text.
    """
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    brackets = BRACKET.findall(STRING.sub("", text))
    if max(accumulate(STEP[bracket] for bracket in brackets), default=0) > MAX_DEPTH:
        detail = _("Arrays and objects are nested more than %(depth)d deep.")
        raise _invalid(detail % {"depth": MAX_DEPTH})


def _refuse_syntax(exc: json.JSONDecodeError) -> NoReturn:
    if exc.msg == "Extra data":
        detail = _("There is something after the end of the JSON: line %(line)d, column %(col)d.")
    else:
        detail = _("This is not JSON: line %(line)d, column %(col)d.")
    raise _invalid(detail % {"line": exc.lineno, "col": exc.colno}) from None


def _refuse_unstorable(value: Any) -> None:
    for text in _texts(value):
        if found := UNSTORABLE.search(text):
            if found[0] == "\x00":
                raise _invalid(_("A string contains the character NUL."))
            raise _invalid(_("A string contains half of a surrogate pair."))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        twice = Counter(name for name, _value in pairs).most_common(1)[0][0]
        raise _invalid(_("The key “%(key)s” appears twice.") % {"key": _shown(twice)})
    return result


def _integer(text: str) -> int:
    if len(text) > MAX_NUMBER_LENGTH:
        raise _number_out_of_range()
    return int(text)


def _decimal(text: str) -> Decimal:
    if len(text) > MAX_NUMBER_LENGTH:
        raise _number_out_of_range()
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _number_out_of_range() from None
    if abs(number.adjusted()) > MAX_EXPONENT:
        raise _number_out_of_range()
    return number


def _constant(name: str) -> NoReturn:
    raise _invalid(_("%(name)s is not a JSON number.") % {"name": name})


def _number_out_of_range() -> HttpProblem:
    return _invalid(_("A number is too long or too large."))


def _invalid(detail: str) -> InvalidJson:
    return InvalidJson(detail)


def _shown(name: str) -> str:
    return name[:50].encode("utf-8", "backslashreplace").decode("utf-8")


DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_decimal, parse_constant=_constant
)
