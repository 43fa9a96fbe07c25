"""What has a global id, and what a publication can be about."""

import binascii
from base64 import urlsafe_b64decode
from collections.abc import Callable
from enum import Enum
from types import GenericAlias
from typing import Any, ClassVar
from uuid import UUID

import strawberry
from strawberry.types import get_object_definition

from loaders.loader import Loader
from resolvers.context import Context
from resolvers.policy import Rule, everyone
from schema.fields import DeclarationError, Declared, column, given, identity, rule_of, told


@strawberry.interface(description="Whatever can be asked for again by its id.")
class Node:
    """A type names the loader that finds its rows by what its id holds: ``class Run(…, Node, node=run_by_id)``.

    The loader's key is the uuid in the id, or the tuple of several. Who may ask is under the type's own rule, or under
    ``asked_by`` where the type has none and yet is not for everyone to look up.
    """

    id: strawberry.ID = identity()

    node_types: ClassVar[dict[str, "type[Node]"]] = {}
    node_loader: ClassVar[Loader[Any, Any] | None] = None
    asked_by: ClassVar[Rule | None] = None

    def __init_subclass__(
        cls, *, node: Loader[Any, Any] | None = None, asked_by: Rule | None = None, **more: Any
    ) -> None:
        super().__init_subclass__(**more)
        if node is not None:
            cls.node_loader, cls.asked_by = node, asked_by
            Node.node_types[cls.__name__] = cls


@strawberry.enum(description="How far a node of the content tree is open to learners.")
class PublishingState(Enum):
    DRAFT = strawberry.enum_value("DRAFT", description="Only those who read drafts see it.")
    PUBLISHED = strawberry.enum_value("PUBLISHED", description="Everyone sees it, if all above it is published too.")
    ARCHIVED = strawberry.enum_value(
        "ARCHIVED", description="Out of service: those who read drafts see it, nobody edits."
    )


@strawberry.interface(description="What a publication can be about: a track, a module, a lesson, a challenge.")
class Publishable(Node):
    slug: str = column("Its name in addresses.", see=everyone)
    position: int = column("Its place among its siblings, from 1.", see=everyone)
    state: PublishingState = column("How far it is open.", see=everyone)

    shown_as: ClassVar[dict[type, Any]] = {}

    @classmethod
    def of(cls, row: Any) -> Any:
        """Wrap a row of any level as its own type."""
        return cls.shown_as[type(row)].of(row)


async def found_node(ctx: Context, id: str) -> Any:
    """Return what a global id names as its shown type; None for anything unknown or unseen."""
    name, uuids = parsed_id(id) or ("", [])
    of: Any = Node.node_types.get(name)
    if of is None or len(uuids) != id_parts(of) or not (of.asked_by or rule_of(of))(ctx.viewer):
        return None
    return of.maybe(await ctx.loaders.load(of.node_loader, uuids[0] if len(uuids) == 1 else tuple(uuids)))


def id_parts(of: type[Node]) -> int:
    """Return how many uuids a type's ids hold."""
    fields = get_object_definition(of, strict=True).fields
    return next(len(field.source.split(" ")) for field in fields if isinstance(field, Declared) and field.identity)


def check_nodes(classes: list[type], rows: Callable[[type], type | None]) -> None:
    """Raise unless each type with a global id names a loader that takes what is in the id and finds the type's row."""
    for cls in classes:
        definition = get_object_definition(cls, strict=True)
        if definition.is_interface or not issubclass(cls, Node):
            continue
        loader = cls.node_loader
        if loader is None or Node.node_types.get(definition.name) is not cls:
            raise DeclarationError(f"{definition.name} names no loader of its nodes")
        key, found = map(given, loader.kinds())
        held: Any = UUID if id_parts(cls) == 1 else GenericAlias(tuple, (UUID,) * id_parts(cls))
        if key != held:
            raise DeclarationError(f"{definition.name}: {loader.name} takes {told(key)}, and an id holds {told(held)}")
        if found is not rows(cls):
            raise DeclarationError(f"{definition.name} shows other rows than {loader.name} finds, {told(found)}")


def parsed_id(id: str) -> tuple[str, list[UUID]] | None:
    """Return the type's name and the uuids in a global id; None when it is none of ours."""
    try:
        name, *parts = urlsafe_b64decode(id + "=" * (-len(id) % 4)).decode().split(":")
        return name, [UUID(part) for part in parts]
    except (ValueError, binascii.Error):
        return None
