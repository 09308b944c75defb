"""The product's settings, less what only costs time in a test."""

# ruff: noqa: F405 - the names come with all of the product's settings

from loyalty_program.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_AUTOREFRESH = True

DATABASES["default"]["ENGINE"] = "tests.database"

# The tests log in as somebody who may do everything, to make their database and to break
# it on purpose, and act as the application; see `tests.database`.
if env.str("DATABASE_ADMIN_URL", default=""):
    admin = env.db("DATABASE_ADMIN_URL")
    DATABASES["default"] |= {name: admin[name] for name in ("USER", "PASSWORD")}
options = DATABASES["default"]["OPTIONS"]
options["assume_role"] = env.str("TEST_ROLE", default="loyalty_app")
DATABASE_OWNER = {"OPTIONS": options | {"assume_role": "loyalty_owner"}}
DATABASE_ROLE_PREFIX = "loyalty_"
