"""A PostgreSQL proxy that cuts connections at the worst moments."""

import asyncio
import itertools
import random
from collections import Counter
from threading import Event, Thread
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
SIMPLE_QUERY = b"Q"
SYNC = b"S\x00\x00\x00\x04"
READY = b"Z\x00\x00\x00\x05"
OUTSIDE_A_TRANSACTION = b"I"


class CuttingProxy:
    """
    Forwards to a server's port, and cuts one request in so many.

    A cut comes before the request is forwarded, together with forwarding it, or once the
    server has said that it is done, so that its commit is sure and its answer is lost.
    `cuts` counts them by kind; those after a commit are `committed`.
    """

    def __init__(self, *, server_port: int, one_in: int, seed: int) -> None:
        self.server_port = server_port
        self.one_in = one_in
        self.chance = random.Random(seed)
        self.kinds = itertools.cycle(["after", "before", "after", "together"])
        self.cuts: Counter[str] = Counter()
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._listens = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._listens.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, HOST, 0))
        self.port = server.sockets[0].getsockname()[1]
        self._listens.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server = await asyncio.open_connection(HOST, self.server_port)
        except OSError:
            writer.transport.abort()
            return
        line = _Line(self, client=writer, server=server[1])
        await asyncio.gather(line.carry_requests(reader), line.carry_answers(server[0]))


class _Line:
    """One client's connection, and how it is to end."""

    def __init__(
        self, proxy: CuttingProxy, *, client: asyncio.StreamWriter, server: asyncio.StreamWriter
    ) -> None:
        self.proxy, self.client, self.server = proxy, client, server
        self.swallows_answer = False

    async def carry_requests(self, requests: asyncio.StreamReader) -> None:
        try:
            while data := await requests.read(65536):
                kind = self._draw() if _is_request(data) else None
                if kind == "before":
                    self.proxy.cuts[kind] += 1
                    break
                self.swallows_answer = kind == "after"
                self.server.write(data)
                await self.server.drain()
                if kind == "together":
                    self.proxy.cuts[kind] += 1
                    break
        except OSError:
            pass
        finally:
            self._hang_up()

    async def carry_answers(self, answers: asyncio.StreamReader) -> None:
        try:
            while data := await answers.read(65536):
                if not self.swallows_answer:
                    self.client.write(data)
                    await self.client.drain()
                elif data[-6:-1] == READY:
                    committed = data[-1:] == OUTSIDE_A_TRANSACTION
                    self.proxy.cuts["committed" if committed else "amid"] += 1
                    break
        except OSError:
            pass
        finally:
            self._hang_up()

    def _draw(self) -> str | None:
        if self.proxy.chance.randrange(self.proxy.one_in):
            return None
        return next(self.proxy.kinds)

    def _hang_up(self) -> None:
        if self.client.transport:
            self.client.transport.abort()
        # What was forwarded arrives; the rest is silence.
        self.server.close()


def _is_request(data: bytes) -> bool:
    return data.endswith(SYNC) or data[:1] == SIMPLE_QUERY
