"""The product's settings with one endpoint more, that does nothing."""

from loyalty_program.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.http_urls"
