"""
The fingerprint of a request, kept beside what the request brought about.

A repeat under the same key with another fingerprint is a different request.
Fingerprints are stored for ever, so what goes into one must never change its
spelling: a value that is absent and one that is null count as the same, which
lets a request gain optional fields without changing the prints of old ones.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID


def digest(validated: Mapping[str, Any]) -> bytes:
    """
    Return the SHA-256 of what the values mean, however they were written.

    12.3 and 12.30 mean the same, and so does one instant in two time zones.
    """
    spelled = json.dumps(
        _canonical(validated), ensure_ascii=True, separators=(",", ":"), sort_keys=True
    )
    return hashlib.sha256(spelled.encode("ascii")).digest()


def _canonical(value: Any) -> Any:
    # Every scalar but numbers, booleans and null starts with its kind, so that a
    # text which looks like a date is not taken for one.
    if isinstance(value, Enum):
        return _canonical(value.value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return {str(name): _canonical(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_canonical(inner) for inner in value]
    return _canonical_scalar(value)


def _canonical_scalar(value: Any) -> str:
    match value:
        case str():
            return f"s:{value}"
        case Decimal():
            return f"n:{_shortest(value)}"
        case datetime():
            return f"t:{value.astimezone(UTC).isoformat()}"
        case date() | time():
            return f"d:{value.isoformat()}"
        case UUID():
            return f"u:{value}"
        case bytes():
            return f"b:{value.hex()}"
    raise TypeError(f"{type(value).__name__} has no canonical spelling")


def _shortest(value: Decimal) -> str:
    if not value.is_finite():
        raise TypeError("only finite numbers have a canonical spelling")
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", "-"} else text
