"""What has a global id, and what a publication can be about."""

import binascii
from base64 import urlsafe_b64decode
from enum import Enum
from typing import Any, ClassVar
from uuid import UUID

import strawberry

from resolvers.policy import everyone
from schema.fields import column, identity


@strawberry.interface(description="Whatever can be asked for again by its id.")
class Node:
    id: strawberry.ID = identity()


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


def parsed_id(id: str) -> tuple[str, list[UUID]] | None:
    """Return the type's name and the uuids in a global id; None when it is none of ours."""
    try:
        name, *parts = urlsafe_b64decode(id + "=" * (-len(id) % 4)).decode().split(":")
        return name, [UUID(part) for part in parts]
    except (ValueError, binascii.Error):
        return None
