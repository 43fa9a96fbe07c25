"""The outermost layer of every request: its id, its log line, the security headers, and the one net for errors.

What an endpoint does not answer itself comes here as an exception: refusals are told with their code, everything else
is masked, and the log says what is behind it. Plain ASGI. A middleware with a task of its own would break context
variables and the telling of disconnects.
"""

import asyncio
import re
from contextlib import suppress
from time import perf_counter
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import Refusal
from gateway.http.bodies import drain
from gateway.http.credentials import device_cookie
from gateway.http.refusals import refusal_of, told
from gateway.log import Log, Record
from sql.errors import DatabaseError

SECURITY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}

INTERNAL_ERROR = 1011  # of a WebSocket
_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class Envelope:
    """Wraps the application; a header that a page set itself (its own policy) is left as it is."""

    def __init__(self, inner: ASGIApp, log: Log) -> None:
        self._inner = inner
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._inner(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._inner(scope, receive, send)
        except Exception as error:
            self._log.error(uuid4().hex[:12], error)
            with suppress(Exception):
                await send({"type": "websocket.close", "code": INTERNAL_ERROR, "reason": "Internal error"})

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()
        given = Headers(scope=scope).get("x-request-id", "")
        record = Record(
            # An id that came with the request is kept only if it cannot forge a log line.
            id=given if _ID.fullmatch(given) else uuid4().hex,
            method=scope["method"][:20],
            path=scope["path"][:200],
        )
        scope["palimpsest.record"] = record
        scope["palimpsest.log"] = self._log

        async def send_wrapped(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = record.id
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
                if (cookie := device_cookie(scope)) is not None:
                    headers.append("set-cookie", cookie)
            elif message["type"] == "http.response.body":
                record.bytes += len(message.get("body", b""))
            await send(message)

        try:
            await self._inner(scope, receive, send_wrapped)
        except asyncio.CancelledError:  # nothing but the end of the process cancels a whole request
            record.codes.append("UNAVAILABLE")
            if record.status:
                raise
            message = "The server ends and stopped the operation; what it had begun is rolled back. Send it again."
            ending = Refusal(
                503, "UNAVAILABLE", message, {"retry-after": "2", "connection": "close", "cache-control": "no-store"}
            )
            await told(ending)(scope, receive, send_wrapped)
        except ClientDisconnect:
            record.gone = True
        except Exception as error:
            refusal, extensions = self._refusal(error, record)
            if record.status:
                # Half an answer is out; the server closes the connection, so that nobody takes it for whole.
                raise
            if not isinstance(error, HTTPException):  # an address that nothing is at reads no body
                with suppress(ClientDisconnect):
                    await drain(Request(scope, receive))
            await told(refusal, **extensions)(scope, receive, send_wrapped)
        finally:
            self._log.request(record, began)

    def _refusal(self, error: Exception, record: Record) -> tuple[Refusal, dict[str, str]]:
        """Return what is told of an error; those that are not the client's are logged."""
        refusal = refusal_of(error)
        extensions: dict[str, str] = {}
        if refusal is None or isinstance(error, DatabaseError):
            error_id = uuid4().hex[:12]
            record.errors.append(error_id)
            self._log.error(error_id, error)
            if refusal is None:
                refusal = Refusal(500, "INTERNAL", masked(error_id))
                extensions["errorId"] = error_id
        record.codes.append(refusal.code)
        return refusal, extensions


def masked(error_id: str) -> str:
    """Return the message that stands for an error of ours."""
    return f"Something went wrong on our side; quote the id {error_id}."
