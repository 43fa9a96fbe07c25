"""Mutations of drafts: creating a challenge, editing, restoring, reviewing."""

from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from loaders.content.drafts import draft_by_id, review_by_id
from resolvers.content import editing
from resolvers.policy import may_review, may_write_content
from schema.content.drafts import ChallengeDraft, Review
from schema.content.tree import Challenge
from schema.content.tree_mutations import node_of
from schema.content.versions import Difficulty
from schema.inputs import (
    INPUT,
    ChallengeTestInput,
    CodeInput,
    HintInput,
    Reader,
    TestHooksInput,
    answered,
    asked,
    context,
    idempotency_key,
    optional,
    text_of,
)
from schema.payloads import Payload
from versioning.content.drafts import Edit
from versioning.content.reviews import Verdict


@strawberry.input(description="A challenge to create with its first draft; what is absent takes its default.")
class CreateChallengeInput:
    lesson_id: strawberry.ID = strawberry.field(description="The lesson it becomes a part of.")
    slug: str = strawberry.field(description="Its name in addresses.")
    position: int | None = strawberry.field(default=None, description="Its place, from 1; absent, it is the last.")
    title: str = strawberry.field(description="The title, at most 200 characters.")
    instructions: str | None = optional("What the learner is to do, in Markdown; default empty.")
    difficulty: Difficulty | None = optional("How hard it is; default EASY.")
    points: int | None = optional("What solving it earns; default 10.")
    estimated_time_minutes: int | None = optional("How many minutes it takes; default 10.")
    starter: CodeInput | None = optional("What the learner begins with; default empty.")
    solution: CodeInput | None = optional("The reference solution; default empty.")
    tests: list[ChallengeTestInput] | None = optional("The checks, in order; default none.")
    hooks: TestHooksInput | None = optional("The code around the tests; default none.")
    libraries: list[str] | None = optional("Test libraries in order, each by name or hash; default none.")
    hints: list[HintInput] | None = optional("Hints in order; default none.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="An edit of a draft: what is absent stays, null is refused, lists replace whole.")
class UpdateChallengeDraftInput:
    challenge_id: strawberry.ID = strawberry.field(description="Whose draft.")
    expected_revision: int = strawberry.field(description="The revision that was read; another one means STALE.")
    title: str | None = optional("The title.")
    instructions: str | None = optional("What the learner is to do, in Markdown.")
    difficulty: Difficulty | None = optional("How hard it is.")
    points: int | None = optional("What solving it earns.")
    estimated_time_minutes: int | None = optional("How many minutes it takes.")
    starter: CodeInput | None = optional("What the learner begins with.")
    solution: CodeInput | None = optional("The reference solution.")
    tests: list[ChallengeTestInput] | None = optional("The checks, in order.")
    hooks: TestHooksInput | None = optional("The code around the tests; what is left out of it is empty.")
    libraries: list[str] | None = optional("Test libraries in order, each by name or hash.")
    hints: list[HintInput] | None = optional("Hints in order.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A version whose text is to be copied into the draft.")
class RestoreDraftInput:
    challenge_id: strawberry.ID = strawberry.field(description="Whose draft.")
    from_label: str = strawberry.field(description="The version's label.")
    expected_revision: int = strawberry.field(description="The revision that was read; another one means STALE.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="An approval of what a draft says.")
class ApproveDraftInput:
    challenge_id: strawberry.ID = strawberry.field(description="Whose draft.")
    content_hash: str = strawberry.field(description="The text that was read; another one means STALE.")
    note: str | None = strawberry.field(default=None, description="A word to the author, at most 2,000 characters.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="The input of requestChanges.")
class RequestChangesInput:
    challenge_id: strawberry.ID = strawberry.field(description="Whose draft.")
    content_hash: str = strawberry.field(description="The text that was read; another one means STALE.")
    note: str = strawberry.field(description="What is to be changed, at most 2,000 characters.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="The input of requestReview.")
class RequestReviewInput:
    challenge_id: strawberry.ID = strawberry.field(description="Whose draft.")
    content_hash: str = strawberry.field(description="The text to be judged; another one means STALE.")
    note: str | None = strawberry.field(default=None, description="A word to the reviewer, at most 2,000 characters.")
    idempotency_key: str | None = idempotency_key()


@strawberry.type(description="The answer of createChallenge.")
class CreateChallengePayload(Payload):
    challenge: Challenge | None = strawberry.field(default=None, description="The new challenge.")
    draft: ChallengeDraft | None = strawberry.field(default=None, description="Its draft.")


@strawberry.type(description="The answer of updateChallengeDraft.")
class UpdateChallengeDraftPayload(Payload):
    draft: ChallengeDraft | None = strawberry.field(default=None, description="The draft as it is now.")


@strawberry.type(description="The answer of restoreDraft.")
class RestoreDraftPayload(Payload):
    draft: ChallengeDraft | None = strawberry.field(default=None, description="The draft as it is now.")


@strawberry.type(description="The answer of approveDraft.")
class ApproveDraftPayload(Payload):
    review: Review | None = strawberry.field(default=None, description="The approval.")


@strawberry.type(description="The answer of requestChanges.")
class RequestChangesPayload(Payload):
    review: Review | None = strawberry.field(default=None, description="The review.")


@strawberry.type(description="The answer of requestReview.")
class RequestReviewPayload(Payload):
    draft: ChallengeDraft | None = strawberry.field(default=None, description="The draft that waits for a review.")


@strawberry.type
class DraftMutations:
    @strawberry.mutation(
        description="Create a challenge in a lesson; learners see nothing of it until it is published."
    )
    async def create_challenge(
        self, info: Info[Any, Any], input: Annotated[CreateChallengeInput, INPUT]
    ) -> CreateChallengePayload:
        async def do() -> CreateChallengePayload:
            reader = Reader(info, may_write_content)
            lesson_id = reader.id(input.lesson_id, "Lesson", "lessonId")
            edit = _edit(reader, input)
            reader.settle()
            ids = await editing.create_challenge(
                context(info),
                asked("createChallenge", input),
                lesson_id=lesson_id,
                slug=input.slug,
                position=input.position,
                edit=edit,
            )
            return CreateChallengePayload(
                challenge=await node_of(info, "challenge", ids["id"]), draft=await _draft(info, ids["id"])
            )

        return await answered(CreateChallengePayload, do())

    @strawberry.mutation(description="Save an edit of a draft. A save that changes nothing keeps the revision.")
    async def update_challenge_draft(
        self, info: Info[Any, Any], input: Annotated[UpdateChallengeDraftInput, INPUT]
    ) -> UpdateChallengeDraftPayload:
        async def do() -> UpdateChallengeDraftPayload:
            reader = Reader(info, may_write_content)
            challenge_id = reader.id(input.challenge_id, "Challenge", "challengeId")
            edit = _edit(reader, input)
            reader.settle()
            await editing.update_draft(
                context(info),
                asked("updateChallengeDraft", input),
                challenge_id=challenge_id,
                expected_revision=input.expected_revision,
                edit=edit,
            )
            return UpdateChallengeDraftPayload(draft=await _draft(info, challenge_id))

        return await answered(UpdateChallengeDraftPayload, do())

    @strawberry.mutation(description="Copy a version's text into the draft; what is live stays as it is.")
    async def restore_draft(
        self, info: Info[Any, Any], input: Annotated[RestoreDraftInput, INPUT]
    ) -> RestoreDraftPayload:
        async def do() -> RestoreDraftPayload:
            reader = Reader(info, may_write_content)
            challenge_id = reader.id(input.challenge_id, "Challenge", "challengeId")
            reader.settle()
            await editing.restore_draft(
                context(info),
                asked("restoreDraft", input),
                challenge_id=challenge_id,
                from_label=input.from_label,
                expected_revision=input.expected_revision,
            )
            return RestoreDraftPayload(draft=await _draft(info, challenge_id))

        return await answered(RestoreDraftPayload, do())

    @strawberry.mutation(
        description="Approve what a draft says. Reviewers and admins in person, and never who edited it themselves."
    )
    async def approve_draft(
        self, info: Info[Any, Any], input: Annotated[ApproveDraftInput, INPUT]
    ) -> ApproveDraftPayload:
        async def do() -> ApproveDraftPayload:
            return ApproveDraftPayload(review=await _reviewed(info, "approveDraft", input, "APPROVED"))

        return await answered(ApproveDraftPayload, do())

    @strawberry.mutation(description="Ask for changes of what a draft says. Reviewers and admins in person.")
    async def request_changes(
        self, info: Info[Any, Any], input: Annotated[RequestChangesInput, INPUT]
    ) -> RequestChangesPayload:
        async def do() -> RequestChangesPayload:
            return RequestChangesPayload(review=await _reviewed(info, "requestChanges", input, "CHANGES_REQUESTED"))

        return await answered(RequestChangesPayload, do())

    @strawberry.mutation(description="Ask for a review of what a draft says.")
    async def request_review(
        self, info: Info[Any, Any], input: Annotated[RequestReviewInput, INPUT]
    ) -> RequestReviewPayload:
        async def do() -> RequestReviewPayload:
            reader = Reader(info, may_write_content)
            challenge_id = reader.id(input.challenge_id, "Challenge", "challengeId")
            reader.settle()
            await editing.request_review(
                context(info),
                asked("requestReview", input),
                challenge_id=challenge_id,
                content_hash=input.content_hash,
                note=input.note,
            )
            return RequestReviewPayload(draft=await _draft(info, challenge_id))

        return await answered(RequestReviewPayload, do())


def _edit(reader: Reader, input: CreateChallengeInput | UpdateChallengeDraftInput) -> Edit:
    difficulty = reader.kept(input.difficulty, "difficulty")
    starter = reader.kept(input.starter, "starter")
    solution = reader.kept(input.solution, "solution")
    tests = reader.kept(input.tests, "tests")
    hints = reader.kept(input.hints, "hints")
    hooks = reader.kept(input.hooks, "hooks")
    return Edit(
        title=reader.kept(input.title, "title"),
        instructions=reader.kept(input.instructions, "instructions"),
        difficulty=None if difficulty is None else text_of(difficulty),
        points=reader.kept(input.points, "points"),
        estimated_time_minutes=reader.kept(input.estimated_time_minutes, "estimatedTimeMinutes"),
        starter=starter and starter.code(),
        solution=solution and solution.code(),
        tests=None if tests is None else [test.test() for test in tests],
        hints=None if hints is None else [hint.text for hint in hints],
        hooks=hooks and hooks.hooks(),
        libraries=reader.kept(input.libraries, "libraries"),
    )


async def _draft(info: Info[Any, Any], challenge_id: Any) -> ChallengeDraft | None:
    return ChallengeDraft.maybe(await context(info).loaders.load(draft_by_id, challenge_id))


async def _reviewed(
    info: Info[Any, Any], mutation: str, input: ApproveDraftInput | RequestChangesInput, verdict: Verdict
) -> Review | None:
    reader = Reader(info, may_review)
    challenge_id = reader.id(input.challenge_id, "Challenge", "challengeId")
    reader.settle()
    ids = await editing.review_draft(
        context(info),
        asked(mutation, input),
        challenge_id=challenge_id,
        content_hash=input.content_hash,
        verdict=verdict,
        note=input.note,
    )
    return Review.maybe(await context(info).loaders.load(review_by_id, ids["id"]))
