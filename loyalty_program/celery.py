"""
The Celery application. Tasks live with the feature they belong to.

PostgreSQL holds the to-do list, so a message that Redis loses or doubles costs
a few seconds and nothing else; see `members.events`.
"""

import os
import sys
from contextlib import suppress

import structlog
from celery import Celery
from celery.signals import worker_init
from django.db import DatabaseError, InterfaceError
from django_structlog.celery.steps import DjangoStructLogInitStep
from redis.exceptions import RedisError

from loyalty_program import preflight
from loyalty_program.pulse import WorkerPulse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty_program.settings")

app = Celery("loyalty_program")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Every line of a worker carries the id of its task, and its container sees it live.
app.steps["worker"].add(DjangoStructLogInitStep)
app.steps["worker"].add(WorkerPulse)
app.autodiscover_tasks(
    [
        "members.events",
        "members.jobs",
        "members.ledger",
        "members.purchases",
        "members.tiers",
        "members.verification",
        "rewards.benefits",
        "rewards.earning",
    ]
)

logger = structlog.get_logger(__name__)


def refuse_what_waiting_does_not_mend(**_signal: object) -> None:
    """
    Keep a worker from starting where it would lose messages or not know the tables.
    """
    for refuse in (
        preflight.refuse_pending_migrations,
        preflight.refuse_other_functions,
        preflight.refuse_evicting_broker,
    ):
        try:
            refuse()
        except preflight.NotReady as problem:
            sys.exit(str(problem))
        except (DatabaseError, InterfaceError, RedisError) as error:
            logger.warning("worker_starts_unchecked", problem=type(error).__name__)


def tell_what_a_shop_should_mend(**_signal: object) -> None:
    with suppress(DatabaseError, InterfaceError):
        for caution in preflight.cautions():
            logger.warning("caution", caution=caution)


worker_init.connect(refuse_what_waiting_does_not_mend)
worker_init.connect(tell_what_a_shop_should_mend)
