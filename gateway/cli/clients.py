"""Two ways to send an operation for a command: over HTTP with a token, or in this process as ``command line``.

Both go through the whole schema, so a command meets the same rights, checks and logs as any other client.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx

from accounts import people
from core import limits
from gateway.app_state import now
from gateway.bootstrap import Addresses, Opened, opened
from gateway.config import Config
from gateway.errors import CommandError
from gateway.log import Log, described
from resolvers.context import Context, Scope, Viewer
from schema.api import schema
from schema.errors import public
from sql.signals import Signals

_RIGHTS: frozenset[Scope] = frozenset({"content:read", "content:write", "content:publish", "operate"})


class Client(Protocol):
    """Sends one operation and returns its ``data``; raises ``CommandError`` for top-level errors."""

    async def send(self, query: str, variables: dict[str, Any]) -> dict[str, Any]: ...


class HttpClient:
    """Speaks GraphQL over HTTP and nothing else."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url

    async def send(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        try:
            response = await self._http.post(self._url, json={"query": query, "variables": variables})
            answer = response.json()
        except httpx.HTTPError as error:
            raise CommandError(f"{self._url} cannot be reached: {error or type(error).__name__}.") from error
        except ValueError as error:
            raise CommandError(f"{self._url} does not speak GraphQL (status {response.status_code}).") from error
        return _data(answer)


class LocalClient:
    """Runs operations in this process under one context's viewer, each with a context of its own."""

    def __init__(self, parts: Opened, viewer: Viewer, signals: Signals | None = None) -> None:
        self._parts = parts
        self._viewer = viewer
        self._signals = signals

    async def send(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        context = Context(self._viewer, self._parts.pool.database(), self._parts.keyring, now, self._signals)
        result = await schema.execute(query, variables, context)
        for error in result.errors or ():
            if (told := public(error)) is not None:
                raise CommandError(told.message)
            Log().event("command failed", causes=described(error.original_error or error))
            raise CommandError("Something went wrong on our side; the line above says where.")
        return result.data or {}


@asynccontextmanager
async def over_http(url: str, token: str) -> AsyncIterator[HttpClient]:
    """Yield a client of the gateway at ``url`` (its root or its ``/graphql``)."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise CommandError(f"--url begins with http:// or https://, unlike {url!r}.")
    address = url if urlsplit(url).path.rstrip("/") else url.rstrip("/") + "/graphql"
    headers = {"authorization": f"Bearer {token}", "accept": "application/graphql-response+json"}
    longest = limits.APPLY_SECONDS + limits.WAIT_SECONDS
    async with httpx.AsyncClient(headers=headers, timeout=longest + 10) as http:
        yield HttpClient(http, address)


@asynccontextmanager
async def in_process(config: Config, addresses: Addresses) -> AsyncIterator[LocalClient]:
    """Yield a client in this process that acts as the service account of the command line."""
    async with opened(config, addresses, size=4) as parts:
        signals = Signals(parts.pool.address)
        listening = asyncio.create_task(signals.listen())
        try:
            yield LocalClient(parts, (await command_line(parts)).viewer, signals)
        finally:
            listening.cancel()
            await asyncio.wait([listening])


async def command_line(parts: Opened) -> Context:
    """Return a context in which the service account ``command line`` acts: an admin, with a token's restraint."""
    database = parts.pool.database()
    async with database.transaction() as tx:
        account = await people.command_line(tx, now())
    viewer = Viewer(user_id=account.id, role="admin", display_name=account.display_name, scopes=_RIGHTS)
    return Context(viewer, database, parts.keyring, now)


def _data(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise CommandError("The answer is not GraphQL's.")
    if errors := answer.get("errors"):
        told = "; ".join(str(error.get("message")) for error in errors[:3] if isinstance(error, dict))
        raise CommandError(told or "The server refused without a reason.")
    data = answer.get("data")
    if not isinstance(data, dict):
        raise CommandError("The answer is not GraphQL's.")
    return data
