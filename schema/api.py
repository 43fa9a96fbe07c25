"""The schema, put together once; its declarations are checked here, at import."""

import inspect
import typing
from datetime import UTC, datetime

import strawberry
from graphql import StringValueNode, ValueNode
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition

from schema.fields import Shows, declarations
from schema.mutation import Mutation
from schema.node import Node, Publishable, check_nodes
from schema.query import Query
from schema.subscription import Subscription


def _moment(value: str) -> datetime:
    """Read an ISO 8601 moment; it must have a time zone."""
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(f"{value} has no time zone; write 2026-01-31T12:00:00Z.")
    return moment.astimezone(UTC)


def _literal(node: ValueNode, variables: dict[str, object] | None = None) -> datetime:
    if not isinstance(node, StringValueNode):
        raise ValueError("A moment is a string such as 2026-01-31T12:00:00Z.")
    return _moment(node.value)


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[],
    config=StrawberryConfig(
        scalar_map={
            datetime: strawberry.scalar(
                name="DateTime",
                description="A moment with its time zone, ISO 8601: 2026-01-31T12:00:00Z.",
                serialize=lambda moment: moment.isoformat(),
                parse_value=_moment,
                parse_literal=_literal,
            )
        }
    ),
)


def shown_types() -> list[type]:
    """Return every type of the schema that shows a row, and the two interfaces."""
    definitions = schema.schema_converter.type_map.values()
    found = {
        definition.definition.origin
        for definition in definitions
        if isinstance(definition.definition, StrawberryObjectDefinition)
    }
    return sorted(
        (cls for cls in found if issubclass(cls, Shows) or cls in (Node, Publishable)), key=lambda cls: cls.__name__
    )


def row_of(cls: type) -> type | None:
    """Return the class of the rows that a type shows, as its base ``Shows[Row]`` says; None for interfaces."""
    for base in (base for one in cls.__mro__ for base in getattr(one, "__orig_bases__", ())):
        if typing.get_origin(base) is Shows:
            (row,) = typing.get_args(base)
            row = typing.get_origin(row) or row
            return row if inspect.isclass(row) else None
    return None


DECLARATIONS = dict(declarations(shown_types(), row_of))
check_nodes(shown_types(), row_of)
