"""The embedded Redis."""

import secrets
import time

import redis

from loyalty_program.embedded.home import CannotServe, Home, free_port
from loyalty_program.processes import Crew, Job

PATIENCE = 60  # seconds to come up: it reads its log first


def start(crew: Crew, home: Home, *, durable: bool) -> dict[str, str]:
    """Start it on data old or new, and return its URL."""
    port, password = free_port(), secrets.token_urlsafe(24)
    directory = home.make_directory("redis")
    settings = {
        "bind": "127.0.0.1",
        "port": port,
        "requirepass": password,
        "dir": f'"{directory}"',
        "maxmemory-policy": "noeviction",
        "appendonly": "yes" if durable else "no",
        "appendfsync": "everysec",
        "save": '""',
    }
    text = "".join(f"{name} {value}\n" for name, value in settings.items())
    crew.start(
        Job(
            name="redis",
            command=[home.redis_program(), home.write("redis.conf", text)],
            account=home.account,
            log=home.path / "redis.log",
        )
    )
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    _wait_for(crew, url)
    return {"REDIS_URL": url}


def _wait_for(crew: Crew, url: str) -> None:
    deadline = time.monotonic() + PATIENCE
    with redis.Redis.from_url(url) as client:
        while True:
            try:
                client.ping()
                return
            except redis.ConnectionError as error:
                if time.monotonic() > deadline:
                    raise CannotServe(f"Redis does not come up: {error}") from error
                crew.tend()
                time.sleep(0.05)
