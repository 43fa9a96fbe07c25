"""``/graphql`` over WebSockets: subscriptions, by the protocol ``graphql-transport-ws``.

strawberry's handler speaks the protocol; what is ours is who may open a socket, what may run on it, and what an answer
tells. A credential comes as a header of the handshake, as ``authorization`` in the payload of ``connection_init``
(browsers cannot set headers here), or as the cookie, which counts only for pages of this very origin. It is looked up
again before each event, so a session that was ended hears nothing more. Queries and mutations are refused: over HTTP
they have deadlines, status codes and idempotency.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from datetime import timedelta
from inspect import isawaitable
from time import perf_counter
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import uuid4

import orjson
from graphql import ExecutionResult, GraphQLError, OperationType, subscribe
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from strawberry.exceptions import ConnectionRejectionError
from strawberry.execution import optimized_is_awaitable
from strawberry.http.exceptions import NonJsonMessageReceived, NonTextMessageReceived, WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.types.unset import UNSET

from gateway.answers import encoded, shown
from gateway.asked import Asked
from gateway.credentials import Credential, bearer, credential_of, note
from gateway.errors import Refusal
from gateway.executor import EXECUTOR
from gateway.log import Log, Record
from gateway.parts import Parts
from gateway.variables import check_variables
from resolvers.context import Context
from schema.api import schema
from sql import limits
from sql.database import Database
from sql.errors import DatabaseError

PROTOCOL = "graphql-transport-ws"
TRY_AGAIN_LATER = 1013
FORBIDDEN, NOT_ACCEPTABLE = 4403, 4406


class GraphQLSockets:
    """The endpoint; counts the sockets that are open in this process."""

    def __init__(self, parts: Parts, log: Log) -> None:
        self._parts = parts
        self._log = log
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket = WebSocket(scope, receive, send)
        acceptable = PROTOCOL in socket["subprotocols"]
        await socket.accept(PROTOCOL if acceptable else None)
        if not acceptable:
            await socket.close(NOT_ACCEPTABLE, f"Subprotocol not acceptable: {PROTOCOL} is spoken here")
        elif self._open >= limits.SOCKETS:
            await socket.close(TRY_AGAIN_LATER, "Too many sockets are open; try again later")
        else:
            self._open += 1
            try:
                await _Handler(self._parts, self._log, socket).handle()
            finally:
                self._open -= 1


class _Adapter:
    """The socket as strawberry's handler wants it; messages that are not of the protocol's form never reach it."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        while self._socket.application_state is WebSocketState.CONNECTED:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if message.get("text") is None:
                raise NonTextMessageReceived
            yield _message(message["text"])

    async def send_json(self, message: Mapping[str, object]) -> None:
        try:
            await self._socket.send_text(encoded(dict(message)).decode())
        except (WebSocketDisconnect, RuntimeError) as error:  # the latter after our own close
            raise WebSocketDisconnected from error

    async def close(self, code: int, reason: str) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):
            # A close frame holds at most 123 bytes of reason.
            await self._socket.close(code, reason.encode()[:120].decode(errors="ignore"))


def _message(text: str) -> dict[str, Any]:
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise NonJsonMessageReceived from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise NonJsonMessageReceived
    if message["type"] in ("subscribe", "complete") and not isinstance(message.get("id"), str):
        raise NonJsonMessageReceived
    if message["type"] == "subscribe" and not (
        isinstance(message.get("payload"), dict) and isinstance(message["payload"].get("query"), str)
    ):
        raise NonJsonMessageReceived
    return message


class _Connected:
    """What strawberry calls the context: the handshake, and the payload of ``connection_init`` once it came."""

    def __init__(self, parts: Parts, socket: WebSocket) -> None:
        self._parts = parts
        self._socket = socket
        self.connection_params: dict[str, Any] = {}

    async def credential(self, database: Database) -> Credential:
        """Return for whom the socket speaks now; raises ``Refusal`` for a credential that does not hold."""
        now = self._parts.clock()
        given = self.connection_params.get("authorization") or self.connection_params.get("Authorization")
        if given is not None:
            return await bearer(str(given), database, now)
        return await credential_of(self._socket, database, now, deliberate=_is_own_page(self._socket))


def _is_own_page(socket: WebSocket) -> bool:
    """Whether the handshake came from a page that this very server served."""
    return urlsplit(socket.headers.get("origin", "")).netloc == socket.headers.get("host", "-")


