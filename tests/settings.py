"""The product's settings, less what only costs time in a test."""

from loyalty_program.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_AUTOREFRESH = True

DATABASES["default"]["ENGINE"] = "tests.database"  # noqa: F405
