"""``/session``: signing in and out for pages of ours, by a cookie that no script can read.

GET tells who is signed in (204: nobody), POST signs in, DELETE signs out. It is the same as ``logIn`` and ``logOut``
and under the same limits; only the secret goes into a cookie and not into the page's hands.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from core import limits
from core.faults import Refused
from gateway.app_state import AppState
from gateway.errors import Refusal
from gateway.http import credentials
from gateway.http.bodies import read_json
from gateway.http.credentials import clear_cookie, client_with_device, credential_of, set_cookie
from gateway.log import record_of
from resolvers.context import VISITOR, Viewer
from resolvers.people import sessions
from sql.database import Database

_BODY_BYTES = 10_000


class Sessions:
    """The endpoint, an ASGI application of its own so that it answers every method itself."""

    def __init__(self, parts: AppState) -> None:
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        database = self._parts.pool.database(seconds=limits.REQUEST_SECONDS)
        try:
            response = await self._answer(request, database)
        finally:
            record_of(request).cost(database.meter)
        response.headers["cache-control"] = "no-store"
        await response(scope, receive, send)

    async def _answer(self, request: Request, database: Database) -> Response:
        match request.method:
            case "GET":
                return await self._tell(request, database)
            case "POST":
                return await self._sign_in(request, database)
            case "DELETE":
                return await self._sign_out(request, database)
        raise Refusal(405, "METHOD_NOT_ALLOWED", "Use GET, POST or DELETE.", {"allow": "GET, POST, DELETE"})

    async def _tell(self, request: Request, database: Database) -> Response:
        # Another site can send this GET but not read its answer.
        found = await credential_of(request, database, self._parts.clock(), deliberate=True)
        credentials.note(record_of(request), found.viewer)
        response = _who(found.viewer) if found.viewer.user_id else Response(status_code=204)
        if found.dead_cookie:
            clear_cookie(response)
        return response

    async def _sign_in(self, request: Request, database: Database) -> Response:
        body = await read_json(request, _BODY_BYTES)
        email, password = _text(body, "email"), _text(body, "password")
        ends_others = isinstance(body, dict) and body.get("logOutEverywhere") is True
        context = self._parts.context(VISITOR, database, client_with_device(request))
        try:
            entered = await sessions.log_in(context, email, password, ends_others=ends_others)
        except Refused as refused:
            raise Refusal(401, "INVALID_CREDENTIALS", refused.faults[0].text()) from refused
        credentials.note(record_of(request), entered.viewer)
        response = _who(entered.viewer)
        set_cookie(response, entered.secret, secure=request.url.scheme == "https")
        return response

    async def _sign_out(self, request: Request, database: Database) -> Response:
        if not credentials.is_deliberate(request):
            raise Refusal(400, "PREFLIGHT_REQUIRED", "Signing out needs the header x-palimpsest: 1.")
        found = await credential_of(request, database, self._parts.clock(), deliberate=True)
        credentials.note(record_of(request), found.viewer)
        if found.viewer.session is not None:
            await sessions.log_out(self._parts.context(found.viewer, database))
        response = Response(status_code=204)
        clear_cookie(response)
        return response


def _who(viewer: Viewer) -> Response:
    return JSONResponse({"displayName": viewer.display_name, "role": (viewer.role or "").upper()})


def _text(body: Any, name: str) -> str:
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, str):
        raise Refusal(400, "BAD_REQUEST", f"The field {name} must be given, as text.")
    return value
