"""
The broker: Redis, through Celery. It wakes workers up, and nothing else.

Nothing that answers a request may call these functions: a broker that is gone or
frozen must not hold up a shop.
"""

from urllib.parse import urlsplit

import redis
from celery import current_app
from django.conf import settings
from redis.exceptions import NoPermissionError, ResponseError

TIMEOUT_SECONDS = 3.0


def send(task: str, *, work_ids: list[int]) -> None:
    """
    Send one message: a task's name and ids, never facts.
    """
    current_app.send_task(task, kwargs={"work_ids": work_ids})


def messages_waiting() -> int:
    """
    Return how many messages no worker has taken yet.
    """
    queue = current_app.amqp.queues[current_app.conf.task_default_queue]
    with current_app.pool.acquire(block=True) as connection:
        return int(queue.bind(connection.default_channel).queue_declare().message_count)


def eviction_policy() -> str | None:
    """
    Return what Redis does when its memory is full, or None if it does not tell.
    """
    url = urlsplit(settings.CELERY_BROKER_URL)
    if url.scheme not in {"redis", "rediss"}:
        return None
    with redis.Redis.from_url(
        settings.CELERY_BROKER_URL,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
    ) as client:
        try:
            return str(client.info("memory")["maxmemory_policy"])
        except (NoPermissionError, ResponseError, KeyError):
            return None


def address() -> str:
    """
    Return where the broker is, without its password.
    """
    url = urlsplit(settings.CELERY_BROKER_URL)
    return f"{url.hostname}:{url.port or 6379}"
