"""
What the engine tells Prometheus.

Each process counts for itself. Where several serve requests, they share the
directory in PROMETHEUS_MULTIPROC_DIR, and a scrape of any of them shows the sum.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

__all__ = ["CONTENT_TYPE_LATEST", "exposition", "figure", "observe_request"]

REQUESTS = Counter(
    "loyalty_http_requests",
    "Requests answered, by route and status.",
    ["method", "route", "status"],
)
DURATION = Histogram(
    "loyalty_http_request_duration_seconds",
    "How long requests took, by route.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
# What is read afresh at each scrape; it is the same whichever process is asked.
FIGURES = CollectorRegistry()

KNOWN_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})

logger = logging.getLogger(__name__)
# Looking a child up by its labels costs more than counting.
_children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

Reading = float | Mapping[str, float]


def observe_request(*, method: str, route: str, status: int, seconds: float) -> None:
    """
    Count a request that was answered. `route` is a pattern, never an address.
    """
    key = (method, route, status)
    if key not in _children:
        known = method if method in KNOWN_METHODS else "OTHER"
        counted = REQUESTS.labels(known, route, str(status))
        timed = DURATION.labels(known, route)
        if known != method:
            counted.inc()
            timed.observe(seconds)
            return
        _children[key] = (counted, timed)
    counted, timed = _children[key]
    counted.inc()
    timed.observe(seconds)


def figure(
    name: str, description: str, *, label: str | None = None
) -> Callable[[Callable[[], Reading]], Callable[[], Reading]]:
    """
    Publish what the function returns, asked at each scrape.

    With a `label` it returns one number for each of the label's values. It has to
    be quick, and must not tell anything about a member.

        @metrics.figure("loyalty_work_parked", "Work that was given up.")
        def parked() -> float: ...
    """

    def publish(read: Callable[[], Reading]) -> Callable[[], Reading]:
        FIGURES.register(_Figure(name=name, description=description, label=label, read=read))
        return read

    return publish


def exposition() -> bytes:
    """
    Return all figures in Prometheus' text format.
    """
    processes: CollectorRegistry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        processes = CollectorRegistry()
        MultiProcessCollector(processes)  # type: ignore[no-untyped-call]
    return generate_latest(processes) + generate_latest(FIGURES)


@dataclass(frozen=True, kw_only=True)
class _Figure(Collector):
    name: str
    description: str
    label: str | None
    read: Callable[[], Reading]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        labels = [] if self.label is None else [self.label]
        family = GaugeMetricFamily(self.name, self.description, labels=labels)
        try:
            reading = self.read()
        except Exception:
            # One figure that fails must not hide the others.
            logger.exception("The figure %s could not be read", self.name)
            return
        if isinstance(reading, Mapping):
            for value, number in reading.items():
                family.add_metric([value], number)
        else:
            family.add_metric([], reading)
        yield family

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Keep registration from reading the figure."""
        yield GaugeMetricFamily(self.name, self.description)
