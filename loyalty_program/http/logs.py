"""
One JSON object a line, on standard error, without personal data.

Lines never hold bodies, query strings, addresses or names. What other people's
code writes is searched for telephone numbers, e-mail addresses and the rows that
PostgreSQL quotes in its errors, and these are taken out.
"""

import logging
import re
from typing import Any

import structlog
from celery.signals import setup_logging
from django_structlog.celery.signals import bind_extra_task_metadata
from structlog.typing import EventDict, Processor, WrappedLogger

EMAIL = re.compile(r"[^\s@<>\"'()=,:;]+@[^\s@<>\"'()=,:;]+")
# Seven digits or more, unless they are part of an identifier such as a UUID.
LONG_NUMBER = re.compile(r"(?<![\w.-])\+?\d(?:[ -]?\d){6,18}(?![\w-])")
QUOTED_ROW = re.compile(r"^(DETAIL|CONTEXT):.*$", re.MULTILINE)
SEARCHED = ("event", "exception", "error", "reason")


class RouteForAddress(logging.Filter):
    """Let Django's lines about a request name its route, for its address may name a member."""

    def filter(self, record: logging.LogRecord) -> bool:
        match = getattr(getattr(record, "request", None), "resolver_match", None)
        record.msg = f"{getattr(record, 'status_code', '')} {match.route if match else ''}".strip()
        record.args = ()
        return True


def take_personal_data_out(
    _logger: WrappedLogger, _method: str, event_dict: EventDict
) -> EventDict:
    for key in SEARCHED:
        if key in event_dict:
            event_dict[key] = _searched(str(event_dict[key]))
    return event_dict


def _searched(text: str) -> str:
    text = QUOTED_ROW.sub(r"\1: [row]", text)
    return LONG_NUMBER.sub("[number]", EMAIL.sub("[email]", text))


# What happens to each line, ours and others', before it is written.
SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
    take_personal_data_out,
]


def configure_structlog() -> None:
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def logging_config(*, level: str = "INFO") -> dict[str, Any]:
    """
    Return Django's LOGGING: everything through one handler, as JSON.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [structlog.stdlib.PositionalArgumentsFormatter(), *SHARED],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(default=str, ensure_ascii=False),
                ],
            }
        },
        "filters": {"route_for_address": {"()": RouteForAddress}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django brings handlers of its own for these two.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            # Both write addresses with their query; the access line has no need of them.
            "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
            "django.request": {"level": "ERROR", "filters": ["route_for_address"]},
            "gunicorn.access": {"level": "CRITICAL"},
            # The lines of `django_structlog` say the same, with the request's id.
            "celery.app.trace": {"level": "CRITICAL"},
            "celery.worker.strategy": {"level": "WARNING"},
        },
    }


def keep_our_logging(**_signal: object) -> None:
    """
    Keep Celery from setting logging up its own way; that it is asked is enough.
    """
    logging.captureWarnings(capture=True)


def name_the_task(*, task: Any, **_signal: object) -> None:
    """
    Put the task's name beside its id on every line that it writes.
    """
    structlog.contextvars.bind_contextvars(task=task.name)


setup_logging.connect(keep_our_logging)
bind_extra_task_metadata.connect(name_the_task)
