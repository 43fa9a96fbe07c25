"""Running one operation: within its time, no longer than somebody waits for it, and never half a mutation.

A query whose client has gone is cancelled, together with what its loaders have under way. A mutation that has begun
runs to its end, whoever listens: the client may come back under its idempotency key. The deadline (``deadlines``) ends
both; a mutation's transaction is then rolled back whole.
"""

import asyncio
from collections.abc import Callable, Coroutine
from inspect import isawaitable
from typing import Any, TypeAlias

from graphql import (
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)
from graphql.execution import Executor
from graphql.language import DocumentNode, InlineFragmentNode
from strawberry.execution import optimized_is_awaitable

from core import limits
from gateway.execution.deadlines import deadline
from gateway.execution.executor import GatewayExecutor
from gateway.execution.turns import Turn
from gateway.execution.values import plain_errors
from loaders.content.experiments import DrawnAnew
from resolvers.context import Context
from schema.api import schema
from schema.errors import failure
from sql.errors import OutcomeUnknown, TimedOut

Gone: TypeAlias = Callable[[], Coroutine[Any, Any, None]]

_UNWINDING_SECONDS = 2.0
_CHECKED_INLINE = 500


class ClientGone(Exception):
    """Nobody waits for the answer any more."""


def root_fields(document: DocumentNode, operation: OperationDefinitionNode) -> list[FieldNode]:
    """Return the fields at the operation's root, aliased ones each, fragments followed once."""
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    found: list[FieldNode] = []
    seen: set[str] = set()
    waiting: list[SelectionSetNode] = [operation.selection_set]
    while waiting:
        for selection in waiting.pop().selections:
            match selection:
                case FieldNode():
                    found.append(selection)
                case InlineFragmentNode():
                    waiting.append(selection.selection_set)
                case FragmentSpreadNode() if selection.name.value not in seen:
                    seen.add(selection.name.value)
                    waiting.append(fragments[selection.name.value].selection_set)
                case _:
                    pass
    return found


async def run(
    context: Context,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    fields: list[FieldNode],
    variables: dict[str, Any],
    gone: Gone | None = None,
    *,
    suggest: bool,
    spent: float = 0.0,
    values: int = 0,
    turn: Turn | None = None,
) -> ExecutionResult:
    """Return the result, whose errors are not yet fit for a client; raises ``ClientGone`` once ``gone`` returns.

    ``suggest`` lets errors name what the schema has; ``spent`` are the seconds of the deadline that were used before,
    to look up who asks; ``values`` is how many the variables hold; a query that has much to do goes on in its ``turn``.
    """
    writes = operation.operation is OperationType.MUTATION
    base = deadline(schema._schema, operation, fields, variables)
    seconds, grace = base - spent, limits.GRACE_MS / 1_000
    # The database ends a mutation first, since it knows what became of it; a query is ended here.
    context.database.begin(seconds if writes else seconds + grace)
    work = asyncio.ensure_future(_execute(context, document, operation, variables, suggest=suggest, values=values))
    over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    tasks: set[asyncio.Future[Any]] = {work, over}
    if not writes:
        if turn is not None:
            context.pause = turn.pause
        # What a mutation did stands, so its caller gets what there is room for, with an error for the rest.
        context.when_exceeded = lambda: _settle(over)
    watch = None if writes or gone is None else asyncio.ensure_future(gone())
    if watch is not None:
        tasks.add(watch)
    try:
        await asyncio.wait(tasks, timeout=seconds + grace if writes else seconds, return_when=asyncio.FIRST_COMPLETED)
        if over.done():
            # What is left ends by itself, as nothing is loaded any more; cancelled, it would leave coroutines behind.
            context.loaders.cancel()
            await asyncio.wait({work}, timeout=_UNWINDING_SECONDS)
            return ExecutionResult(None, [GraphQLError(str(context.exceeded), extensions={"code": "LIMIT"})])
        if work.done():
            return work.result()
        if watch is not None and watch.done():
            raise ClientGone
    finally:
        for task in tasks:
            task.cancel()
        if not work.done():
            context.loaders.cancel()
        if turn is not None:
            turn.end()
        await asyncio.gather(*tasks, return_exceptions=True)
    return ExecutionResult(None, [_stopped(context, base)])


def _stopped(context: Context, seconds: float) -> GraphQLError:
    """Return what tells of an operation that was stopped at its deadline, once it is."""
    meter = context.database.meter
    if meter.in_doubt:
        unknown = OutcomeUnknown()
        return GraphQLError(str(unknown), extensions=failure(unknown))
    stopped = TimedOut(f"The operation took longer than {seconds:g} seconds and was stopped; ask for less at once.")
    stopped.committed = meter.commits > 0
    return GraphQLError(str(stopped), extensions=failure(stopped))


def _settle(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


async def _execute(
    context: Context,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: dict[str, Any],
    *,
    suggest: bool,
    values: int,
) -> ExecutionResult:
    result = await _executed(context, document, operation, variables, suggest, values)
    if operation.operation is OperationType.QUERY and any(
        isinstance(error.original_error, DrawnAnew) for error in result.errors or ()
    ):
        context.next_event()
        result = await _executed(context, document, operation, variables, suggest, values)
    return result


async def _executed(
    context: Context,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: dict[str, Any],
    suggest: bool,
    values: int,
) -> ExecutionResult:
    def build() -> Executor[Any] | list[GraphQLError]:
        return GatewayExecutor.build(
            schema._schema,
            document,
            context_value=context,
            raw_variable_values=variables,
            operation_name=operation.name.value if operation.name else None,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]  # strawberry types it as a plain bool
            hide_suggestions=not suggest,
            operation_extensions=None,
        )

    # Here the variables are checked against the schema, some microseconds each.
    built = build() if values <= _CHECKED_INLINE else await asyncio.to_thread(build)
    if isinstance(built, list):
        return ExecutionResult(None, plain_errors(schema._schema, operation, variables, built))
    result = built.execute_operation()
    finished = await result if isawaitable(result) else result
    assert isinstance(finished, ExecutionResult)
    return finished
