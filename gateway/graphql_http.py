"""``/graphql``: GraphQL over HTTP, to the letter of its specification.

POST takes a JSON body; GET takes queries only, and only with a header that another site's page cannot send unasked,
so that neither a form nor an image can run anything. What fails before execution is 400 for clients that accept
``application/graphql-response+json`` and 200 for those that only know ``application/json``. A browser that asks for
``text/html`` gets GraphiQL. Refused: batches, multipart, subscriptions, which
``graphql_ws`` serves at the same address.
"""

from collections.abc import Mapping
from typing import Any

from graphql import ExecutionResult, GraphQLError, OperationType
from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway import credentials
from gateway.answers import GRAPHQL, JSON, encoded, encoded_within, refused, shown
from gateway.asked import Asked
from gateway.bodies import drain, parsed, read_json, require_json
from gateway.credentials import Credential, credential_of
from gateway.documents import Document
from gateway.envelope import masked
from gateway.errors import Refusal
from gateway.execution import ClientGone, count_attempts, root_fields, run
from gateway.graphiql.page import graphiql_page
from gateway.log import Record, log_of, record_of
from gateway.negotiation import best
from gateway.parts import Parts
from gateway.variables import check_variables
from resolvers.context import Viewer, answer_limit
from resolvers.policy import may_write_content
from schema.api import schema
from sql import limits
from sql.database import Database
from sql.errors import Busy, Unavailable

HTML = "text/html"
_FIELDS = ("query", "operationName", "variables", "extensions")


class GraphQLHTTP:
    """The endpoint, an ASGI application of its own so that it answers every method itself."""

    def __init__(self, parts: Parts) -> None:
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
        database = self._parts.pool.database()
        try:
            credential = await self._credential(request, database, record)
            asked = await _asked(request, credential.viewer)
            response = await self._run(request, kind, asked, credential.viewer, database, record)
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
        except Unavailable as error:
            raise Refusal(503, "UNAVAILABLE", str(error), {"retry-after": "2"}) from error
        except Busy as error:
            raise Refusal(503, "OVERLOADED", str(error), {"retry-after": "1"}) from error
        credentials.note(record, found.viewer)
        return found

    async def _run(
        self, request: Request, kind: str, asked: Asked, viewer: Viewer, database: Database, record: Record
    ) -> Response:
        suggest = self._parts.exposure.tells_schema(viewer)
        document, record.cached = await self._parts.documents.load(asked.query, suggest=suggest)
        record.document = document.hash[:16]
        if document.node is None:
            return self._failed(request, kind, document.errors_for(suggest=suggest))
        try:
            result, weight = await self._execute(request, asked, document, viewer, database, record)
        except GraphQLError as error:
            return self._failed(request, kind, [error])
        answer: dict[str, Any] = {}
        if result.errors:
            if _never_ran(result):
                return self._failed(request, kind, result.errors)
            answer["errors"] = shown(result.errors, record, log_of(request))
        answer["data"] = result.data
        try:
            body = await encoded_within(answer, weight, answer_limit(viewer))
        except TypeError as error:
            log_of(request).error(record.id[:12], error)
            record.errors.append(record.id[:12])
            raise Refusal(500, "INTERNAL", masked(record.id[:12])) from error
        return _response(body, kind, 200)

    async def _execute(
        self, request: Request, asked: Asked, document: Document, viewer: Viewer, database: Database, record: Record
    ) -> tuple[ExecutionResult, int]:
        """Return the result and about how many bytes it will have."""
        operation = document.operation(asked.operation)
        assert document.node is not None
        record.operation = operation.name.value[:100] if operation.name else None
        record.kind = operation.operation.value
        if operation.operation is OperationType.SUBSCRIPTION:
            raise GraphQLError(
                "Subscriptions are served over a WebSocket at this address, by the protocol graphql-transport-ws.",
                extensions={"code": "BAD_REQUEST"},
            )
        if request.method == "GET" and operation.operation is not OperationType.QUERY:
            raise Refusal(405, "METHOD_NOT_ALLOWED", "GET is for queries; use POST.", {"allow": "POST"})
        fields = root_fields(document.node, operation)
        introspector = self._parts.introspector
        introspector.admit(fields, viewer)
        values = await check_variables(asked.variables, viewer)
        cost = document.check_cost(schema._schema, operation, asked.variables)
        answer = await introspector.answer(document, operation, fields, asked.variables, cost, viewer)
        if answer is not None:
            return answer, 0
        client = request.client.host if request.client else ""
        count_attempts(self._parts.throttle, client, fields, asked.variables)
        context = self._parts.context(viewer, database)
        suggest = self._parts.exposure.tells_schema(viewer)
        result = await run(
            request, context, document.node, operation, fields, asked.variables, suggest=suggest, values=values
        )
        return result, context.answer_bytes

    def _failed(self, request: Request, kind: str, errors: list[GraphQLError]) -> Response:
        """Answer a request that was never executed: without ``data``, and 400 where that is understood."""
        told = shown(errors, record_of(request), log_of(request))
        return _response(encoded({"errors": told}), kind, 400 if kind == GRAPHQL else 200)


def _never_ran(result: ExecutionResult) -> bool:
    """Whether the errors are those of a request that failed before execution: they belong to no field."""
    errors = result.errors or []
    return result.data is None and all(
        error.path is None and (error.extensions or {}).get("code") not in ("TIMEOUT", "LIMIT") for error in errors
    )


async def _asked(request: Request, viewer: Viewer) -> Asked:
    if request.method == "GET":
        return _from_query(request.query_params)
    allowed = limits.BODY_BYTES_OF_WRITERS if may_write_content(viewer) else limits.BODY_BYTES
    body = await read_json(request, allowed)
    if isinstance(body, list):
        raise Refusal(400, "BAD_REQUEST", "Batches are not served; send one operation a request.")
    if not isinstance(body, dict):
        raise Refusal(400, "BAD_REQUEST", "The body is a JSON object with the field query.")
    return Asked.of(body)


def _from_query(params: QueryParams) -> Asked:
    given: dict[str, Any] = {}
    for name in _FIELDS:
        values = params.getlist(name)
        if len(values) > 1:
            raise Refusal(400, "BAD_REQUEST", f"The parameter {name} is given twice.")
        if values and values[0]:
            given[name] = parsed(values[0].encode()) if name in ("variables", "extensions") else values[0]
    return Asked.of(given)


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
