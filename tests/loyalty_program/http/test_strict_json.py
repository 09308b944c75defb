"""JSON with one meaning, and nothing in it that cannot be stored."""

import contextlib
import io
import json
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty_program.http.errors import BodyTooLarge, InvalidJson, UnsupportedBody
from loyalty_program.http.strict_json import MAX_BYTES, MAX_DEPTH, StrictJSONParser, loads

storable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | storable,
    lambda inner: st.lists(inner) | st.dictionaries(storable, inner),
    max_leaves=20,
)


@given(values, st.booleans())
def test_what_was_written_is_read(value, ascii_only):
    assert loads(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(
    st.binary(max_size=60) | st.text('{}[]",:\\u0dD9+-.eE truefalsn', max_size=60).map(str.encode)
)
def test_any_bytes_are_read_or_refused(body):
    with contextlib.suppress(InvalidJson):
        loads(body)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "This is not JSON: line 1, column 1."),
        (b'{"a": 1,\n "b": x}', "This is not JSON: line 2, column 7."),
        (b"{'a': 1}", "This is not JSON: line 1, column 2."),
        (b'{"a": 1} {}', "There is something after the end of the JSON: line 1, column 10."),
        (b'{"a": 1, "b": 2, "a": 1}', "The key “a” appears twice."),
        (b'[{"x": {"\\u0061": 1, "a": 2}}]', "The key “a” appears twice."),
        (b'{"\\ud800": 1, "\\ud800": 2}', "The key “\\ud800” appears twice."),
        (b'{"a": NaN}', "NaN is not a JSON number."),
        (b"[-Infinity]", "-Infinity is not a JSON number."),
        (b'["\\u0000"]', "A string contains the character NUL."),
        (b'{"a\\u0000": 1}', "A string contains the character NUL."),
        (b'["\\ud83d"]', "A string contains half of a surrogate pair."),
        (b'{"\\ude00": 1}', "A string contains half of a surrogate pair."),
        (b'"\xff"', "The body is not UTF-8: byte 1."),
        (b'"\xed\xa0\x80"', "The body is not UTF-8: byte 1."),
        ('{"a": 1}'.encode("utf-16"), "The body is not UTF-8: byte 0."),
        (b"\xef\xbb\xbf{}", "The body begins with a byte order mark."),
        (b"9" * 41, "A number is too long or too large."),
        (b"1e41", "A number is too long or too large."),
        (b"1e-41", "A number is too long or too large."),
        (b"1e99999999999999999999", "A number is too long or too large."),
        (b'"\x00"', "This is not JSON: line 1, column 2."),
        ("[\uff11\uff12]".encode(), "This is not JSON: line 1, column 2."),
        (b"[1_000]", "This is not JSON: line 1, column 3."),
        (b"[01]", "This is not JSON: line 1, column 3."),
    ],
)
def test_each_fault_is_called_by_its_name(body, detail):
    with pytest.raises(InvalidJson) as refusal:
        loads(body)

    assert str(refusal.value.detail) == detail


def test_numbers_are_exact():
    assert loads(b"[0.1, 12.30, -7, 1e2]") == [
        Decimal("0.1"),
        Decimal("12.30"),
        -7,
        Decimal("1e2"),
    ]
    assert [type(n) for n in loads(b"[1, 1.0]")] == [int, Decimal]


def test_a_pair_of_surrogates_is_one_character():
    assert loads(b'"\\ud83d\\ude00"') == "😀"


def test_nesting_is_counted_as_far_as_it_is_allowed():
    deepest = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert loads(deepest)

    with pytest.raises(InvalidJson, match="more than 20 deep"):
        loads(b"[" + deepest + b"]")


def test_brackets_in_strings_and_side_by_side_are_no_nesting():
    assert loads(b'["[[[[[[[[[[[[[[[[[[[[[[[[", "\\"[[[[[[[{{{{{{{{{{{{{{"]')
    assert loads(b"[" + b",".join([b'{"a": [1]}'] * 100) + b"]")


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'["' + b'\\"' * 400_000 + b'",' + b"[" * 100_000,
    ],
)
def test_a_bomb_is_refused_without_going_down(body):
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(200)
    try:
        with pytest.raises(InvalidJson, match="more than 20 deep"):
            loads(body)
    finally:
        sys.setrecursionlimit(limit)


def test_an_open_string_full_of_quotes_is_read_once():
    with pytest.raises(InvalidJson, match="This is not JSON"):
        loads(b"[" + b"[]," * 30 + b'"' + b'\\"' * 400_000)


def read(body: bytes, *, content_type: str = "application/json", **meta: str):
    request = type("Request", (), {"META": meta})
    return StrictJSONParser().parse(io.BytesIO(body), content_type, {"request": request})


@pytest.mark.parametrize("meta", [{}, {"CONTENT_LENGTH": "1048577"}])
def test_a_body_over_one_mebibyte_is_refused_declared_or_not(meta):
    with pytest.raises(BodyTooLarge) as refusal:
        read(b'"' + b"a" * MAX_BYTES, **meta)

    assert refusal.value.facts == {"limit": 1_048_576}


def test_a_body_of_one_mebibyte_is_read():
    assert len(read(b'"' + b"a" * (MAX_BYTES - 2) + b'"')) == MAX_BYTES - 2


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
    ],
)
def test_json_is_utf_8(content_type):
    assert read(b"[1]", content_type=content_type) == [1]


@pytest.mark.parametrize(
    ("content_type", "meta"),
    [
        ("application/json; charset=latin-1", {}),
        ("application/json; charset=utf-8; charset=utf-16", {}),
        ("application/json", {"HTTP_CONTENT_ENCODING": "gzip"}),
        ("application/json", {"HTTP_CONTENT_ENCODING": "identity, gzip"}),
    ],
)
def test_other_charsets_and_compressed_bodies_are_refused(content_type, meta):
    with pytest.raises(UnsupportedBody):
        read(b"[1]", content_type=content_type, **meta)
