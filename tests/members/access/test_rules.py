import math
from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.access.rules import ALPHABET, SECRET_LENGTH, digest_of, is_secret, new_secret


def test_a_key_is_named_and_says_whose_it_is():
    beginning, name, secret = new_secret().split("_")

    assert beginning == "loy"
    assert len(name) == 8
    assert len(secret) == 43
    assert set(name + secret) <= set(ascii_letters + digits)


def test_a_key_holds_256_random_bits():
    assert math.log2(len(ALPHABET)) * SECRET_LENGTH >= 256


def test_no_two_keys_are_the_same():
    assert len({new_secret() for _ in range(1000)}) == 1000


def test_only_what_looks_like_a_key_is_one():
    assert is_secret(new_secret())


@given(st.text())
def test_no_other_text_is_a_key(text):
    assert not is_secret(text)


@pytest.mark.parametrize("spoil", [lambda key: key + "\n", lambda key: key[:-1], str.upper])
def test_a_spoiled_key_is_none(spoil):
    assert not is_secret(spoil(new_secret()))


def test_the_digest_is_sha_256():
    assert digest_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
