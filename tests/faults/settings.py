"""The settings of the processes that the fault tests start: as in production, but impatient."""

from tests.settings import *  # noqa: F403

EVENTS_RESEND_SECONDS = 1
CELERY_BROKER_TRANSPORT_OPTIONS |= {"socket_timeout": 1, "socket_connect_timeout": 1}  # noqa: F405
CELERY_IMPORTS = ["tests.faults.subscribers"]
