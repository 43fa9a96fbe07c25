"""Mutations of the tree's shape: creating, renaming, moving, showing and archiving its nodes."""

from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry.types import Info

from loaders.content.tree import node_by_ref
from resolvers.content import editing
from resolvers.policy import may_publish, may_write_content
from schema.content.tree import Challenge, Lesson, Module, Track
from schema.inputs import INPUT, Reader, answered, asked, context, idempotency_key, optional
from schema.node import Node, Publishable
from schema.payloads import Payload
from versioning.tree.nodes import Level

LEVELS: dict[str, Level] = {"Track": "track", "Module": "module", "Lesson": "lesson", "Challenge": "challenge"}


@strawberry.input(description="A track to create, hidden at first.")
class CreateTrackInput:
    slug: str = strawberry.field(description="Its name in addresses.")
    title: str = strawberry.field(description="Its title, at most 200 characters.")
    description: str = strawberry.field(
        default="", description="What it is about, in Markdown, at most 5,000 characters."
    )
    position: int | None = strawberry.field(default=None, description="Its place, from 1; absent, it is the last.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A module to create, hidden at first.")
class CreateModuleInput:
    track_id: strawberry.ID = strawberry.field(description="The track it becomes a part of.")
    slug: str = strawberry.field(description="Its name in addresses.")
    title: str = strawberry.field(description="Its title, at most 200 characters.")
    position: int | None = strawberry.field(default=None, description="Its place, from 1; absent, it is the last.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A lesson to create, hidden at first.")
class CreateLessonInput:
    module_id: strawberry.ID = strawberry.field(description="The module it becomes a part of.")
    slug: str = strawberry.field(description="Its name in addresses.")
    title: str = strawberry.field(description="Its title, at most 200 characters.")
    position: int | None = strawberry.field(default=None, description="Its place, from 1; absent, it is the last.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What to change about a track; what is absent stays. A former slug leads on.")
class UpdateTrackInput:
    track_id: strawberry.ID = strawberry.field(description="Which track.")
    slug: str | None = optional("Its name in addresses; null is refused.")
    title: str | None = optional("Its title; null is refused.")
    description: str | None = optional("What it is about; null is refused.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What to change about a module; what is absent stays. A former slug leads on.")
class UpdateModuleInput:
    module_id: strawberry.ID = strawberry.field(description="Which module.")
    slug: str | None = optional("Its name in addresses; null is refused.")
    title: str | None = optional("Its title; null is refused.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What to change about a lesson; what is absent stays. A former slug leads on.")
