"""Introspection: for whom the settings allow it, once in an operation, in a thread, and from a cache.

The schema is the same for everybody and as long as the process lives, so an answer depends on the document and its
variables only. It is made outside of the event loop, since graphql-core makes it in one piece.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias, cast

import orjson
from graphql import (
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    execute,
)
from graphql.execution import Executor

from core import limits
from gateway.execution.documents import Document
from gateway.execution.exposure import Exposure, Introspection
from gateway.execution.query_cost import Cost, limit_error
from gateway.execution.values import plain_errors
from resolvers.context import Viewer

_Key: TypeAlias = tuple[str, str, bytes, type[Executor[Any]]]

ROOTS = ("__schema", "__type")
_LONGEST_VARIABLES = 1_000


class Introspector:
    """Answers introspection; at most ``kept_bytes`` of answers are kept, the least recently used dropped first."""

    def __init__(self, schema: GraphQLSchema, exposure: Exposure, *, kept_bytes: int = 4_000_000) -> None:
        self._schema = schema
        self._exposure = exposure
        self._thread = ThreadPoolExecutor(1, "introspection")
        self._kept_bytes = kept_bytes
        self._kept: OrderedDict[_Key, bytes] = OrderedDict()
        self._held = 0

    def __len__(self) -> int:
        return len(self._kept)

    def admit(self, fields: list[FieldNode], viewer: Viewer) -> None:
        """Raise ``GraphQLError`` when the viewer may not introspect, or for more of it than once."""
        asked = {(one.alias or one.name).value: one.name.value for one in fields if one.name.value in ROOTS}
        if not asked:
            return
        if not self._exposure.tells_schema(viewer) and ("__schema" in asked.values() or not _is_pure(fields)):
            if self._exposure.introspection is Introspection.OFF:
                message = "Introspection is switched off on this server; read the schema from its file schema.graphql."
            else:
                message = "Introspection is for those who are signed in; send a session or an API token."
            raise GraphQLError(message, extensions={"code": "INTROSPECTION_DISABLED"})
        for name, allowed in zip(ROOTS, (1, limits.INTROSPECTED_TYPES), strict=True):
            if (found := list(asked.values()).count(name)) > allowed:
                raise limit_error(f"{name} fields", allowed, found, "Select all that you need below one of them.")

    async def answer(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        fields: list[FieldNode],
        variables: Mapping[str, Any],
        cost: Cost,
        viewer: Viewer,
    ) -> ExecutionResult | None:
        """Return the answer of an operation that only introspects, None for others; it was admitted before.

        To whom the schema is not told, there is no type of any name. Raises ``GraphQLError`` (code LIMIT) when a large
        introspection stands beside other fields.
        """
        if not cost.introspected:
            return None
        if cost.introspected > limits.INTROSPECTION_OBJECTS:
            raise limit_error(
                "objects of introspection",
                limits.INTROSPECTION_OBJECTS,
                cost.introspected,
                "Ask for fewer levels, or read the schema from its file schema.graphql.",
            )
        if not _is_pure(fields):
            if cost.introspected > limits.INTROSPECTION_BESIDE:
                raise limit_error(
                    "objects of introspection beside other fields",
                    limits.INTROSPECTION_BESIDE,
                    cost.introspected,
                    "Send the introspection as an operation of its own.",
                )
            return None
        kind = Executor if self._exposure.tells_schema(viewer) else _Reticent
        key = _key(document, operation, variables, kind)
        if key is not None and (known := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return _result(known)
        loop = asyncio.get_running_loop()
        made = await loop.run_in_executor(self._thread, self._made, document, operation, dict(variables), kind)
        if isinstance(made, ExecutionResult):
            return made
        if key is not None:
            self._keep(key, made)
        return _result(made)

    def _made(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        variables: dict[str, Any],
        kind: type[Executor[Any]],
    ) -> bytes | ExecutionResult:
        assert document.node is not None
        name = operation.name.value if operation.name else None
        result = execute(
            self._schema,
            document.node,
            variable_values=variables,
            operation_name=name,
            executor_class=kind,
            hide_suggestions=True,
        )
        assert isinstance(result, ExecutionResult)
        if not result.errors:
            return orjson.dumps(result.data)
        if result.data is None:
            return ExecutionResult(None, plain_errors(self._schema, operation, variables, result.errors))
        return result

    def _keep(self, key: _Key, answer: bytes) -> None:
        self._held += len(answer) - len(self._kept.pop(key, b""))
        self._kept[key] = answer
        while self._held > self._kept_bytes:
            _, dropped = self._kept.popitem(last=False)
            self._held -= len(dropped)


def _result(data: bytes) -> ExecutionResult:
    # Bytes that orjson copies into the answer as they are.
    return ExecutionResult(cast("dict[str, Any]", orjson.Fragment(data)))


class _Reticent(Executor[Any]):
    """Answers as if the schema had no types."""

    def execute_field(self, parent_type: GraphQLObjectType, *rest: Any) -> Any:
        source, details, path, position = rest
        if details[0].node.name.value == "__type":
            return None
        return super().execute_field(parent_type, source, details, path, position)


def _is_pure(fields: list[FieldNode]) -> bool:
    return all(one.name.value.startswith("__") for one in fields)


def _key(
    document: Document, operation: OperationDefinitionNode, variables: Mapping[str, Any], kind: type[Executor[Any]]
) -> _Key | None:
    declared = [one.variable.name.value for one in operation.variable_definitions or ()]
    given = orjson.dumps({name: variables[name] for name in declared if name in variables}, option=orjson.OPT_SORT_KEYS)
    if len(given) > _LONGEST_VARIABLES:
        return None
    return document.hash, operation.name.value if operation.name else "", given, kind
