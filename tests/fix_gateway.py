"""The real application on a real port, served from a thread of its own, against this test's database."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, TypeVar

import httpx
import orjson
import pytest

from accounts import people, sessions
from accounts.people import Newcomer
from core.sealing import Keyring
from gateway.app import application
from gateway.app_state import AppState, now
from gateway.config import Config
from gateway.execution.exposure import Exposure
from gateway.http.origins import Origins
from gateway.log import Log
from gateway.server.serving import Server, address_of, bound, server_for
from sql.database import Pool
from tests.fix_database import ROLES

T = TypeVar("T")

ON_LOOPBACK = Config.read({}).exposure

PASSWORD_HASH = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


@dataclass
class GatewayServer:
    """A running gateway. All methods block, so a test needs no event loop; ``url`` is without a slash at its end."""

    url: str
    pool: Pool
    keyring: Keyring
    parts: AppState
    lines: list[str]
    _loop: asyncio.AbstractEventLoop
    _serving: Server
    _tokens: dict[str, str] = field(default_factory=dict)
    _users: dict[str, Any] = field(default_factory=dict)

    def client(self, token: str | None = None, **options: Any) -> httpx.Client:
        """Return a client for a ``with`` block; ``token`` goes along as a bearer."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.url, timeout=60, headers=headers | options.pop("headers", {}), **options)

    def gql(self, query: str, variables: dict[str, Any] | None = None, token: str | None = None) -> dict[str, Any]:
        """Send one operation and return the whole answer: ``data``, ``errors`` if there are any."""
        with self.client(token) as client:
            answer: dict[str, Any] = client.post("/graphql", json={"query": query, "variables": variables}).json()
        return answer

    def token(self, role: str, name: str = "") -> str:
        """Return the session of a person with this role, made at first use; another ``name`` is another person."""
        key = f"{role}{name}"
        if key not in self._tokens:
            self._tokens[key] = self.do(self._sign_in(role, key))
        return self._tokens[key]

    def user_id(self, role: str, name: str = "") -> str:
        """Return the id (a UUID's text) of the person that ``token`` signs in."""
        self.token(role, name)
        return str(self._users[f"{role}{name}"])

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the server's own loop, where its pool lives."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def waiting(self) -> int:
        """Return how many subscriptions and waits have read what there was and now wait for a signal."""

        async def count() -> int:
            return self.parts.signals.waiting() if self.parts.signals.is_listening() else 0

        return self.do(count())

    def stop(self) -> None:
        """Begin to stop, as a signal does."""
        self._serving.should_exit = True

    def log(self) -> list[dict[str, Any]]:
        """Return the log, complete for every answer that was received: a line is written after its answer."""
        until = time.monotonic() + 5
        while self._serving.server_state.tasks and time.monotonic() < until:
            time.sleep(0.002)
        return [orjson.loads(line) for line in self.lines]

    async def _sign_in(self, role: str, key: str) -> str:
        newcomer = Newcomer(f"{key}@example.org", key.capitalize())
        async with self.pool.database().transaction() as tx:
            user = await people.add(tx, self.keyring, newcomer, role=role, password_hash=PASSWORD_HASH, at=now())
            self._users[key] = user.id
            return await sessions.begin(tx, user.id, now())


class _Running(AbstractContextManager[GatewayServer]):
    """Starts a thread with a loop, the pool and uvicorn in it, and ends all three."""

    def __init__(self, url: str, keyring: Keyring, exposure: Exposure, origins: Origins) -> None:
        self._url = url
        self._keyring = keyring
        self._exposure = exposure
        self._origins = origins
        self._listener = bound("127.0.0.1", 0)
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="gateway")
        self._stop: Callable[[], object] = lambda: None
        self._made: GatewayServer | None = None

    def __enter__(self) -> GatewayServer:
        self._thread.start()
        self._ready.wait(60)
        if self._failure is not None:
            raise self._failure
        assert self._made is not None
        return self._made

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._made is not None:
            self._made._loop.call_soon_threadsafe(self._stop)
        self._thread.join(60)
        self._listener.close()
        assert not self._thread.is_alive()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # handed to the test, which waits in another thread
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        pool = Pool(self._url, role=ROLES.gateway)
        await pool.open()
        try:
            lines: list[str] = []
            parts = AppState(pool, self._keyring, exposure=self._exposure, origins=self._origins)
            log = Log(lines.append)
            app = application(pool, self._keyring, log=log, parts=parts)
            server = server_for(app, parts.end, log)
            self._stop = lambda: setattr(server, "should_exit", True)
            serving = asyncio.ensure_future(server.serve(sockets=[self._listener]))
            up = asyncio.ensure_future(server.up.wait())
            await asyncio.wait((serving, up), return_when=asyncio.FIRST_COMPLETED)
            up.cancel()
            loop = asyncio.get_running_loop()
            self._made = GatewayServer(address_of(self._listener), pool, self._keyring, parts, lines, loop, server)
            self._ready.set()
            await serving
        finally:
            await pool.close()


@contextmanager
def serving(
    url: str, keyring: Keyring, *, exposure: Exposure = ON_LOOPBACK, origins: Origins | None = None
) -> Iterator[GatewayServer]:
    """Serve the database at ``url`` (the gateway's login) for as long as the block."""
    with _Running(url, keyring, exposure, origins or Origins()) as made:
        yield made


@pytest.fixture
def server(gateway_url: str, keyring: Keyring) -> Iterator[GatewayServer]:
    """This test's database, served."""
    with serving(gateway_url, keyring) as made:
        yield made
