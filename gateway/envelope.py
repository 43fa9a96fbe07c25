"""The outermost layer of every request: its id, its log line, the security headers, and the last net for errors.

Plain ASGI. A middleware with a task of its own would break context variables and the telling of disconnects.
"""

import asyncio
import re
from time import perf_counter
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.log import Log, Record

SECURITY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}

_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class Envelope:
    """Wraps the application; a header that a page set itself (its own policy) is left as it is."""

    def __init__(self, inner: ASGIApp, log: Log) -> None:
        self._inner = inner
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
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
            answer = JSONResponse(
                {"errors": [{"message": message, "extensions": {"code": "UNAVAILABLE"}}]},
                status_code=503,
                headers={"retry-after": "2", "connection": "close", "cache-control": "no-store"},
            )
            await answer(scope, receive, send_wrapped)
        except Exception as error:  # the last net: what comes here is a fault of ours
            error_id = uuid4().hex[:12]
            record.errors.append(error_id)
            self._log.error(error_id, error)
            if record.status:
                raise
            answer = JSONResponse(
                {"errors": [{"message": masked(error_id), "extensions": {"code": "INTERNAL", "errorId": error_id}}]},
                status_code=500,
            )
            await answer(scope, receive, send_wrapped)
        finally:
            self._log.request(record, began)


def masked(error_id: str) -> str:
    """Return the message that stands for an error of ours."""
    return f"Something went wrong on our side; quote the id {error_id}."
