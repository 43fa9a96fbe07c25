"""``/health``: 200 while the process serves and its database answers, else 503; for probes, so it tells no details."""

import asyncio
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sql.database import Pool
from sql.errors import DatabaseError
from sql.named import Query, load
from sql.rows.gateway import PingRow

_SECONDS = 2.0


@dataclass(frozen=True)
class _Queries:
    ping: Query
    setting_by_name: Query
    keep_setting: Query
    replace_setting: Query


queries = load("gateway", _Queries)


class Health:
    """The probe's answer."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __call__(self, request: Request) -> Response:
        try:
            async with asyncio.timeout(_SECONDS):
                await self._pool.database().fetch_one(queries.ping, PingRow)
        except (DatabaseError, TimeoutError):
            return JSONResponse({"status": "the database does not answer"}, 503, {"retry-after": "2"})
        return JSONResponse({"status": "ok"}, headers={"cache-control": "no-store"})
