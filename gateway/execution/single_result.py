"""One operation, however it came here: its document, its checks, and the answer of a query or a mutation.

HTTP (``graphql_http``) and WebSockets (``graphql_ws``) run operations through this module, so the limits, the
deadline, the counted attempts to sign in, the masked errors and the facts in the log are the same on both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphql import DocumentNode, ExecutionResult, FieldNode, GraphQLError, OperationDefinitionNode

from accounts.tries import Client
from gateway.app_state import AppState
from gateway.errors import Refusal
from gateway.execution.documents import Document
from gateway.execution.operation import Gone, root_fields, run
from gateway.execution.query_cost import Cost
from gateway.execution.turns import Turn
from gateway.execution.variables import check_variables
from gateway.http.error_format import encoded_within, shown
from gateway.http.graphql_request import GraphQLRequest
from gateway.http.middleware import masked
from gateway.http.refusals import overload_of
from gateway.log import Log, Record
from resolvers.context import Context, Viewer, answer_limit
from schema.api import schema
from sql.database import Database


class NeverRan(Exception):
    """The operation failed before execution; ``errors`` are not yet fit for a client."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__()
        self.errors = list(errors)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, the database as they see it, and the client that attempts to sign in are counted for.

    ``spent`` are the seconds of the operation's deadline that were used to look up who asks.
    """

    viewer: Viewer
    database: Database
    client: Client
    spent: float = 0.0


@dataclass(frozen=True, slots=True)
class Chosen:
    """A valid document and the one operation of it that is to run, with the fields at its root."""

    document: Document
    node: DocumentNode
    operation: OperationDefinitionNode
    fields: list[FieldNode]
    variables: dict[str, Any]

    async def check(self, viewer: Viewer) -> tuple[Cost, int]:
        """Return what it costs and how many values its variables hold; raises ``NeverRan`` when one is too much."""
        try:
            values = await check_variables(self.variables, viewer)
            return self.document.check_cost(schema._schema, self.operation, self.variables), values
        except GraphQLError as error:
            raise NeverRan([error]) from error


async def chosen(parts: AppState, asked: GraphQLRequest, viewer: Viewer, record: Record) -> Chosen:
    """Look the document up and choose the operation, and note both for the log; raises ``NeverRan``."""
    suggest = parts.exposure.tells_schema(viewer)
    document, record.cached = await parts.documents.load(asked.query, suggest=suggest)
    record.document = document.hash[:16]
    if document.node is None:
        raise NeverRan(document.errors_for(suggest=suggest))
    try:
        operation = document.operation(asked.operation)
        record.operation = operation.name.value[:100] if operation.name else None
        record.kind = operation.operation.value
        fields = root_fields(document.node, operation)
        parts.introspector.admit(fields, viewer)
    except GraphQLError as error:
        raise NeverRan([error]) from error
    return Chosen(document, document.node, operation, fields, asked.variables)


async def answer(
    parts: AppState, chosen: Chosen, caller: Caller, record: Record, log: Log, gone: Gone | None = None
) -> bytes:
    """Run a query or a mutation and return the answer as JSON: ``data``, and ``errors`` if there are any.

    ``gone`` returns when nobody waits for the answer any more. Raises ``NeverRan`` for errors before execution,
    ``Refusal`` for attempts too many (429) and for an answer of ours that is no JSON (500), ``ClientGone``.
    """
    cost, values = await chosen.check(caller.viewer)
    context = parts.context(caller.viewer, caller.database, caller.client)
    suggest = parts.exposure.tells_schema(caller.viewer)
    try:
        result = await parts.introspector.answer(
            chosen.document, chosen.operation, chosen.fields, chosen.variables, cost, caller.viewer
        )
        if result is None:
            result = await run(
                context,
                chosen.node,
                chosen.operation,
                chosen.fields,
                chosen.variables,
                gone,
                suggest=suggest,
                spent=caller.spent,
                values=values,
                turn=Turn(parts.turns, str(caller.viewer.user_id or caller.client.address)),
            )
    except GraphQLError as error:
        raise NeverRan([error]) from error
    if (overload := overload_of(result.errors or ())) is not None:
        raise overload
    if result.errors and _never_ran(result):
        raise NeverRan(result.errors)
    return await body_of(result, context, record, log)


async def body_of(result: ExecutionResult, context: Context, record: Record, log: Log) -> bytes:
    """Return an execution's result as the client sees it, in JSON; raises ``Refusal`` (500, INTERNAL).

    One that is too large has no data, and an error that says so.
    """
    told: dict[str, Any] = {}
    if result.errors:
        told["errors"] = shown(result.errors, record, log)
    told["data"] = result.data
    try:
        return await encoded_within(told, context.answer_bytes, answer_limit(context.viewer))
    except TypeError as error:
        log.error(record.id[:12], error)
        record.errors.append(record.id[:12])
        raise Refusal(500, "INTERNAL", masked(record.id[:12])) from error


def _never_ran(result: ExecutionResult) -> bool:
    """Whether the errors are those of a request that failed before execution: they belong to no field."""
    errors = result.errors or []
    return result.data is None and all(
        error.path is None and (error.extensions or {}).get("code") not in ("TIMEOUT", "UNAVAILABLE", "LIMIT")
        for error in errors
    )
