"""The publication log. Learners reach nothing of it."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

import loaders.content.log
from loaders.content.log import migration_by_record, publication_by_id, records_by_publication_id
from loaders.content.tree import challenge_by_id, node_by_ref
from loaders.content.versions import live_by_live_set
from loaders.users import user_by_id
from resolvers.policy import may_read_content
from schema.content.versions import LiveVersion
from schema.fields import Shows, column, inherited, loaded, shown
from schema.node import Node, Publishable
from schema.people.users import User
from sql.rows.log import PublicationRow
from sql.rows.migrations import MigrationRow
from versioning.log import publication_log

if TYPE_CHECKING:
    from schema.content.tree import Challenge


@strawberry.enum(description="What a publication did.")
class PublicationKind(Enum):
    PUBLISH = strawberry.enum_value("PUBLISH", description="A draft became a version, and live.")
    ROLLBACK = strawberry.enum_value("ROLLBACK", description="An earlier version is live again.")
    EXPERIMENT_START = strawberry.enum_value(
        "EXPERIMENT_START", description="Several versions are live at once; the reason is the experiment's name."
    )
    EXPERIMENT_REWEIGH = strawberry.enum_value("EXPERIMENT_REWEIGH", description="An experiment has other weights.")
    EXPERIMENT_STOP = strawberry.enum_value(
        "EXPERIMENT_STOP", description="An experiment ended with one of its arms, whatever it showed."
    )
    PROMOTE = strawberry.enum_value("PROMOTE", description="An experiment ended with the arm that was promoted.")
    ARCHIVE = strawberry.enum_value("ARCHIVE", description="Something was taken out of service.")
    UNARCHIVE = strawberry.enum_value("UNARCHIVE", description="Something archived is back.")
    SHOW = strawberry.enum_value("SHOW", description="A track, module or lesson was shown to learners.")
    HIDE = strawberry.enum_value("HIDE", description="A track, module or lesson was hidden from learners.")
    MOVE = strawberry.enum_value("MOVE", description="Something stands elsewhere in the tree.")
    RENAME = strawberry.enum_value("RENAME", description="Something is called differently.")
    RELEASE = strawberry.enum_value("RELEASE", description="A release was published or reverted.")


@shown(see=may_read_content, description="Where a node stood and how it was called, as far as that changed.")
class Place(Shows[publication_log.Place]):
    path: str | None = column("Its address.", see=inherited)
    position: int | None = column("Its place among its siblings.", see=inherited)
    title: str | None = column("Its title.", see=inherited)
    description: str | None = column("Its description.", see=inherited)


@shown(see=may_read_content, description="One entry of the log of everything that changed what learners get.")
class Publication(Shows[PublicationRow], Node, node=publication_by_id):
    seq: int = column("Its number: 1, 2, 3 without gap.", see=inherited)
    kind: PublicationKind = column("What it did.", see=inherited)
    at: datetime = column("When; later than the one before.", see=inherited)
    reason: str | None = column("Why.", see=inherited)
    broken_reasons: list[str] = column(
        "Why tests may break accepted solutions though the change is minor, where the publisher said so.", see=inherited
    )
    actor: User = loaded("Who did it.", by="actor_id", loader=user_by_id, see=inherited)
    inverse_of: Annotated["Publication", strawberry.lazy("schema.content.publications")] | None = loaded(
        "The publication that this one undoes.", by="inverse_of", loader=publication_by_id, see=inherited
    )
    hash: str = column("SHA-256 over it, its records and the hash of the one before.", see=inherited)
    records: list[Annotated["PublicationRecord", strawberry.lazy("schema.content.publications")]] = loaded(
        "What it did to each of its subjects.", by="id", loader=records_by_publication_id, see=inherited
    )


@strawberry.enum(description="What a change of what is live means for learners who work on another version.")
class MigrationPolicy(Enum):
    CARRY = strawberry.enum_value(
        "CARRY", description="They follow silently; only where both versions judge alike, and then the default."
    )
    OFFER = strawberry.enum_value(
        "OFFER", description="They stay, and are told of the other version; the default where tests differ."
    )
    AUTO = strawberry.enum_value(
        "AUTO", description="Learners whose best code passes the new tests are moved; the others get a notice."
    )
    FORCE = strawberry.enum_value("FORCE", description="Everybody is moved, and told the reason.")


@strawberry.enum(description="How far what is to be done for learners is done.")
class MigrationState(Enum):
    QUEUED = strawberry.enum_value("QUEUED", description="Nobody was told yet.")
    RUNNING = strawberry.enum_value("RUNNING", description="Learners' best code is being run under the new tests.")
    FINISHED = strawberry.enum_value(
        "FINISHED", description="Everybody was told; under AUTO, who waits for a verdict is looked at again."
    )


@shown(see=may_read_content, description="What a publication means for learners who work on another version.")
class Migration(Shows[MigrationRow]):
    policy: MigrationPolicy = column("Who is moved.", see=inherited)
    reason: str | None = column("The reason, shown to learners.", see=inherited)
    state: MigrationState = column("How far it is.", see=inherited)
    moved: int = column("How many were moved because their best code passes.", see=inherited)
    finished_at: datetime | None = column("When everybody was told.", see=inherited)


@shown(
    see=may_read_content,
    description="One subject's share of one publication: live sets for a challenge, the flag for the rest of the tree.",
)
class PublicationRecord(Shows[loaders.content.log.Record]):
    publication: Publication = loaded(
        "The entry it belongs to.", by="publication_id", loader=publication_by_id, see=inherited
    )
    subject: Publishable = loaded("What it is about.", by="subject", loader=node_by_ref, see=inherited)
    challenge: Annotated["Challenge", strawberry.lazy("schema.content.tree")] | None = loaded(
        "The challenge, when it is about one.", by="challenge_id", loader=challenge_by_id, see=inherited
    )
    seq: int = column("The entry's number.", see=inherited)
    kind: PublicationKind = column("What the entry did.", see=inherited)
    at: datetime = column("When.", see=inherited)
    reason: str | None = column("Why.", see=inherited)
    actor: User = loaded("Who did it.", by="actor_id", loader=user_by_id, see=inherited)
    before: list[LiveVersion] = loaded(
        "The live set before the publication; empty for tracks, modules and lessons.",
        by="before",
        loader=live_by_live_set,
        see=inherited,
    )
    after: list[LiveVersion] = loaded(
        "What is live afterwards; empty for the rest of the tree.",
        by="after",
        loader=live_by_live_set,
        see=inherited,
    )
    migration: Migration | None = loaded(
        "What it means for learners on other versions, where it replaced one.",
        by="migration",
        loader=migration_by_record,
        see=inherited,
    )
    published_before: bool | None = column("Whether it was published before, where that changed.", see=inherited)
    published_after: bool | None = column("Whether it is published afterwards, where that changed.", see=inherited)
    place_before: Place | None = column("Where it stood, where that changed.", see=inherited)
    place_after: Place | None = column("Where it stands, where that changed.", see=inherited)
    direct: bool = column(
        "Always true: every record was asked for by name.",
        see=inherited,
        deprecated="Since 2026-11-30: it is true of every record and tells nothing.",
    )
