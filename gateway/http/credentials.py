"""From a credential to a ``Viewer``.

A bearer credential (session or API token) that does not hold is refused: who presents one does not want to be taken
for a visitor. A cookie that does not hold is cleared and ignored, because a browser sends it unasked. Cookies count
only where the request could not have been made by a form or an image of another site: with a JSON body, or with a
header that browsers send across sites only after asking. Credentials are never logged.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import Scope

from accounts.secrets import API_TOKEN
from accounts.tries import Client
from core import limits
from gateway.errors import Refusal
from gateway.log import Record
from gateway.server.client import client_of
from resolvers.context import Viewer
from resolvers.people.sessions import viewer_of
from sql.database import Database
from sql.errors import OutcomeUnknown, TimedOut, Unavailable

COOKIE = "palimpsest_session"
COOKIE_SECONDS = 30 * 24 * 3600
DEVICE_COOKIE = "palimpsest_device"
VISITOR_HEADER = "x-palimpsest-visitor"
VISITOR_COOKIE = "palimpsest_visitor"
PREFLIGHT_HEADERS = ("x-palimpsest", "graphql-preflight")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Credential:
    """Who asks, the session's secret if there is one, and whether a dead cookie came with the request."""

    viewer: Viewer
    secret: str | None = None
    dead_cookie: bool = False


def is_deliberate(connection: HTTPConnection) -> bool:
    """Whether the request carries a header that another site's page cannot send without asking first."""
    kind = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or any(name in connection.headers for name in PREFLIGHT_HEADERS)


async def credential_of(
    connection: HTTPConnection, database: Database, now: datetime, *, deliberate: bool
) -> Credential:
    """Return who asks; raises ``Refusal`` (401) for a bearer credential that does not hold.

    ``deliberate`` says that another site cannot have made the request, or cannot read what it answers.
    """
    header = connection.headers.get("authorization")
    if header is not None:
        return await bearer(header, database, now)
    visitor = Viewer(visitor=visitor_of(connection))
    secret = connection.cookies.get(COOKIE, "")
    if not secret or not deliberate:
        return Credential(visitor)
    viewer = None if secret.startswith(API_TOKEN) else await _resolve(secret, database, now)
    return Credential(viewer, secret) if viewer else Credential(visitor, dead_cookie=True)


def visitor_of(connection: HTTPConnection) -> str | None:
    """Return the SHA-256 of the id that a client made for a visitor: it opens nothing, it only stays what it is.

    By it a visitor sees the same arm of an experiment each time, and as a learner after signing up.
    """
    id = connection.headers.get(VISITOR_HEADER) or connection.cookies.get(VISITOR_COOKIE) or ""
    return hashlib.sha256(id.encode()).hexdigest() if 0 < len(id) <= _LONGEST else None


def client_with_device(connection: HTTPConnection) -> Client:
    """Return where the connection comes from, the same for all who ask about one request."""
    client = connection.scope.get("palimpsest.client")
    if not isinstance(client, Client):
        client = Client(client_of(connection), connection.cookies.get(DEVICE_COOKIE, ""))
        connection.scope["palimpsest.client"] = client
    return client


def device_cookie(scope: Scope) -> str | None:
    """Return the header ``set-cookie`` by which a device that signed in is known again; None for any other request."""
    client = scope.get("palimpsest.client")
    if not isinstance(client, Client) or client.remembered is None:
        return None
    response = Response()
    response.set_cookie(
        DEVICE_COOKIE,
        client.remembered,
        max_age=limits.DEVICE_DAYS * 24 * 3600,
        path="/",
        httponly=True,
        samesite="lax",
        secure=scope["scheme"] == "https",
    )
    return response.headers["set-cookie"]


async def bearer(header: str, database: Database, now: datetime) -> Credential:
    """Return for whom ``Bearer CREDENTIAL`` stands; raises ``Refusal`` (401) when for nobody."""
    scheme, _, secret = header.strip().partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret:
        raise _unauthenticated("The Authorization header is not of the form: Bearer CREDENTIAL.")
    viewer = await _resolve(secret, database, now)
    if viewer is None:
        raise _unauthenticated("The session or API token is unknown, expired or revoked; sign in again.")
    return Credential(viewer, None if viewer.is_token else secret)


def note(record: Record, viewer: Viewer) -> None:
    """Put ids, and ids only, of who asks into the log's record."""
    if viewer.user_id is not None:
        record.viewer = str(viewer.user_id)
    if viewer.token_id is not None:
        record.token = str(viewer.token_id)


def set_cookie(response: Response, secret: str, *, secure: bool) -> None:
    """Give the browser a session's secret, out of reach of scripts and of other sites' requests."""
    response.set_cookie(COOKIE, secret, max_age=COOKIE_SECONDS, path="/", httponly=True, samesite="lax", secure=secure)


def clear_cookie(response: Response) -> None:
    """Take the session's secret from the browser."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")


async def _resolve(secret: str, database: Database, now: datetime) -> Viewer | None:
    if len(secret) > _LONGEST or not secret.isascii():
        return None
    try:
        return await viewer_of(database.within(limits.LOOKUP_SECONDS), secret, now)
    except (TimedOut, OutcomeUnknown) as error:
        raise Unavailable from error


def _unauthenticated(message: str) -> Refusal:
    return Refusal(401, "UNAUTHENTICATED", message, {"www-authenticate": "Bearer"})
