"""Mutations of releases: planned item by item, scheduled or published now, taken back whole."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry.types import Info

from core.faults import Invalid
from loaders.content.log import publication_by_id
from loaders.content.releases import release_by_id
from resolvers.content import releases
from resolvers.policy import may_publish
from schema.content.publications import Publication
from schema.content.publishing_mutations import Bump
from schema.content.releases import Release
from schema.content.tree_mutations import LEVELS
from schema.inputs import INPUT, Reader, answered, asked, context, idempotency_key
from schema.payloads import Payload
from versioning.publishing.releases import ReleaseItemRequest

NODES = ("Track", "Module", "Lesson")
NOTHING = UUID(int=0)


@strawberry.input(description="A release to plan; it holds nothing at first.")
class CreateReleaseInput:
    name: str = strawberry.field(description="What it is called, at most 200 characters.")
    changelog: str = strawberry.field(
        default="",
        description="What is different for learners: for the log, and for each text without a changelog of its own.",
    )
    idempotency_key: str | None = idempotency_key()


@strawberry.input(
    description="What a release does to one subject: challengeId with label or contentHash, or nodeId with published."
)
class ReleaseItemInput:
    challenge_id: strawberry.ID | None = strawberry.field(default=None, description="Which challenge.")
    label: str | None = strawberry.field(default=None, description="The version to make live, such as v1.0.")
    content_hash: str | None = strawberry.field(
        default=None,
        description="The draft to publish as the next version, as it was seen; it is kept as it is now. The hash of the"
        " text that the item holds already keeps that one, whatever the draft says meanwhile.",
    )
    live_set_hash: str | None = strawberry.field(
        default=None, description="The live set that was seen; another one means STALE. Absent: what is live now."
    )
    changelog: str | None = strawberry.field(
        default=None, description="What is different for learners; absent, the release's says it."
    )
    bump: Bump | None = strawberry.field(default=None, description="Raise a minor change to a major one.")
    node_id: strawberry.ID | None = strawberry.field(default=None, description="Which track, module or lesson.")
    published: bool | None = strawberry.field(default=None, description="true shows it, false hides it.")


@strawberry.input(description="A subject for a release; one that it holds already is brought up to date.")
class AddToReleaseInput:
    release_id: strawberry.ID = strawberry.field(description="Which release; not one that is scheduled or published.")
    item: ReleaseItemInput = strawberry.field(description="What it does to which subject.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A subject that a release is to leave alone.")
class RemoveFromReleaseInput:
    release_id: strawberry.ID = strawberry.field(description="Which release; not one that is scheduled or published.")
    id: strawberry.ID = strawberry.field(description="The challenge, track, module or lesson.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A moment for a release.")
class ScheduleReleaseInput:
    release_id: strawberry.ID = strawberry.field(description="Which release; for a scheduled one, another moment.")
    at: datetime = strawberry.field(description="When it is to fire, under the rights that you have then.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A release that is not to fire.")
class UnscheduleReleaseInput:
    release_id: strawberry.ID = strawberry.field(description="Which release.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A release to publish now.")
class PublishReleaseInput:
    release_id: strawberry.ID = strawberry.field(description="Which release.")
    wait_seconds: int = strawberry.field(
        default=30, description="How long to wait for what has to be run first, 0 to 60."
    )
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A published release to take back.")
class RevertReleaseInput:
    release_id: strawberry.ID = strawberry.field(description="Which release.")
    reason: str = strawberry.field(description="Why, for the log.")
    idempotency_key: str | None = idempotency_key()


@strawberry.type(description="The answer of createRelease.")
class CreateReleasePayload(Payload):
    release: Release | None = strawberry.field(default=None, description="The new release.")


@strawberry.type(description="The answer of addToRelease.")
class AddToReleasePayload(Payload):
    release: Release | None = strawberry.field(default=None, description="The release as it is now.")


@strawberry.type(description="The answer of removeFromRelease.")
class RemoveFromReleasePayload(Payload):
    release: Release | None = strawberry.field(default=None, description="The release as it is now.")


@strawberry.type(description="The answer of scheduleRelease.")
class ScheduleReleasePayload(Payload):
    release: Release | None = strawberry.field(default=None, description="The release as it is now.")


@strawberry.type(description="The answer of unscheduleRelease.")
class UnscheduleReleasePayload(Payload):
    release: Release | None = strawberry.field(default=None, description="The release as it is now.")


@strawberry.type(description="The answer of publishRelease. Paths of faults lead into the release: items, place, what.")
class PublishReleasePayload(Payload):
    release: Release | None = strawberry.field(default=None, description="The release as it is now.")
    publication: Publication | None = strawberry.field(default=None, description="The entry of the log.")
    run_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="A run that was not over yet, or came to no verdict; the same call again goes on from there.",
    )


@strawberry.type(description="The answer of revertRelease. Paths of faults lead into the release: items, place.")
class RevertReleasePayload(Payload):
    release: Release | None = strawberry.field(default=None, description="The release as it is now.")
    publication: Publication | None = strawberry.field(default=None, description="The entry of the log.")


@strawberry.type
class ReleaseMutations:
    @strawberry.mutation(
        description="Plan a release: what is to be published together. Authors and admins, like all of releases."
    )
    async def create_release(
        self, info: Info[Any, Any], input: Annotated[CreateReleaseInput, INPUT]
    ) -> CreateReleasePayload:
        async def do() -> CreateReleasePayload:
            given = asked("createRelease", input)
            ids = await releases.create(context(info), given, name=input.name, changelog=input.changelog)
            return CreateReleasePayload(**await _shown(info, ids))

        return await answered(CreateReleasePayload, do())

    @strawberry.mutation(
        description="Add a challenge or a flag of the tree to a release, or bring it up to date there."
    )
    async def add_to_release(
        self, info: Info[Any, Any], input: Annotated[AddToReleaseInput, INPUT]
    ) -> AddToReleasePayload:
        async def do() -> AddToReleasePayload:
            reader = Reader(info, may_publish)
            release_id = reader.id(input.release_id, "Release", "releaseId")
            wanted = _wanted(reader, input.item)
            reader.settle()
            ids = await releases.add(context(info), asked("addToRelease", input), release_id, wanted)
            return AddToReleasePayload(**await _shown(info, ids))

        return await answered(AddToReleasePayload, do())

    @strawberry.mutation(description="Take a challenge or a node of the tree out of a release.")
    async def remove_from_release(
        self, info: Info[Any, Any], input: Annotated[RemoveFromReleaseInput, INPUT]
    ) -> RemoveFromReleasePayload:
        async def do() -> RemoveFromReleasePayload:
            reader = Reader(info, may_publish)
            release_id = reader.id(input.release_id, "Release", "releaseId")
            _, subject_id = reader.ids(input.id, tuple(LEVELS), "id")
            reader.settle()
            ids = await releases.remove(context(info), asked("removeFromRelease", input), release_id, subject_id)
            return RemoveFromReleasePayload(**await _shown(info, ids))

        return await answered(RemoveFromReleasePayload, do())

    @strawberry.mutation(
        description="Have a release fire at a moment. It is checked again then, and published whole or not at all; up"
        " to an hour late it still is."
    )
    async def schedule_release(
        self, info: Info[Any, Any], input: Annotated[ScheduleReleaseInput, INPUT]
    ) -> ScheduleReleasePayload:
        async def do() -> ScheduleReleasePayload:
            reader = Reader(info, may_publish)
            release_id = reader.id(input.release_id, "Release", "releaseId")
            reader.settle()
            ids = await releases.schedule(context(info), asked("scheduleRelease", input), release_id, input.at)
            return ScheduleReleasePayload(**await _shown(info, ids))

        return await answered(ScheduleReleasePayload, do())

    @strawberry.mutation(description="Take back that a release is to fire; it is planned as before.")
    async def unschedule_release(
        self, info: Info[Any, Any], input: Annotated[UnscheduleReleaseInput, INPUT]
    ) -> UnscheduleReleasePayload:
        async def do() -> UnscheduleReleasePayload:
            reader = Reader(info, may_publish)
            release_id = reader.id(input.release_id, "Release", "releaseId")
            reader.settle()
            ids = await releases.unschedule(context(info), asked("unscheduleRelease", input), release_id)
            return UnscheduleReleasePayload(**await _shown(info, ids))

        return await answered(UnscheduleReleasePayload, do())

    @strawberry.mutation(description="Publish a release now, all of it in one entry of the log or nothing.")
    async def publish_release(
        self, info: Info[Any, Any], input: Annotated[PublishReleaseInput, INPUT]
    ) -> PublishReleasePayload:
        async def do() -> PublishReleasePayload:
            reader = Reader(info, may_publish)
            release_id = reader.id(input.release_id, "Release", "releaseId")
            reader.wait(input.wait_seconds)
            reader.settle()
            given = asked("publishRelease", input)
            ids = await releases.publish(context(info), given, release_id, input.wait_seconds)
            return PublishReleasePayload(**await _shown(info, ids))

        return await answered(PublishReleasePayload, do())

    @strawberry.mutation(
        description="Restore every live set and flag that a release replaced; refused where anything is no longer what"
        " it left."
    )
    async def revert_release(
        self, info: Info[Any, Any], input: Annotated[RevertReleaseInput, INPUT]
    ) -> RevertReleasePayload:
        async def do() -> RevertReleasePayload:
            reader = Reader(info, may_publish)
            release_id = reader.id(input.release_id, "Release", "releaseId")
            reader.settle()
            ids = await releases.revert(context(info), asked("revertRelease", input), release_id, input.reason)
            return RevertReleasePayload(**await _shown(info, ids))

        return await answered(RevertReleasePayload, do())


def _wanted(reader: Reader, item: ReleaseItemInput) -> ReleaseItemRequest:
    """Read an item; tells what does not go together."""
    of_challenge = (item.label, item.content_hash, item.live_set_hash, item.changelog, item.bump)
    if (item.challenge_id is None) == (item.node_id is None):
        told = "Give a challengeId, or the nodeId of a track, module or lesson."
    elif item.node_id is not None and (item.published is None or any(part is not None for part in of_challenge)):
        told = "With a nodeId give published, and nothing that is about a challenge."
    elif item.node_id is None and (item.published is not None or (item.label is None) == (item.content_hash is None)):
        told = "With a challengeId give the label of a version to make live, or the contentHash of a draft to publish."
    else:
        told = ""
    if told:
        reader.faults.append(Invalid(("item",), told))
    if item.challenge_id is None:
        name, id = reader.ids(item.node_id, NODES, "item", "nodeId") if item.node_id else (NODES[0], NOTHING)
        return ReleaseItemRequest(LEVELS[name], id, published=item.published)
    return ReleaseItemRequest(
        "challenge",
        reader.id(item.challenge_id, "Challenge", "item", "challengeId"),
        label=item.label,
        content_hash=item.content_hash,
        live_set_hash=item.live_set_hash,
        changelog=item.changelog,
        bump=None if item.bump is None else "MAJOR" if item.bump is Bump.MAJOR else "MINOR",
    )


async def _shown(info: Info[Any, Any], ids: dict[str, Any]) -> dict[str, Any]:
    """Return what a payload shows of the ids of what was done, read afresh."""
    loaders = context(info).loaders
    found: dict[str, Any] = {"release": Release.maybe(await loaders.load(release_by_id, ids["release"]))}
    if "publication" in ids:
        found["publication"] = Publication.maybe(await loaders.load(publication_by_id, ids["publication"]))
    return found
