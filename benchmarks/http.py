"""
`POST /v1/purchases` against an empty endpoint of the same stack, both under gunicorn.

Same server, same middleware, same authentication and parser; the empty one answers at
once. So the ratio is what the verb itself costs.
"""

import asyncio
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from urllib.request import urlopen

from django.utils import timezone

from benchmarks.figures import Figure
from benchmarks.measuring import compare
from benchmarks.sizes import SECONDS
from members import access, programme
from members.models import Member, Store

CONNECTIONS = 16
LINES = 5
WORKERS = 2


def measure() -> Iterator[Figure]:
    _, key = access.create_key(
        name="bench", scopes=list(access.Scope), stores=[], expires_at=None, at=timezone.now()
    )
    port = _free_port()
    server = subprocess.Popen(
        [
            sys.executable, "-m", "gunicorn", "loyalty_program.wsgi",
            "--bind", f"127.0.0.1:{port}",
            "--workers", str(WORKERS), "--threads", str(CONNECTIONS // WORKERS),
            "--log-level", "error",
        ],
        env=os.environ
        | {"DJANGO_SETTINGS_MODULE": "benchmarks.http_settings", "LOG_LEVEL": "WARNING"},
    )  # fmt: skip
    try:
        _wait_for(port)
        latencies: list[float] = []
        body = purchase_bodies()
        figure = compare(
            f"http.purchases.c{CONNECTIONS}",
            ours=lambda: _rate(port, "/v1/purchases", key, body, into=latencies),
            floor=lambda: _rate(port, "/empty", key, body, into=[]),
            unit="requests/s",
            asked=1 / 3,
        )
        yield figure.with_note(_percentiles(latencies))
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def purchase_bodies() -> Callable[[], bytes]:
    chance = random.Random(7)
    members = list(
        Member.objects.exclude(number__startswith="bench").values_list("number", flat=True)[:2_000]
    )
    stores = list(Store.objects.values_list("code", flat=True))
    currency = programme.get_programme().currency
    numbers = count()
    run = timezone.now().isoformat()

    def body() -> bytes:
        lines = [
            {
                "line": line,
                "sku": f"{chance.randint(1, 90_000)}",
                "category": "grocery",
                "quantity": 1,
                "amount": f"{chance.randint(10, 2_000) / 100:.2f}",
            }
            for line in range(1, LINES + 1)
        ]
        purchase = {
            "channel": "till",
            "reference": f"{run}:{next(numbers)}",
            "store": chance.choice(stores),
            "member": chance.choice(members),
            "purchased_at": timezone.now().isoformat(),
            "currency": currency,
            "lines": lines,
        }
        return json.dumps(purchase).encode()

    return body


def _rate(
    port: int, path: str, key: str, body: Callable[[], bytes], *, into: list[float]
) -> float:
    """
    Return the requests a second over all connections, each kept open; add their latencies.
    """
    latencies = asyncio.run(_load(port, path, key, body))
    into.extend(latencies)
    return len(latencies) / SECONDS


async def _load(port: int, path: str, key: str, body: Callable[[], bytes]) -> list[float]:
    deadline = time.perf_counter() + SECONDS
    clients = (_client(port, path, key, body, deadline) for _ in range(CONNECTIONS))
    return [latency for latencies in await asyncio.gather(*clients) for latency in latencies]


async def _client(
    port: int, path: str, key: str, body: Callable[[], bytes], deadline: float
) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    latencies = []
    while (started := time.perf_counter()) < deadline:
        content = body()
        writer.write(
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n".encode()
            + content
        )
        head = await reader.readuntil(b"\r\n\r\n")
        fields = head.decode().lower().split("\r\n")
        length = next(field for field in fields if field.startswith("content-length:"))
        answer = await reader.readexactly(int(length.split(":")[1]))
        if not head.startswith(b"HTTP/1.1 201"):
            raise RuntimeError(f"{head.decode()}{answer.decode()}")
        latencies.append(time.perf_counter() - started)
    writer.close()
    return latencies


def _percentiles(latencies: list[float]) -> str:
    cuts = statistics.quantiles(latencies, n=100)
    return ", ".join(f"p{cut} {cuts[cut - 1] * 1000:.1f} ms" for cut in (50, 95, 99))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            urlopen(f"http://127.0.0.1:{port}/healthz").close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("gunicorn did not start")
