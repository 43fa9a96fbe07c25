"""``/graphql`` over WebSockets, by the protocol ``graphql-transport-ws``: queries, mutations and subscriptions.

strawberry's handler speaks the protocol; what is ours is who may open a socket, what may run on it, and what an answer
tells. A credential comes as a header of the handshake, as ``authorization`` in the payload of ``connection_init``
(browsers cannot set headers here), or as the cookie, which counts only for pages that ``PALIMPSEST_ORIGINS`` trusts.
It is looked up again for each operation and before each event. Visitors are refused unless a subscription is open to
them: HTTP serves them as well, and holds nothing for them in between.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import ExitStack, aclosing, suppress
from datetime import timedelta
from inspect import isawaitable
from time import perf_counter
from typing import Any, cast
from uuid import uuid4

from graphql import ExecutionResult, GraphQLError, OperationType, subscribe
from orjson import Fragment
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.exceptions import ConnectionRejectionError
from strawberry.execution import optimized_is_awaitable
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.subscriptions.protocols.graphql_transport_ws.types import PingMessage, SubscribeMessage
from strawberry.types.unset import UNSET

from core import limits
from gateway.app_state import AppState
from gateway.errors import Refusal
from gateway.execution.executor import EXECUTOR
from gateway.execution.single_result import Caller, Chosen, NeverRan, answer, body_of, chosen
from gateway.execution.values import plain_errors
from gateway.http.credentials import Credential, bearer, client_with_device, credential_of, note
from gateway.http.error_format import JSON, refused, shown
from gateway.http.graphql_request import GraphQLRequest
from gateway.http.middleware import masked
from gateway.log import Log, Record
from gateway.server.client import client_of
from gateway.websocket.counts import SocketCounts, TooManySockets
from gateway.websocket.messages import Messages
from resolvers.context import Context, Viewer
from schema.api import schema
from schema.subscription import AUDIENCES
from sql.database import Database
from sql.errors import DatabaseError

PROTOCOL = "graphql-transport-ws"
NORMAL, INTERNAL, TRY_AGAIN_LATER = 1000, 1011, 1013
FORBIDDEN, NOT_ACCEPTABLE = 4403, 4406


def may_connect(viewer: Viewer) -> bool:
    """Whether a socket is of use to somebody: all users, and visitors if a subscription declares them its audience."""
    return viewer.user_id is not None or any(audience(viewer) for audience in AUDIENCES.values())


class GraphQLSockets:
    """The endpoint: refuses pages of foreign origins, and counts the sockets that are open in this process."""

    def __init__(self, parts: AppState, log: Log) -> None:
        self._parts = parts
        self._log = log
        self._counts = SocketCounts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket = WebSocket(scope, receive, send)
        if not self._parts.origins.allows(socket.headers.get("origin"), socket.headers.get("host")):
            await self._refuse(socket)
            return
        acceptable = PROTOCOL in socket["subprotocols"]
        await socket.accept(PROTOCOL if acceptable else None)
        handler = _Handler(self._parts, self._log, socket, self._counts)
        if not acceptable:
            await handler.websocket.close(NOT_ACCEPTABLE, f"Subprotocol not acceptable: {PROTOCOL} is spoken here")
            return
        try:
            with self._counts.of_client(client_of(socket)):
                await handler.handle()
        except TooManySockets as error:
            await handler.websocket.close(TRY_AGAIN_LATER, str(error))
        except Exception as error:  # the last net: what comes here is a fault of ours
            error_id = uuid4().hex[:12]
            self._log.error(error_id, error)
            await handler.websocket.close(INTERNAL, masked(error_id))

    async def _refuse(self, socket: WebSocket) -> None:
        """Answer the handshake with 403 in place of a socket."""
        record, began = _record(), perf_counter()
        message = "Pages of this origin may not connect; the setting PALIMPSEST_ORIGINS lists those that may."
        refusal = Refusal(403, "FORBIDDEN", message)
        record.status = refusal.status
        await socket.send_denial_response(Response(refused(refusal, record), refusal.status, media_type=JSON))
        self._log.request(record, began)


class _Connected:
    """What strawberry calls the context: the handshake, and the payload of ``connection_init`` once it came."""

    def __init__(self, parts: AppState, socket: WebSocket) -> None:
        self._parts = parts
        self._socket = socket
        self.connection_params: dict[str, Any] = {}

    async def credential(self, database: Database) -> Credential:
        """Return for whom the socket speaks now; raises ``Refusal`` for a credential that does not hold."""
        now = self._parts.clock()
        given = self.connection_params.get("authorization") or self.connection_params.get("Authorization")
        if given is not None:
            return await bearer(str(given), database, now)
        headers = self._socket.headers
        deliberate = self._parts.origins.takes_cookies(headers.get("origin"), headers.get("host"))
        return await credential_of(self._socket, database, now, deliberate=deliberate)


class _Door:
    """What strawberry calls the view: it is asked whether a connection may be acknowledged."""

    def __init__(self, parts: AppState, messages: Messages, counts: SocketCounts, held: ExitStack) -> None:
        self._parts = parts
        self._messages = messages
        self._counts = counts
        self._held = held

    async def on_ws_connect(self, connected: _Connected) -> Any:
        try:
            viewer = (await connected.credential(self._parts.pool.database())).viewer
            if not may_connect(viewer):
                raise Refusal(403, "UNAUTHENTICATED", "sign in; no subscription is open to visitors")
            if viewer.user_id is not None:
                self._held.enter_context(self._counts.of_user(viewer.user_id))
        except Refusal as refusal:
            await self._messages.close(FORBIDDEN, f"Forbidden: {refusal}")
        except (TooManySockets, DatabaseError) as error:
            await self._messages.close(TRY_AGAIN_LATER, str(error))
        else:
            return UNSET
        raise ConnectionRejectionError  # its close comes after ours and is ignored


class _Handler(BaseGraphQLTransportWSHandler[_Connected, None]):
    """One socket. Each operation gets a context and a line of log of its own.

    A query or subscription ends with the client's interest in it; a mutation that has begun runs to its end, as over
    HTTP, and counts as running until then.
    """

    def __init__(self, parts: AppState, log: Log, socket: WebSocket, counts: SocketCounts) -> None:
        self._held = ExitStack()
        self._messages = Messages(socket, self._stir)
        super().__init__(
            view=cast("Any", _Door(parts, self._messages, counts, self._held)),
            websocket=cast("Any", self._messages),
            context=_Connected(parts, socket),
            root_value=None,
            schema=schema,
            connection_init_wait_timeout=timedelta(seconds=limits.SOCKET_INIT_SECONDS),
        )
        self._parts = parts
        self._log = log
        self._client = client_with_device(socket)
        self._writing: set[Operation[_Connected, None]] = set()
        self._stir()

    async def handle(self) -> None:
        """Serve the socket until it is closed and the last mutation has ended."""
        watch = asyncio.ensure_future(self._close_when_idle())
        with self._held:
            try:
                await super().handle()
            finally:
                watch.cancel()
                for operation in list(self._writing):
                    with suppress(Exception, asyncio.CancelledError):
                        await cast("asyncio.Task[None]", operation.task)

    async def handle_ping(self, message: PingMessage) -> None:
        """Answer with the same payload, by which a client may know its ping."""
        await self.send_message(cast("Any", message | {"type": "pong"}))

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Begin an operation unless too many run."""
        running = {*self.operations.values(), *self._writing}
        if (
            self.connection_acknowledged
            and message["id"] not in self.operations
            and len(running) >= limits.OPERATIONS_OF_A_SOCKET
        ):
            told = f"{len(running)} operations run on this socket, the most allowed; complete one first."
            error = {"message": told, "extensions": {"code": "LIMIT", "allowed": limits.OPERATIONS_OF_A_SOCKET}}
            await self.send_message(cast("Any", {"id": message["id"], "type": "error", "payload": [error]}))
            return
        await super().handle_subscribe(message)

    async def cleanup_operation(self, operation_id: str) -> None:
        """End an operation that nobody listens to; a mutation that has begun runs on."""
        operation = self.operations.get(operation_id)
        if operation is None:
            return
        operation.completed = True
        if operation in self._writing:
            del self.operations[operation_id]
        else:
            await super().cleanup_operation(operation_id)

    async def run_operation(self, operation: Operation[_Connected, None]) -> None:
        """Run one operation to its end and log it; nothing that goes wrong leaves its task."""
        record, began = _record(), perf_counter()
        record.status = 101
        database = self._parts.pool.database()
        try:
            await self._perform(operation, record, database)
            record.gone = operation.completed
            await self._send(operation, {"id": operation.id, "type": "complete"})
        except WebSocketDisconnected:
            record.gone = True
        except asyncio.CancelledError:
            record.gone = record.kind != "subscription"
            raise
        except _Ended:
            await self.websocket.close(FORBIDDEN, "Forbidden: the session or token does not hold any more")
        except NeverRan as failure:
            await self._refuse(operation, record, failure.errors)
        except (Refusal, GraphQLError, DatabaseError) as error:
            await self._refuse(operation, record, [_as_error(error)])
        except Exception as error:  # the last net: what comes here is a fault of ours
            await self._refuse(operation, record, [GraphQLError("", original_error=error)])
        finally:
            self._writing.discard(operation)
            self._stir()
            record.cost(database.meter)
            self._log.request(record, began)

    async def _perform(self, operation: Operation[_Connected, None], record: Record, database: Database) -> None:
        viewer = await self._viewer(database)
        note(record, viewer)
        form = {"query": operation.query, "variables": operation.variables, "operationName": operation.operation_name}
        # Variables may be many, and are counted level by level.
        asked = await asyncio.to_thread(GraphQLRequest.of, form) if operation.variables else GraphQLRequest.of(form)
        wanted = await chosen(self._parts, asked, viewer, record)
        if wanted.operation.operation is OperationType.SUBSCRIPTION:
            context = self._parts.context(viewer, database, self._client)
            async with aclosing(self._events(wanted, context, record)) as bodies:
                async for body in bodies:
                    await self._next(operation, record, body)
            return
        if wanted.operation.operation is OperationType.MUTATION:
            self._writing.add(operation)
        caller = Caller(viewer, database, self._client)
        await self._next(operation, record, await answer(self._parts, wanted, caller, record, self._log))

    async def _events(self, wanted: Chosen, context: Context, record: Record) -> AsyncGenerator[bytes, None]:
        await wanted.check(context.viewer)
        suggest = self._parts.exposure.tells_schema(context.viewer)
        made = subscribe(
            schema._schema,
            wanted.node,
            context_value=context,
            variable_values=wanted.variables,
            operation_name=wanted.operation.name.value if wanted.operation.name else None,
            is_awaitable=optimized_is_awaitable,
            executor_class=EXECUTOR,
            hide_suggestions=not suggest,
            operation_extensions=None,
        )
        stream = await made if isawaitable(made) else made
        if isinstance(stream, ExecutionResult):
            errors = list(stream.errors or ())
            raise NeverRan(plain_errors(schema._schema, wanted.operation, wanted.variables, errors))
        async with aclosing(cast("AsyncGenerator[ExecutionResult, None]", stream)):
            async for result in stream:
                if await self._viewer(context.database) != context.viewer:
                    raise _Ended
                yield await body_of(result, context, record, self._log)

    async def _viewer(self, database: Database) -> Viewer:
        """Return for whom the socket speaks now; raises ``_Ended`` when for nobody any more."""
        try:
            viewer = (await self.context.credential(database)).viewer
        except Refusal:
            raise _Ended from None
        if not may_connect(viewer):
            raise _Ended
        return viewer

    async def _close_when_idle(self) -> None:
        while True:
            left = self._stirred + limits.SOCKET_IDLE_SECONDS - perf_counter()
            if self.operations or self._writing:
                left = limits.SOCKET_IDLE_SECONDS
            if left <= 0:
                break
            await asyncio.sleep(left)
        await self.websocket.close(NORMAL, f"Nothing ran and no message came for {limits.SOCKET_IDLE_SECONDS} seconds")

    def _stir(self) -> None:
        """Note that the socket is in use."""
        self._stirred = perf_counter()

    async def _refuse(self, operation: Operation[_Connected, None], record: Record, errors: list[GraphQLError]) -> None:
        told = shown(errors, record, self._log)
        with suppress(WebSocketDisconnected):
            await self._send(operation, {"id": operation.id, "type": "error", "payload": told})

    async def _next(self, operation: Operation[_Connected, None], record: Record, body: bytes) -> None:
        record.bytes += len(body)
        await self._send(operation, {"id": operation.id, "type": "next", "payload": Fragment(body)})

    async def _send(self, operation: Operation[_Connected, None], message: dict[str, Any]) -> None:
        await operation.send_operation_message(cast("Any", message))


class _Ended(Exception):
    """The credential does not hold any more, or stands for other rights than it did."""


def _record() -> Record:
    return Record(id=uuid4().hex, method="WEBSOCKET", path="/graphql")


def _as_error(error: Refusal | GraphQLError | DatabaseError) -> GraphQLError:
    if isinstance(error, GraphQLError):
        return error
    if isinstance(error, DatabaseError):
        return GraphQLError(str(error), original_error=error)
    return GraphQLError(str(error), extensions={"code": error.code})
