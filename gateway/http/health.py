"""What probes ask: ``/healthz`` about the process, ``/readyz`` about each of its parts, ``/health`` about the database.

``/healthz`` asks nobody, so it answers while the database hangs. The others ask the database on a connection of their
own (``sql.pulse``), one question at a time, and answer in time whatever becomes of it. They tell no details but which
part.
"""

import asyncio
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.server.supervisor import Supervisor
from sql.database import Pool
from sql.errors import DatabaseError
from sql.named import Query, load
from sql.pulse import Pulse
from sql.signals import Signals

PROBES = ("/healthz", "/readyz", "/health")
HEALTH_SECONDS = 2.0
READY_SECONDS = 0.8
_FRESH = {"cache-control": "no-store"}


@dataclass(frozen=True)
class _Queries:
    keep_setting: Query
    replace_setting: Query


queries = load("operations/gateway", _Queries)


class Health:
    """The probes' answers."""

    def __init__(self, pool: Pool, signals: Signals, beside: Supervisor) -> None:
        self._pulse = Pulse(pool)
        self._signals = signals
        self._beside = beside
        self._asking: asyncio.Task[int] | None = None

    async def of_process(self, request: Request) -> Response:
        """Answer 200: the process takes requests."""
        return JSONResponse({"status": "ok"}, headers=_FRESH)

    async def of_database(self, request: Request) -> Response:
        """Answer 200 while the database answers within ``HEALTH_SECONDS``, else 503."""
        if await self._missing(HEALTH_SECONDS) is None:
            return JSONResponse({"status": "the database does not answer"}, 503, {"retry-after": "2"})
        return JSONResponse({"status": "ok"}, headers=_FRESH)

    async def of_parts(self, request: Request) -> Response:
        """Answer 200 when every part is ``ok``, else 503, within a second; the body names each."""
        missing = await self._missing(READY_SECONDS)
        parts = {
            "database": "ok" if missing is not None else "does not answer",
            "migrations": "ok" if missing == 0 else "unknown" if missing is None else "missing",
            "worker": self._worker(),
            "listener": "ok" if self._signals.is_listening() else "not connected",
        }
        if self._signals.is_ending:
            parts["process"] = "ending"
        ready = all(standing in ("ok", "elsewhere") for standing in parts.values())
        body = {"status": "ready" if ready else "not ready", "parts": parts}
        return JSONResponse(body, 200 if ready else 503, _FRESH if ready else _FRESH | {"retry-after": "2"})

    async def close(self) -> None:
        """Let go of the connection."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait([self._asking], timeout=1)
        await self._pulse.close()

    def _worker(self) -> str:
        standing = self._beside.standing("worker")
        return "elsewhere" if standing is None else "ok" if standing.runs else "restarting"

    async def _missing(self, seconds: float) -> int | None:
        """Return how many migrations the database lacks; None when it did not answer in time.

        All probes share the question under way. It is not cancelled when they give up, since that can take as long.
        """
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._pulse.missing())
        await asyncio.wait([self._asking], timeout=seconds)
        if not self._asking.done() or self._asking.cancelled():
            return None
        try:
            return self._asking.result()
        except DatabaseError:
            return None
