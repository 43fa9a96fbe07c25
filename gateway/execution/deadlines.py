"""How long an operation may take: a base, plus the waits that it states in fields called ``waitSeconds``.

Which inputs have such a field is read from the schema, so a new mutation that waits needs no entry here. The wait is
read before execution and without coercing the input, which may hold megabytes: what is not valid counts as no wait,
and execution refuses it anyway.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    get_named_type,
    value_from_ast_untyped,
)

from core import limits

WAIT = "waitSeconds"

Fields = Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField]


def deadline(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fields: Iterable[FieldNode],
    variables: Mapping[str, Any],
) -> float:
    """Return after how many seconds an operation with these root fields is stopped."""
    applies = any(field.name.value == "applyContent" for field in fields)
    base = limits.APPLY_SECONDS if applies else limits.REQUEST_SECONDS
    return base + stated_wait(schema, operation, fields, variables)


def stated_wait(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fields: Iterable[FieldNode],
    variables: Mapping[str, Any],
) -> int:
    """Return the seconds that the root fields may wait, together: mutations run one after another.

    Each stated wait counts as ``WAIT_SECONDS`` at most. A field that is selected twice under one name runs once.
    """
    root = schema.get_root_type(operation.operation)
    values = {**_variables(operation), **variables}
    total = 0
    for node in {(field.alias or field.name).value: field for field in fields}.values():
        definition = schema.get_field(root, node.name.value) if root else None
        if definition is not None and any(_waits(schema, name, one) for name, one in definition.args.items()):
            given = {one.name.value: value_from_ast_untyped(one.value, values) for one in node.arguments or ()}
            total += _sum(schema, definition.args, given)
    return total


@cache
def waiting_inputs(schema: GraphQLSchema) -> frozenset[str]:
    """Return the names of the input types that have the field, in themselves or in an input nested in them."""
    kinds = {name: kind for name, kind in schema.type_map.items() if isinstance(kind, GraphQLInputObjectType)}
    found = {name for name, kind in kinds.items() if WAIT in kind.fields}
    while True:
        more = {
            name
            for name, kind in kinds.items()
            if name not in found and any(get_named_type(field.type).name in found for field in kind.fields.values())
        }
        if not more:
            return frozenset(found)
        found |= more


def _waits(schema: GraphQLSchema, name: str, field: GraphQLArgument | GraphQLInputField) -> bool:
    return name == WAIT or get_named_type(field.type).name in waiting_inputs(schema)


def _sum(schema: GraphQLSchema, fields: Fields, given: Mapping[str, Any]) -> int:
    """Add up the waits in an object of these fields; what it leaves out has the field's default."""
    total = 0
    for name, field in fields.items():
        if _waits(schema, name, field):
            value = given.get(name, Undefined)
            value = _default(field) if value is Undefined else value
            for one in value if isinstance(value, list) else [value]:
                kind = get_named_type(field.type)
                if name == WAIT:
                    total += _seconds(one)
                elif isinstance(kind, GraphQLInputObjectType) and isinstance(one, dict):
                    total += _sum(schema, kind.fields, one)
    return total


def _default(field: GraphQLArgument | GraphQLInputField) -> Any:
    # graphql-core has two places for it: strawberry fills the older one.
    if field.default is None:
        return field.default_value
    literal = field.default.literal
    return field.default.value if literal is None else value_from_ast_untyped(literal)


def _seconds(value: object) -> int:
    # 60.0 is an Int to GraphQL as well.
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return 0
    return int(min(max(value, 0), limits.WAIT_SECONDS))


def _variables(operation: OperationDefinitionNode) -> dict[str, Any]:
    return {
        definition.variable.name.value: value_from_ast_untyped(definition.default_value)
        for definition in operation.variable_definitions or ()
        if definition.default_value is not None
    }
