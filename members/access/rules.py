"""What a key looks like, and how it is kept. Plain values in, plain values out."""

import hashlib
import re
import secrets
import string

ALPHABET = string.digits + string.ascii_letters
# 62 ** 43 > 2 ** 256, and neither letters nor digits are lost in a double click.
SECRET_LENGTH = 43
PREFIX_LENGTH = 8
KEY = re.compile(rf"(loy_[0-9A-Za-z]{{{PREFIX_LENGTH}}})_[0-9A-Za-z]{{{SECRET_LENGTH}}}")


def new_secret() -> str:
    """
    Return a new key: `loy_`, eight characters that name it, and its secret.

    The fixed beginning lets scanners find keys that were published by mistake.
    """
    return f"loy_{_random(PREFIX_LENGTH)}_{_random(SECRET_LENGTH)}"


def is_secret(text: str) -> bool:
    return KEY.fullmatch(text) is not None


def prefix_of(secret: str) -> str:
    """
    Return the beginning that is kept, so that people can tell keys apart.
    """
    return secret[: len("loy_") + PREFIX_LENGTH]


def digest_of(secret: str) -> str:
    """
    Return the SHA-256 of a key, the only trace of it that is stored.

    A slow hash protects passwords, which people choose from a few billion. A key
    has 256 random bits: nobody guesses it from its digest, however fast the hash,
    and a slow one would cost every request of every till. Finding a key by its
    digest is safe for the same reason. How long the comparison takes tells about
    the digest, from which no key can be built.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