class _Door:
    """What strawberry calls the view: it is asked whether a connection may be acknowledged."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def on_ws_connect(self, connected: _Connected) -> Any:
        try:
            await connected.credential(self._parts.pool.database())
        except (Refusal, DatabaseError) as error:
            raise ConnectionRejectionError from error
        return UNSET


class _Handler(BaseGraphQLTransportWSHandler[_Connected, None]):
    """One socket. Each operation gets a context and a line of log of its own."""

    def __init__(self, parts: Parts, log: Log, socket: WebSocket) -> None:
        super().__init__(
            view=cast("Any", _Door(parts)),
            websocket=cast("Any", _Adapter(socket)),
            context=_Connected(parts, socket),
            root_value=None,
            schema=schema,
            connection_init_wait_timeout=timedelta(seconds=limits.SOCKET_INIT_SECONDS),
            max_subscriptions_per_connection=limits.OPERATIONS_OF_A_SOCKET,
        )
        self._parts = parts
        self._log = log

    async def run_operation(self, operation: Operation[_Connected, None]) -> None:
        """Run one subscription to its end and log it; nothing that goes wrong leaves its task."""
        record = Record(id=uuid4().hex, method="WEBSOCKET", path="/graphql", status=101)
        began = perf_counter()
        database = self._parts.pool.database()
        try:
            async with aclosing(self._results(operation, record, database)) as results:
                async for payload in results:
                    record.bytes += len(encoded(payload))
                    await self._send(operation, {"id": operation.id, "type": "next", "payload": payload})
            await self._send(operation, {"id": operation.id, "type": "complete"})
        except WebSocketDisconnected:
            record.gone = True
        except _Ended:
            await self.websocket.close(FORBIDDEN, "Forbidden: the session or token does not hold any more")
        except (Refusal, GraphQLError, DatabaseError) as error:
            await self._refuse(operation, record, [_as_error(error)])
        except _NeverRan as error:
            await self._refuse(operation, record, error.errors)
        except Exception as error:  # the last net: what comes here is a fault of ours
            masked = GraphQLError("", original_error=error)
            await self._refuse(operation, record, [masked])
        finally:
            record.cost(database.meter)
            self._log.request(record, began)

    async def _results(
        self, operation: Operation[_Connected, None], record: Record, database: Database
    ) -> AsyncGenerator[dict[str, Any], None]:
        viewer = (await self.context.credential(database)).viewer
        note(record, viewer)
        asked = Asked.of(
            {"query": operation.query, "variables": operation.variables, "operationName": operation.operation_name}
        )
        suggest = self._parts.exposure.tells_schema(viewer)
        document, record.cached = await self._parts.documents.load(asked.query, suggest=suggest)
        record.document = document.hash[:16]
        if document.node is None:
            raise _NeverRan(document.errors_for(suggest=suggest))
        chosen = document.operation(asked.operation)
        record.operation = chosen.name.value[:100] if chosen.name else None
        record.kind = chosen.operation.value
        if chosen.operation is not OperationType.SUBSCRIPTION:
            raise Refusal(400, "BAD_REQUEST", "Only subscriptions run over a socket; send the others by POST.")
        await check_variables(asked.variables, viewer)
        document.check_cost(schema._schema, chosen, asked.variables)
        context = self._parts.context(viewer, database)
        made = subscribe(
            schema._schema,
            document.node,
            context_value=context,
            variable_values=asked.variables,
            operation_name=asked.operation,
            is_awaitable=optimized_is_awaitable,
            executor_class=EXECUTOR,
            hide_suggestions=not suggest,
            operation_extensions=None,
        )
        stream = await made if isawaitable(made) else made
        if isinstance(stream, ExecutionResult):
            raise _NeverRan(list(stream.errors or ()))
        async with aclosing(cast("AsyncGenerator[ExecutionResult, None]", stream)):
            async for result in stream:
                await self._require_same_viewer(context)
                payload: dict[str, Any] = {"data": result.data}
                if result.errors:
                    payload["errors"] = shown(result.errors, record, self._log)
                yield payload

    async def _require_same_viewer(self, context: Context) -> None:
        try:
            now = (await self.context.credential(context.database)).viewer
        except Refusal:
            raise _Ended from None
        if now != context.viewer:
            raise _Ended

    async def _refuse(self, operation: Operation[_Connected, None], record: Record, errors: list[GraphQLError]) -> None:
        told = shown(errors, record, self._log)
        with suppress(WebSocketDisconnected):
            await self._send(operation, {"id": operation.id, "type": "error", "payload": told})

    async def _send(self, operation: Operation[_Connected, None], message: dict[str, Any]) -> None:
        await operation.send_operation_message(cast("Any", message))


class _Ended(Exception):
    """The credential does not hold any more, or stands for other rights than it did."""


class _NeverRan(Exception):
    """The operation failed before its first event."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__()
        self.errors = errors


def _as_error(error: Refusal | GraphQLError | DatabaseError) -> GraphQLError:
    if isinstance(error, GraphQLError):
        return error
    if isinstance(error, DatabaseError):
        return GraphQLError(str(error), original_error=error)
    return GraphQLError(str(error), extensions={"code": error.code})
