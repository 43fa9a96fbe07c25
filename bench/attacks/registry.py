"""What attacks on the gateway are made of: the registry, the target, and raw connections.

An attack is one coroutine in a module of this package; ``bench.edge`` finds it there and runs it in a process of
its own beside honest clients::

    @attack()
    async def slow_headers(target: Target) -> Counts:
        \"\"\"Send the headers of many requests a byte at a time.\"\"\"

It goes on until it is cancelled after ``target.seconds``, or ends by itself; what it counts in ``target.counts`` is
printed either way.
"""

import asyncio
import importlib
import pkgutil
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import orjson

import bench.attacks

ADDRESS = "127.0.0.2"  # where attacks come from; honest clients come from 127.0.0.1


@dataclass(slots=True)
class Target:
    """The gateway under attack, and what an attacker may know of its people.

    ``path`` is a published challenge, ``email`` and ``password`` those of a learner who signs in honestly, ``token`` a
    session of another learner. ``size`` says how many connections or requests an attack makes at once.
    """

    host: str
    port: int
    path: str = ""
    email: str = ""
    password: str = ""
    token: str = ""
    seconds: float = 10.0
    size: int = 500
    counts: Counter[str] = field(default_factory=Counter)

    @asynccontextmanager
    async def connected(
        self, address: str = ADDRESS, *, receive_bytes: int | None = None
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """Yield a connection from ``address``; ``receive_bytes`` bounds what the kernel takes in for us."""
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.setblocking(False)
        if receive_bytes is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        try:
            made.bind((address, 0))
            await asyncio.get_running_loop().sock_connect(made, (self.host, self.port))
        except BaseException:
            made.close()
            raise
        limit = 65_536 if receive_bytes is None else receive_bytes
        reader, writer = await asyncio.open_connection(sock=made, limit=limit)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()

    async def post(self, query: str, variables: object = None, *, token: str | None = None) -> tuple[int, bytes]:
        """Send one operation on a connection of its own; return the status and the body."""
        async with self.connected() as (reader, writer):
            writer.write(request(query, variables, token=token))
            head = await reader.readuntil(b"\r\n\r\n")
            return int(head.split(b" ", 2)[1]), await reader.read()

    async def many(self, number: int, one: Callable[[int], Awaitable[None]]) -> None:
        """Run so many at once until all end; one whose connection breaks is counted as ``closed``."""

        async def tried(index: int) -> None:
            try:
                await one(index)
            except (OSError, asyncio.IncompleteReadError):
                self.counts["closed"] += 1

        await asyncio.gather(*(tried(index) for index in range(number)))


Attack = Callable[[Target], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Kind:
    """An attack, and with how many descriptors its gateway runs (None: as many as this process may have)."""

    run: Attack
    descriptors: int | None = None

    @property
    def name(self) -> str:
        return str(getattr(self.run, "__name__", "")).replace("_", " ")


KINDS: dict[str, Kind] = {}


def attack(*, descriptors: int | None = None) -> Callable[[Attack], Attack]:
    """Enter an attack into the registry under its function's name."""

    def entered(run: Attack) -> Attack:
        kind = Kind(run, descriptors)
        KINDS[kind.name] = kind
        return run

    return entered


def kinds() -> dict[str, Kind]:
    """Return all attacks by name."""
    for module in pkgutil.iter_modules(bench.attacks.__path__):
        importlib.import_module(f"bench.attacks.{module.name}")
    return KINDS


def request(query: str, variables: object = None, *, token: str | None = None, keep: bool = False) -> bytes:
    """Return a whole request to ``/graphql`` as bytes."""
    body = orjson.dumps({"query": query, "variables": variables})
    lines = [
        "POST /graphql HTTP/1.1",
        "host: localhost",
        "content-type: application/json",
        f"content-length: {len(body)}",
        *([f"authorization: Bearer {token}"] if token else []),
        *([] if keep else ["connection: close"]),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def carry_out(name: str, target: Target) -> Counter[str]:
    """Run an attack in this process for its time and return what it counted."""

    async def bounded() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(target.seconds):
                await kinds()[name].run(target)

    asyncio.run(bounded())
    return target.counts
