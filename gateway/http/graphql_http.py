"""``/graphql``: GraphQL over HTTP, to the letter of its specification.

POST takes a JSON body; GET takes queries only, and only with a header that another site's page cannot send unasked,
so that neither a form nor an image can run anything. What fails before execution is 400 for clients that accept
``application/graphql-response+json`` and 200 for those that only know ``application/json``. A browser that asks for
``text/html`` gets GraphiQL. Refused: batches, multipart, subscriptions, which
``graphql_ws`` serves at the same address.
"""

from collections.abc import Mapping
from functools import partial
from time import monotonic
from typing import Any

from graphql import GraphQLError, OperationType
from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from core import limits
from gateway.app_state import AppState
from gateway.errors import Refusal
from gateway.execution.operation import ClientGone
from gateway.execution.single_result import Caller, NeverRan, answer, chosen
from gateway.graphiql.page import graphiql_page
from gateway.http import credentials
from gateway.http.bodies import drain, parsed, read_as, require_json
from gateway.http.credentials import Credential, client_with_device, credential_of
from gateway.http.error_format import GRAPHQL, JSON, encoded, refused, shown
from gateway.http.graphql_request import GraphQLRequest
from gateway.http.negotiation import best
from gateway.http.refusals import refusal_of
from gateway.log import Record, log_of, record_of
from resolvers.context import Viewer
from resolvers.policy import may_write_content
from sql.database import Database
from sql.errors import DatabaseError

HTML = "text/html"
_FIELDS = ("query", "operationName", "variables", "extensions")


class GraphQLHTTP:
    """The endpoint, an ASGI application of its own so that it answers every method itself."""

    def __init__(self, parts: AppState) -> None:
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        record = record_of(request)
        page = self._parts.exposure.graphiql and request.method in ("GET", "HEAD")
        kind = best(request.headers.get("accept"), (JSON, GRAPHQL, HTML) if page else (JSON, GRAPHQL))
        if kind == HTML:
            response = await graphiql_page(request)
        else:
            try:
                response = await self._answered(request, kind, record)
            except (ClientGone, ClientDisconnect):
                record.gone = True
                return
        await response(scope, receive, send)

    async def _answered(self, request: Request, kind: str | None, record: Record) -> Response:
        try:
            return await self._answer(request, kind, record)
        except Refusal as refusal:
            await drain(request)
            return _response(refused(refusal, record), kind or JSON, refusal.status, refusal.headers)

    async def _answer(self, request: Request, kind: str | None, record: Record) -> Response:
        if request.method not in ("GET", "POST"):
            raise Refusal(405, "METHOD_NOT_ALLOWED", "Use POST, or GET for queries.", {"allow": "GET, POST"})
        if kind is None:
            raise Refusal(406, "NOT_ACCEPTABLE", f"The answer is {GRAPHQL} or {JSON}; accept one of them.")
        if request.method == "POST":
            require_json(request)
        elif not (credentials.is_deliberate(request) or self._is_plain_get(request)):
            raise Refusal(
                400,
                "PREFLIGHT_REQUIRED",
                "A GET needs the header graphql-preflight: 1.",
            )
        database = self._parts.pool.database(seconds=limits.REQUEST_SECONDS)
        try:
            began = monotonic()
            credential = await self._credential(request, database, record)
            looked_up = monotonic() - began
            asked = await _asked(request, credential.viewer)
            response = await self._run(request, kind, asked, credential.viewer, database, record, looked_up)
        finally:
            record.cost(database.meter)
        if credential.dead_cookie:
            credentials.clear_cookie(response)
        return response

    def _is_plain_get(self, request: Request) -> bool:
        """Whether a GET without the header is served: where that is set, and for clients that send no cookies."""
        return self._parts.exposure.plain_get and "cookie" not in request.headers

    async def _credential(self, request: Request, database: Database, record: Record) -> Credential:
        try:
            found = await credential_of(request, database, self._parts.clock(), deliberate=True)
        except DatabaseError as error:
            raise refusal_of(error) or error from error
        credentials.note(record, found.viewer)
        return found

    async def _run(
        self,
        request: Request,
        kind: str,
        asked: GraphQLRequest,
        viewer: Viewer,
        database: Database,
        record: Record,
        spent: float,
    ) -> Response:
        caller = Caller(viewer, database, client_with_device(request), spent)
        gone = partial(_disconnected, request)
        try:
            wanted = await chosen(self._parts, asked, viewer, record)
            _require_served(request, wanted.operation.operation)
            body = await answer(self._parts, wanted, caller, record, log_of(request), gone)
        except NeverRan as failure:
            return self._failed(request, kind, failure.errors)
        return _response(body, kind, 200)

    def _failed(self, request: Request, kind: str, errors: list[GraphQLError]) -> Response:
        """Answer a request that was never executed: without ``data``, and 400 where that is understood."""
        told = shown(errors, record_of(request), log_of(request))
        return _response(encoded({"errors": told}), kind, 400 if kind == GRAPHQL else 200)


def _require_served(request: Request, operation: OperationType) -> None:
    """Raise for an operation that is not served over HTTP, or not by this method."""
    if operation is OperationType.SUBSCRIPTION:
        message = "Subscriptions are served over a WebSocket at this address, by the protocol graphql-transport-ws."
        raise NeverRan([GraphQLError(message, extensions={"code": "BAD_REQUEST"})])
    if request.method == "GET" and operation is not OperationType.QUERY:
        raise Refusal(405, "METHOD_NOT_ALLOWED", "GET is for queries; use POST.", {"allow": "POST"})


async def _disconnected(request: Request) -> None:
    """Return when the client has hung up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _asked(request: Request, viewer: Viewer) -> GraphQLRequest:
    if request.method == "GET":
        return _from_query(request.query_params)
    allowed = limits.BODY_BYTES_OF_WRITERS if may_write_content(viewer) else limits.BODY_BYTES
    return await read_as(request, allowed, _from_body)


def _from_body(body: object) -> GraphQLRequest:
    if isinstance(body, list):
        raise Refusal(400, "BAD_REQUEST", "Batches are not served; send one operation a request.")
    if not isinstance(body, dict):
        raise Refusal(400, "BAD_REQUEST", "The body is a JSON object with the field query.")
    return GraphQLRequest.of(body)


def _from_query(params: QueryParams) -> GraphQLRequest:
    given: dict[str, Any] = {}
    for name in _FIELDS:
        values = params.getlist(name)
        if len(values) > 1:
            raise Refusal(400, "BAD_REQUEST", f"The parameter {name} is given twice.")
        if values and values[0]:
            given[name] = parsed(values[0].encode()) if name in ("variables", "extensions") else values[0]
    return GraphQLRequest.of(given)


def _response(body: bytes, kind: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        body,
        status,
        {
            **(headers or {}),
            "content-type": f"{kind if kind in (JSON, GRAPHQL) else JSON}; charset=utf-8",
            "cache-control": "no-store",
            "vary": "Accept, Authorization, Cookie",
        },
    )
