"""uvicorn's protocols with an end to every wait: for headers, for a body, for the next request, for an answer's reader.

They note on the connection's record (``connections``) what is waited for; its sweep ends what takes too long. Beside
that they bound the headers' size and the requests sent ahead, answer what is malformed in the form of the endpoint's
own errors, and write no line of log for a single bad request.
"""

import asyncio
from typing import Any

import httptools
import orjson
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from core import limits
from gateway.http.health import PROBES
from gateway.server.connections import LINGER_SECONDS, Connection, Connections, Waits
from gateway.server.socket_protocol import SocketProtocol

_STATUS = {
    400: b"400 Bad Request",
    408: b"408 Request Timeout",
    431: b"431 Request Header Fields Too Large",
    503: b"503 Service Unavailable",
}


def plain_answer(status: int, code: str, message: str) -> bytes:
    """Return a whole answer that ends its connection, for where there is no application to give one."""
    body = orjson.dumps({"errors": [{"message": message, "extensions": {"code": code}}]})
    return (
        b"HTTP/1.1 " + _STATUS[status] + b"\r\ncontent-type: application/json; charset=utf-8\r\n"
        b"cache-control: no-store\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    )


class HTTP(HttpToolsProtocol):
    """One connection until it is closed or becomes a socket."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        *,
        connection: Connection,
        connections: Connections,
    ) -> None:
        super().__init__(config, server_state, app_state)
        self._connection = connection
        self._connections = connections
        self._head_bytes = 0
        self._is_in_head = True
        self._is_in_body = False
        self._is_over = False
        if connection.is_guest:
            self.app = _for_guests(self.app)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._connection.transport = transport
        self._connection.speaker = self
        if self._connection not in self._connections.open:  # it had to make room before it was here
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._unset_keepalive_if_required()
        self._connections.release(self._connection)

    def data_received(self, data: bytes) -> None:
        if self._is_over:
            return
        self._unset_keepalive_if_required()
        self._head_bytes = self._head_bytes + len(data) if self._is_in_head or not self._is_in_body else 0
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self._connections.counts["malformed"] += 1
            self._refuse(400, "BAD_REQUEST", "This is not a request by HTTP/1.1.")
            return
        except httptools.HttpParserUpgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
                return
        if self._is_in_head and self._head_bytes > limits.HEADER_BYTES:
            self._connections.counts["head_too_large"] += 1
            message = f"The headers are larger than {limits.HEADER_BYTES} bytes, the most allowed."
            self._refuse(431, "TOO_LARGE", message)
        elif len(self.pipeline) > limits.PIPELINED:
            self._connections.counts["too_many_ahead"] += 1
            self.transport.abort()
        else:
            self._note()

    def on_message_begin(self) -> None:
        self._is_in_head, self._is_in_body = True, False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._is_in_head, self._is_in_body, self._head_bytes = False, True, 0
        super().on_headers_complete()
        if self._connection.is_guest and self.cycle is not None:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        self._is_in_body = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._note()

    def handle_websocket_upgrade(self) -> None:
        super().handle_websocket_upgrade()
        self._connections.note(self._connection, None)
        socket = self.transport.get_protocol()
        assert isinstance(socket, Socket)
        self._connection.speaker = None
        socket.take_over(self._connection, self._connections)

    def pause_writing(self) -> None:
        self._connection.is_paused = True
        super().pause_writing()

    def resume_writing(self) -> None:
        self._connection.is_paused = False
        super().resume_writing()

    def give_up(self, waits: Waits) -> None:
        """Answer 408 where a request has begun and nothing was answered, then close."""
        if waits == "idle" or (waits == "head" and self._head_bytes == 0) or not self._is_answerable():
            self.transport.close()
        elif waits == "head":
            self._refuse(408, "TIMEOUT", f"The headers did not arrive within {limits.HEADER_SECONDS:g} seconds.")
        else:
            self._refuse(408, "TIMEOUT", f"The body did not arrive within {limits.BODY_SECONDS:g} seconds.")

    def is_held(self) -> bool:
        """Whether the application is behind with reading."""
        return self.flow.read_paused

    def _should_upgrade(self) -> bool:
        return not self._connection.is_guest and super()._should_upgrade()

    def _is_working(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _is_answerable(self) -> bool:
        """Whether an answer of ours would be the answer to the request that is not complete."""
        return not self.pipeline and (not self._is_working() or not self.cycle.response_started)

    def _note(self) -> None:
        waits: Waits | None
        if self._is_working():
            waits = "body" if self._is_in_body and not self.pipeline else None
        elif self._is_in_body:
            waits = "body"
        else:
            waits = "head" if self._is_in_head else "idle"
        self._connections.note(self._connection, waits)

    def _refuse(self, status: int, code: str, message: str) -> None:
        """Answer, unless an answer is under way, and close; whoever was at work for the client is told that it went."""
        self._is_over = True
        if self._is_answerable():
            self.transport.write(plain_answer(status, code, message))
            if self.transport.can_write_eof():
                self.transport.write_eof()
            # A connection with bytes that nobody read is reset, and the answer with it.
            self.loop.call_later(LINGER_SECONDS, self.transport.close)
        else:
            self.transport.close()
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self._connections.note(self._connection, None)


class Socket(SocketProtocol):
    """A WebSocket; it keeps the place of the connection that it was."""

    _connection: Connection | None = None
    _connections: Connections | None = None

    def take_over(self, connection: Connection, connections: Connections) -> None:
        """Stand in the connection's place from now on."""
        self._connection, self._connections = connection, connections

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._connections is not None and self._connection is not None:
            self._connections.release(self._connection)

    def pause_writing(self) -> None:
        if self._connection is not None:
            self._connection.is_paused = True
        super().pause_writing()

    def resume_writing(self) -> None:
        if self._connection is not None:
            self._connection.is_paused = False
        super().resume_writing()


def _for_guests(app: Any) -> ASGIApp:
    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in PROBES:
            await app(scope, receive, send)
            return
        body = orjson.dumps(
            {"errors": [{"message": "Too many connections are open.", "extensions": {"code": "OVERLOADED"}}]}
        )
        headers = [
            (b"content-type", b"application/json; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"retry-after", b"2"),
        ]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return guarded