class UpdateLessonInput:
    lesson_id: strawberry.ID = strawberry.field(description="Which lesson.")
    slug: str | None = optional("Its name in addresses; null is refused.")
    title: str | None = optional("Its title; null is refused.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="What to change about a challenge beside its content. A former slug leads on.")
class UpdateChallengeInput:
    challenge_id: strawberry.ID = strawberry.field(description="Which challenge.")
    slug: str | None = optional("Its name in addresses; null is refused.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Where a node is to stand; its identity, history and progress stay.")
class MoveInput:
    id: strawberry.ID = strawberry.field(description="Which node.")
    parent_id: strawberry.ID | None = strawberry.field(default=None, description="Under what; absent, the same parent.")
    position: int | None = strawberry.field(default=None, description="Its place, from 1; absent, it is the last.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Whether learners see a track, module or lesson.")
class SetPublishedInput:
    id: strawberry.ID = strawberry.field(description="Which node; not a challenge, whose versions are published.")
    published: bool = strawberry.field(description="true shows, false hides.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A track, module or lesson to take out of service.")
class ArchiveInput:
    id: strawberry.ID = strawberry.field(
        description="Which node; not a challenge, for which there is archiveChallenge."
    )
    reason: str = strawberry.field(description="Why, for the log.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="An archived track, module or lesson to bring back, hidden at first.")
class UnarchiveInput:
    id: strawberry.ID = strawberry.field(description="Which node; not a challenge.")
    reason: str = strawberry.field(description="Why, for the log.")
    idempotency_key: str | None = idempotency_key()


@strawberry.type(description="The answer of createTrack.")
class CreateTrackPayload(Payload):
    track: Track | None = strawberry.field(default=None, description="The new track.")


@strawberry.type(description="The answer of createModule.")
class CreateModulePayload(Payload):
    module: Module | None = strawberry.field(default=None, description="The new module.")


@strawberry.type(description="The answer of createLesson.")
class CreateLessonPayload(Payload):
    lesson: Lesson | None = strawberry.field(default=None, description="The new lesson.")


@strawberry.type(description="The answer of updateTrack.")
class UpdateTrackPayload(Payload):
    track: Track | None = strawberry.field(default=None, description="The track as it is now.")


@strawberry.type(description="The answer of updateModule.")
class UpdateModulePayload(Payload):
    module: Module | None = strawberry.field(default=None, description="The module as it is now.")


@strawberry.type(description="The answer of updateLesson.")
class UpdateLessonPayload(Payload):
    lesson: Lesson | None = strawberry.field(default=None, description="The lesson as it is now.")


@strawberry.type(description="The answer of updateChallenge.")
class UpdateChallengePayload(Payload):
    challenge: Challenge | None = strawberry.field(default=None, description="The challenge as it is now.")


@strawberry.type(description="The answer of move.")
class MovePayload(Payload):
    node: Node | None = strawberry.field(default=None, description="The node where it stands now.")


@strawberry.type(description="The answer of setPublished.")
class SetPublishedPayload(Payload):
    node: Publishable | None = strawberry.field(default=None, description="The node as it is now.")


@strawberry.type(description="The answer of archive.")
class ArchivePayload(Payload):
    node: Publishable | None = strawberry.field(default=None, description="The node as it is now.")


@strawberry.type(description="The answer of unarchive.")
class UnarchivePayload(Payload):
    node: Publishable | None = strawberry.field(default=None, description="The node as it is now.")


async def node_of(info: Info[Any, Any], level: Level, id: UUID) -> Any:
    """Return the node of an id as its shown type, read afresh."""
    row = await context(info).loaders.load(node_by_ref, (level, id))
    return None if row is None else Publishable.of(row)


@strawberry.type
class TreeMutations:
    @strawberry.mutation(description="Create a track. Authors and admins, like all mutations of content.")
    async def create_track(self, info: Info[Any, Any], input: Annotated[CreateTrackInput, INPUT]) -> CreateTrackPayload:
        async def do() -> CreateTrackPayload:
            ids = await editing.create_node(
                context(info),
                asked("createTrack", input),
                "track",
                slug=input.slug,
                title=input.title,
                description=input.description,
                position=input.position,
            )
            return CreateTrackPayload(track=await node_of(info, "track", ids["id"]))

        return await answered(CreateTrackPayload, do())

    @strawberry.mutation(description="Create a module in a track.")
    async def create_module(
        self, info: Info[Any, Any], input: Annotated[CreateModuleInput, INPUT]
    ) -> CreateModulePayload:
        async def do() -> CreateModulePayload:
            made = await _created(info, "createModule", input, "Module", "Track", input.track_id)
            return CreateModulePayload(module=made)

        return await answered(CreateModulePayload, do())

    @strawberry.mutation(description="Create a lesson in a module.")
    async def create_lesson(
        self, info: Info[Any, Any], input: Annotated[CreateLessonInput, INPUT]
    ) -> CreateLessonPayload:
        async def do() -> CreateLessonPayload:
            made = await _created(info, "createLesson", input, "Lesson", "Module", input.module_id)
            return CreateLessonPayload(lesson=made)

        return await answered(CreateLessonPayload, do())

    @strawberry.mutation(description="Rename a track, or change its title or description.")
    async def update_track(self, info: Info[Any, Any], input: Annotated[UpdateTrackInput, INPUT]) -> UpdateTrackPayload:
        async def do() -> UpdateTrackPayload:
            return UpdateTrackPayload(track=await _updated(info, "updateTrack", input, "Track", input.track_id))

        return await answered(UpdateTrackPayload, do())

    @strawberry.mutation(description="Rename a module, or change its title.")
    async def update_module(
        self, info: Info[Any, Any], input: Annotated[UpdateModuleInput, INPUT]
    ) -> UpdateModulePayload:
        async def do() -> UpdateModulePayload:
            return UpdateModulePayload(module=await _updated(info, "updateModule", input, "Module", input.module_id))

        return await answered(UpdateModulePayload, do())

    @strawberry.mutation(description="Rename a lesson, or change its title.")
    async def update_lesson(
        self, info: Info[Any, Any], input: Annotated[UpdateLessonInput, INPUT]
    ) -> UpdateLessonPayload:
        async def do() -> UpdateLessonPayload:
            return UpdateLessonPayload(lesson=await _updated(info, "updateLesson", input, "Lesson", input.lesson_id))

        return await answered(UpdateLessonPayload, do())

    @strawberry.mutation(description="Rename a challenge. Its content is the draft's.")
    async def update_challenge(
        self, info: Info[Any, Any], input: Annotated[UpdateChallengeInput, INPUT]
    ) -> UpdateChallengePayload:
        async def do() -> UpdateChallengePayload:
            changed = await _updated(info, "updateChallenge", input, "Challenge", input.challenge_id)
            return UpdateChallengePayload(challenge=changed)

        return await answered(UpdateChallengePayload, do())

    @strawberry.mutation(description="Move a node to another parent or position. Its former address leads on.")
    async def move(self, info: Info[Any, Any], input: Annotated[MoveInput, INPUT]) -> MovePayload:
        async def do() -> MovePayload:
            reader = Reader(info, may_write_content)
            name, id = reader.ids(input.id, tuple(LEVELS), "id")
            parent = None
            if input.parent_id is not None:
                kinds = {"Track": "Track", "Module": "Track", "Lesson": "Module", "Challenge": "Lesson"}
                parent = reader.id(input.parent_id, kinds[name], "parentId")
            reader.settle()
            level = LEVELS[name]
            await editing.move_node(
                context(info), asked("move", input), level, id, parent_id=parent, position=input.position
            )
            return MovePayload(node=await node_of(info, level, id))

        return await answered(MovePayload, do())

    @strawberry.mutation(description="Show a track, module or lesson to learners, or hide it.")
    async def set_published(
        self, info: Info[Any, Any], input: Annotated[SetPublishedInput, INPUT]
    ) -> SetPublishedPayload:
        async def do() -> SetPublishedPayload:
            reader = Reader(info, may_publish)
            name, id = reader.ids(input.id, tuple(LEVELS), "id")
            reader.settle()
            await editing.show_node(
                context(info), asked("setPublished", input), LEVELS[name], id, published=input.published
            )
            return SetPublishedPayload(node=await node_of(info, LEVELS[name], id))

        return await answered(SetPublishedPayload, do())

    @strawberry.mutation(description="Take a track, module or lesson out of service; what is below is only hidden.")
    async def archive(self, info: Info[Any, Any], input: Annotated[ArchiveInput, INPUT]) -> ArchivePayload:
        async def do() -> ArchivePayload:
            return ArchivePayload(node=await _archived(info, "archive", input, back=False))

        return await answered(ArchivePayload, do())

    @strawberry.mutation(description="Bring an archived track, module or lesson back, hidden at first.")
    async def unarchive(self, info: Info[Any, Any], input: Annotated[UnarchiveInput, INPUT]) -> UnarchivePayload:
        async def do() -> UnarchivePayload:
            return UnarchivePayload(node=await _archived(info, "unarchive", input, back=True))

        return await answered(UnarchivePayload, do())


async def _created(
    info: Info[Any, Any],
    mutation: str,
    input: CreateModuleInput | CreateLessonInput,
    name: str,
    parent_name: str,
    parent: strawberry.ID,
) -> Any:
    reader = Reader(info, may_write_content)
    parent_id = reader.id(parent, parent_name, f"{parent_name.lower()}Id")
    reader.settle()
    ids = await editing.create_node(
        context(info),
        asked(mutation, input),
        LEVELS[name],
        parent_id=parent_id,
        slug=input.slug,
        title=input.title,
        position=input.position,
    )
    return await node_of(info, LEVELS[name], ids["id"])


async def _updated(info: Info[Any, Any], mutation: str, input: Any, name: str, id: strawberry.ID) -> Any:
    reader = Reader(info, may_write_content)
    uuid = reader.id(id, name, f"{name.lower()}Id")
    given = {
        field: reader.kept(getattr(input, field), field)
        for field in ("slug", "title", "description")
        if hasattr(input, field)
    }
    reader.settle()
    await editing.update_node(context(info), asked(mutation, input), LEVELS[name], uuid, **given)
    return await node_of(info, LEVELS[name], uuid)


async def _archived(info: Info[Any, Any], mutation: str, input: ArchiveInput | UnarchiveInput, *, back: bool) -> Any:
    reader = Reader(info, may_publish)
    name, id = reader.ids(input.id, tuple(LEVELS), "id")
    reader.settle()
    await editing.archive_node(context(info), asked(mutation, input), LEVELS[name], id, reason=input.reason, back=back)
    return await node_of(info, LEVELS[name], id)
