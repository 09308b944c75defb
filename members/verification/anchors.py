"""
Anchors: what the ledger was on a day, kept where the database's owner cannot write.

An anchor is a file that lists the last entry of every wallet by the beginning of its hash.
Whoever changes an entry afterwards, and with it the hashes of all that follow, no
longer has the entry that an anchor knows. Each anchor names the one before by its digest,
so that none can be replaced. The files are compressed lines of JSON: a heading, a line
for each slice of wallets with its digest, and a last line with the digest of those. A
wallet takes about 20 bytes. Any of Django's storages keeps them, see STORAGES.
"""

import base64
import gzip
import hashlib
import io
import json
import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from members import ledger
from members.ledger import Tip, Violation

NAME = re.compile(r"ledger-\d{4}-\d\d-\d\d\.anchor\.gz")
RECORD = struct.Struct(f">QBQ{ledger.TIP_BYTES}s")
CURRENCIES = [str(currency) for currency in ledger.Currency]
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Anchor:
    """A file that was written, and how many wallets it knows."""

    name: str
    wallets: int


def write_anchor(*, at: datetime) -> Anchor | None:
    """
    Write the anchor of a day, unless it is there already.
    """
    storage = _storage()
    earlier = names(storage)
    name = _name(at)
    if name in earlier:
        return None
    heading = {"format": FORMAT, "at": at.isoformat(), "currencies": CURRENCIES}
    if earlier:
        heading |= {"previous": earlier[-1], "previous_digest": _digest(storage, earlier[-1])}
    content, wallets = _compressed(heading)
    saved = storage.save(name, ContentFile(content))
    if saved != name:  # somebody else was faster
        storage.delete(saved)
        return None
    return Anchor(name, wallets)


def is_written(*, at: datetime) -> bool:
    """
    Tell whether the day has its anchor.
    """
    return _storage().exists(_name(at))


def check_anchors(*, newest: int | None = None) -> Iterator[Violation]:
    """
    Yield every wallet that is not what an anchor knows, and every anchor that is another.

    The newest are compared first, and so many of them, or all.
    """
    storage = _storage()
    there = names(storage)
    for place in list(reversed(range(len(there))))[:newest]:
        yield from _check(storage, there[place], before=there[place - 1] if place else None)


def names(storage: Storage | None = None) -> list[str]:
    """
    Return the names of the anchors, the oldest first.
    """
    try:
        _directories, files = (storage or _storage()).listdir("")
    except FileNotFoundError:  # nothing was ever written
        return []
    return sorted(name for name in files if NAME.fullmatch(name))


def _name(at: datetime) -> str:
    return f"ledger-{at:%Y-%m-%d}.anchor.gz"


def _check(storage: Storage, name: str, *, before: str | None) -> Iterator[Violation]:
    with storage.open(name) as file, gzip.open(file, "rt", encoding="ascii") as lines:
        try:
            heading = json.loads(next(lines))
            yield from _check_previous(storage, heading, before=before)
            told, digests = heading, []
            for line in lines:
                told = json.loads(line)
                if "digests" in told:
                    break
                packed = base64.b64decode(told["tips"])
                digests.append(hashlib.sha256(packed).hexdigest())
                yield from _differing(packed, heading["currencies"], name=name)
            if told["digests"] != _digest_of(digests):
                yield _broken(name, told["digests"], _digest_of(digests))
        except (ValueError, KeyError, EOFError, StopIteration, OSError) as error:
            yield _broken(name, "an anchor", type(error).__name__)


def _check_previous(
    storage: Storage, heading: Mapping[str, Any], *, before: str | None
) -> Iterator[Violation]:
    """
    Compare the anchor before with what it was; the oldest that is kept has none.
    """
    if before is None:
        return
    expected = (heading.get("previous"), heading.get("previous_digest"))
    actual = (before, _digest(storage, before))
    if expected != actual:
        yield _broken(before, str(expected[1]), actual[1])


def _broken(name: str, expected: str, actual: str) -> Violation:
    return Violation(0, "", f"{name} is as it was written", expected, actual)


def _differing(packed: bytes, currencies: Sequence[str], *, name: str) -> Iterator[Violation]:
    known = [
        Tip(member_id, currencies[currency], seq, chain)
        for member_id, currency, seq, chain in RECORD.iter_unpack(packed)
    ]
    for tip, actual in ledger.differing(known):
        rule = f"entry {tip.seq} is as {name} knows it"
        yield Violation(tip.member_id, tip.currency, rule, tip.chain.hex(), actual)


def _compressed(heading: Mapping[str, Any]) -> tuple[bytes, int]:
    content, digests, wallets = io.BytesIO(), [], 0
    with gzip.GzipFile(fileobj=content, mode="wb", mtime=0) as file:
        file.write(_line(heading))
        for tips in ledger.tips():
            packed = b"".join(_records(tips))
            digests.append(hashlib.sha256(packed).hexdigest())
            wallets += len(tips)
            file.write(
                _line(
                    {
                        "members": [tips[0].member_id, tips[-1].member_id],
                        "digest": digests[-1],
                        "tips": base64.b64encode(packed).decode(),
                    }
                )
            )
        file.write(_line({"wallets": wallets, "digests": _digest_of(digests)}))
    return content.getvalue(), wallets


def _records(tips: Iterable[Tip]) -> Iterator[bytes]:
    for tip in tips:
        yield RECORD.pack(tip.member_id, CURRENCIES.index(tip.currency), tip.seq, tip.chain)


def _line(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told).encode() + b"\n"


def _digest_of(digests: Iterable[str]) -> str:
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def _digest(storage: Storage, name: str) -> str:
    with storage.open(name) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _storage() -> Storage:
    return storages["ledger_anchors"]
