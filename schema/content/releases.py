"""Releases: what they hold, and what became of them. Learners reach nothing of them."""

from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry

import loaders.content.releases
from loaders.content.log import publication_by_id
from loaders.content.releases import items_by_release_id, release_by_id
from loaders.content.tree import challenge_by_id, node_by_ref
from loaders.content.versions import version_by_id
from loaders.users import user_by_id
from resolvers.policy import may_read_content
from schema.content.publications import Publication
from schema.content.publishing_mutations import Bump
from schema.content.versions import ChallengeVersion
from schema.errors import code_named
from schema.fields import Shows, column, identity, inherited, loaded, shown
from schema.node import Node, Publishable
from schema.payloads import UserErrorCode
from schema.people.users import User

if TYPE_CHECKING:
    from schema.content.tree import Challenge


@strawberry.enum(description="How a release stands.")
class ReleaseState(Enum):
    PLANNED = strawberry.enum_value("PLANNED", description="It is being put together, and nothing will fire it.")
    SCHEDULED = strawberry.enum_value("SCHEDULED", description="It fires at its moment; until then it is not changed.")
    PUBLISHED = strawberry.enum_value("PUBLISHED", description="All of it was published.")
    FAILED = strawberry.enum_value(
        "FAILED", description="It fired and was refused: nothing of it was published, its failures say why."
    )
    MISSED = strawberry.enum_value(
        "MISSED", description="Nobody fired it until an hour after its moment: nothing of it was published."
    )
    REVERTED = strawberry.enum_value("REVERTED", description="The release was published and then reverted as a whole.")


@shown(see=may_read_content, description="Why a release failed: a fault, as a mutation would have answered it.")
class ReleaseFailure(Shows[loaders.content.releases.Failure]):
    code: UserErrorCode = column("What kind of fault it is.", see=inherited)
    message: str = column("What is wrong and what to do about it, in a sentence.", see=inherited)
    path: list[str] = column(
        "Way to what is wrong: items, the item's place in the release as it was then, from 0, and what of it; empty"
        " when it concerns the whole.",
        see=inherited,
    )
    expected: str | None = column("STALE only: what held when the item was added.", see=inherited)
    actual: str | None = column("STALE only: what held when the release fired.", see=inherited)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Wrap a failure, its fault's class spelled as clients read it."""
        return super().of(replace(row, code=code_named(row.code).value))


@shown(see=may_read_content, description="What a release does to one challenge, track, module or lesson.")
class ReleaseItem(Shows[loaders.content.releases.ReleaseItem]):
    subject: Publishable = loaded("What it is about.", by="subject", loader=node_by_ref, see=inherited)
    challenge: Annotated["Challenge", strawberry.lazy("schema.content.tree")] | None = loaded(
        "The challenge, when it is about one.", by="challenge_id", loader=challenge_by_id, see=inherited
    )
    version: ChallengeVersion | None = loaded(
        "The version that it makes live, if it names one.", by="version_id", loader=version_by_id, see=inherited
    )
    content_hash: str | None = column(
        "The text that it publishes as the next version, kept as the draft said it when it was added.", see=inherited
    )
    title: str | None = column("That text's title.", see=inherited)
    published: bool | None = column("Whether it shows the track, module or lesson, or hides it.", see=inherited)
    live_set_hash: str | None = column(
        "What was live of the challenge when it was added; another live set fails the release.", see=inherited
    )
    changelog: str | None = column("What is different for learners; null takes the release's.", see=inherited)
    bump: Bump | None = column("A minor change raised to a major one.", see=inherited)
    added_by: User = loaded("Who added it, or brought it up to date.", by="added_by", loader=user_by_id, see=inherited)
    added_at: datetime = column("When.", see=inherited)
    failures: list[ReleaseFailure] = column("Those of the release's failures that are about it.", see=inherited)


@shown(
    see=may_read_content,
    description="Several challenges and flags of the tree, planned together and published in one entry of the log.",
)
class Release(Shows[loaders.content.releases.Release], Node, node=release_by_id):
    id: strawberry.ID = identity()
    name: str = column("What it is called.", see=inherited)
    changelog: str = column("What is different for learners; the reason in the log.", see=inherited)
    state: ReleaseState = column("How it stands.", see=inherited)
    created_by: User = loaded("Who made it.", by="created_by", loader=user_by_id, see=inherited)
    created_at: datetime = column("When.", see=inherited)
    items: list[ReleaseItem] = loaded(
        "What it holds, in the order in which that was added.", by="id", loader=items_by_release_id, see=inherited
    )
    scheduled_at: datetime | None = column("When it fires, or was to fire.", see=inherited)
    scheduled_by: User | None = loaded(
        "Under whose rights it fires.", by="scheduled_by", loader=user_by_id, see=inherited
    )
    ended_at: datetime | None = column("When it was published, failed, or was found to be too late.", see=inherited)
    late_seconds: int | None = column(
        "How many seconds after its moment that was; null for one that was published by hand.", see=inherited
    )
    failures: list[ReleaseFailure] = column("Why it failed: every fault, or every STALE alone.", see=inherited)
    publication: Publication | None = loaded(
        "The entry of the log that published it.", by="publication_id", loader=publication_by_id, see=inherited
    )
    revert: Publication | None = loaded(
        "The entry of the log that took it back.", by="revert_id", loader=publication_by_id, see=inherited
    )
