"""The ASGI application: the routes, and what lives as long as they do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp

from core.sealing import Keyring
from gateway.app_state import AppState
from gateway.graphiql.page import invitation_page, routes
from gateway.http.cors import with_cors
from gateway.http.graphql_http import GraphQLHTTP
from gateway.http.health import Health
from gateway.http.middleware import Envelope
from gateway.http.screenshots import Screenshots
from gateway.http.sessions import Sessions
from gateway.jobs.queue import announce, work_if_first
from gateway.jobs.worker_state import WorkerState
from gateway.log import Log
from gateway.server.supervisor import Supervisor
from gateway.websocket.graphql_ws import GraphQLSockets
from sql.database import Pool


class _Application(Starlette):
    """Routes without Starlette's own answers to errors: those are the envelope's."""

    def build_middleware_stack(self) -> ASGIApp:
        return self.router


def application(
    pool: Pool,
    keyring: Keyring,
    *,
    log: Log | None = None,
    parts: AppState | None = None,
    worker: WorkerState | None = None,
) -> ASGIApp:
    """Return the application; ``pool`` is open, and stays the caller's to close.

    With ``worker`` it also takes jobs, unless another serving process does.
    """
    writes = log or Log()
    parts = parts or AppState(pool, keyring)

    beside = Supervisor(writes)
    health = Health(pool, parts.signals, beside)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        beside.keep("listener", parts.signals.listen)
        if worker is not None:
            # Before the first request: whoever needs a browser then waits for ours.
            await announce(worker)
            beside.keep("worker", partial(work_if_first, worker))
        # A worker gives its jobs back while requests end.
        parts.at_end.append(partial(beside.end, "worker"))
        yield
        await beside.close()
        await health.close()

    inner = _Application(
        routes=[
            Route("/", _front),
            Route("/graphql", GraphQLHTTP(parts)),
            WebSocketRoute("/graphql", GraphQLSockets(parts, writes)),
            Route("/session", Sessions(parts)),
            Route("/screenshots/{run}/{part}.png", Screenshots(parts).__call__),
            Route("/health", health.of_database),
            Route("/healthz", health.of_process),
            Route("/readyz", health.of_parts),
            Route("/invitation", invitation_page),
            *routes(),
        ],
        lifespan=lifespan,
    )
    return with_cors(Envelope(inner, writes), parts.origins)


async def _front(request: Request) -> Response:
    return RedirectResponse("/graphql")
