"""What a publish would do, and the mutations that change what is live."""

from enum import Enum
from typing import Annotated, Any, cast

import strawberry
from strawberry.types import Info

from loaders.content.log import publication_by_id
from loaders.content.versions import version_by_id
from resolvers import statistics
from resolvers.content import publishing
from resolvers.context import Context
from resolvers.judging import replays
from resolvers.policy import may_publish, may_read_content
from schema.content.drafts import ChallengeDiff
from schema.content.publications import MigrationPolicy, Publication
from schema.content.tree import Challenge
from schema.content.tree_mutations import node_of
from schema.content.versions import ChallengeVersion
from schema.fields import Shows, column, inherited, shown
from schema.inputs import INPUT, Reader, answered, asked, context, idempotency_key, text_of
from schema.judging.replays import Replay
from schema.payloads import Payload
from versioning.judging.compatibility import Accepted
from versioning.log import verify
from versioning.pins.forwarding import Policy, Stated
from versioning.publishing import gates
from versioning.publishing import publishing as domain

MIGRATION = "What it means for learners on other versions; absent, it follows from the change."


@strawberry.enum(description="How far a label moves on.")
class Bump(Enum):
    MAJOR = strawberry.enum_value("MAJOR", description="v1.3 → v2.0: it may break work that learners have begun.")
    MINOR = strawberry.enum_value("MINOR", description="v1.3 → v1.4: it does not.")


@strawberry.enum(description="A condition of publishing.")
class GateName(Enum):
    VALID = strawberry.enum_value("VALID", description="The draft is well formed and has instructions.")
    HAS_TESTS = strawberry.enum_value("HAS_TESTS", description="There is at least one test.")
    SOLUTION_PASSES = strawberry.enum_value(
        "SOLUTION_PASSES", description="The reference solution passes all tests, twice in a row."
    )
    STARTER_DOES_NOT_PASS = strawberry.enum_value(
        "STARTER_DOES_NOT_PASS", description="The starter does not pass all tests as it is."
    )
    CHANGED = strawberry.enum_value("CHANGED", description="The draft says what no version says yet.")
    CHANGELOG = strawberry.enum_value("CHANGELOG", description="The publish says what is different.")
    REVIEWED = strawberry.enum_value("REVIEWED", description="Where reviews are required: this text was approved.")
    NO_EXPERIMENT = strawberry.enum_value("NO_EXPERIMENT", description="No experiment is running on the challenge.")
    TESTS_ASSERT = strawberry.enum_value(
        "TESTS_ASSERT", description="Every test makes an assertion, and awaits it. Only a warning."
    )
    ANCESTORS_SHOWN = strawberry.enum_value(
        "ANCESTORS_SHOWN", description="Its track, module and lesson are shown; only a warning."
    )
    COMPATIBLE = strawberry.enum_value(
        "COMPATIBLE", description="Learners' accepted solutions still pass, or what breaks them is a major change."
    )


@strawberry.enum(description="How a gate stands.")
class GateState(Enum):
    PASSED = strawberry.enum_value("PASSED", description="It lets the publish pass.")
    FAILED = strawberry.enum_value("FAILED", description="It does not; the message says what to do.")
    PENDING = strawberry.enum_value("PENDING", description="It waits for what the publish itself will bring.")
    UNAVAILABLE = strawberry.enum_value("UNAVAILABLE", description="Nobody is there to find it out.")
    WARNING = strawberry.enum_value("WARNING", description="It lets the publish pass, and says what to expect.")


@shown(see=may_read_content, description="A condition of publishing and how it stands.")
class Gate(Shows[gates.Gate]):
    gate: GateName = column("Which condition.", see=inherited)
    state: GateState = column("How it stands.", see=inherited)
    message: str | None = column("What is wrong and what to do about it.", see=inherited)


@strawberry.type(description="Learners with progress in a challenge, as they are now.")
class AffectedLearners:
    in_progress: int = strawberry.field(description="How many are at work on it.")
    completed: int = strawberry.field(description="How many have completed it.")


@strawberry.type(description="What a publish would do; changes nothing.")
class PublishPlan:
    plan: strawberry.Private[domain.Plan]
    content_hash: str = strawberry.field(description="The draft's; to be stated when publishing.")
    live_set_hash: str = strawberry.field(description="To be stated when publishing.")

    @strawberry.field(
        description="Covers all that is to happen: stated when publishing, what was reviewed is what runs, or STALE."
    )
    def plan_id(self) -> str:
        return self.plan.id

    @strawberry.field(description="The label that the version would get; null if none.")
    def next_label(self) -> str | None:
        return self.plan.label

    @strawberry.field(description="What the change is; an author may raise it.")
    def change_kind(self) -> Bump | None:
        return Bump(self.plan.bump) if self.plan.bump else None

    @strawberry.field(description="Every condition and how it stands.")
    def gates(self) -> list[Gate]:
        return [Gate.of(gate) for gate in self.plan.gates]

    @strawberry.field(description="How many learners have progress in the challenge.")
    async def affected(self, info: Info[Any, Any]) -> AffectedLearners:
        counts = await statistics.affected(context(info), self.plan)
        return AffectedLearners(in_progress=counts.in_progress, completed=counts.completed)

    @strawberry.field(description="The last replay of learners' solutions under the draft's tests; null for none.")
    async def replay(self, info: Info[Any, Any]) -> Replay | None:
        return Replay.maybe(await replays.of_plan(context(info), self.plan))

    @strawberry.field(description="How the draft differs from what is live.")
    def diff(self) -> ChallengeDiff:
        return ChallengeDiff.of(domain.plan_diff(self.plan))

    @classmethod
    def of(cls, plan: domain.Plan) -> "PublishPlan":
        """Wrap a plan; what a client does not ask for is not computed."""
        return cls(plan=plan, content_hash=plan.standing.draft.content_hash, live_set_hash=plan.standing.live.hash)


@strawberry.type(description="What recomputing a challenge's hashes showed.")
class HistoryVerification:
    intact: bool = strawberry.field(description="Whether everything fits.")
    checked_versions: int = strawberry.field(description="How many versions were recomputed.")
    checked_publications: int = strawberry.field(description="How many entries of the log were recomputed.")
    first_fault: str | None = strawberry.field(description="The first thing that does not fit.")

    @classmethod
    def of(cls, found: verify.Verification) -> "HistoryVerification":
        return cls(
            intact=found.intact,
            checked_versions=found.checked_versions,
            checked_publications=found.checked_publications,
            first_fault=found.first_fault,
        )


@strawberry.input(description="A draft to publish, as the caller saw it.")
class PublishChallengeInput:
    challenge_id: strawberry.ID = strawberry.field(description="Which challenge.")
    content_hash: str = strawberry.field(description="The draft that was seen; another one means STALE.")
    live_set_hash: str = strawberry.field(description="The live set that was seen; another one means STALE.")
    changelog: str = strawberry.field(description="What is different for learners, at most 2,000 characters.")
    bump: Bump | None = strawberry.field(
        default=None,
        description="Raise a minor change to a major one, which waits for no replay; or, where a replay allows it, the"
        " other way.",
    )
    accept_broken: list[strawberry.ID] | None = strawberry.field(
        default=None, description="The tests (testId) that may break accepted solutions though the change is minor."
    )
    broken_reason: str | None = strawberry.field(
        default=None, description="Why they may, for the log; needed with acceptBroken."
    )
    plan_id: str | None = strawberry.field(
        default=None, description="The plan that was reviewed; when it no longer holds, STALE."
    )
    migration: MigrationPolicy | None = strawberry.field(default=None, description=MIGRATION)
    migration_reason: str | None = strawberry.field(
        default=None,
        description="Why, as learners on other versions are told, at most 2,000 characters; FORCE needs it.",
    )
    wait_seconds: int = strawberry.field(
        default=30, description="How long to wait for what has to be run first, 0 to 60."
    )
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="An earlier version to make live again.")
class RollbackChallengeInput:
    challenge_id: strawberry.ID = strawberry.field(description="Which challenge.")
    to_label: str = strawberry.field(description="The version's label; any published version that is not live.")
    live_set_hash: str = strawberry.field(description="The live set that was seen; another one means STALE.")
    reason: str = strawberry.field(description="The reason, stored in the log. Under FORCE learners see it too.")
    migration: MigrationPolicy | None = strawberry.field(default=None, description=MIGRATION)
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A challenge to take out of service.")
class ArchiveChallengeInput:
    challenge_id: strawberry.ID = strawberry.field(description="Which challenge.")
    live_set_hash: str = strawberry.field(description="The live set that was seen; another one means STALE.")
    reason: str = strawberry.field(description="Why, for the log.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="An archived challenge to bring back with the live set that it had.")
class UnarchiveChallengeInput:
    challenge_id: strawberry.ID = strawberry.field(description="Which challenge.")
    live_set_hash: str = strawberry.field(description="The live set that was seen; another one means STALE.")
    reason: str = strawberry.field(description="Why, for the log.")
    idempotency_key: str | None = idempotency_key()


@strawberry.type(description="The answer of publishChallenge.")
class PublishChallengePayload(Payload):
    challenge: Challenge | None = strawberry.field(default=None, description="The challenge as it is now.")
    version: ChallengeVersion | None = strawberry.field(default=None, description="The new version, which is live.")
    publication: Publication | None = strawberry.field(default=None, description="The entry of the log.")
    run_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The run that was not over yet, or came to no verdict; the same call again goes on from there.",
    )
    replay_id: strawberry.ID | None = strawberry.field(
        default=None, description="The replay that was not over yet; likewise."
    )


@strawberry.type(description="The answer of rollbackChallenge.")
class RollbackChallengePayload(Payload):
    challenge: Challenge | None = strawberry.field(default=None, description="The challenge as it is now.")
    version: ChallengeVersion | None = strawberry.field(default=None, description="The version that is live again.")
    publication: Publication | None = strawberry.field(default=None, description="The entry of the log.")


@strawberry.type(description="The answer of archiveChallenge.")
class ArchiveChallengePayload(Payload):
    challenge: Challenge | None = strawberry.field(default=None, description="The challenge as it is now.")
    publication: Publication | None = strawberry.field(default=None, description="The entry of the log.")


@strawberry.type(description="The answer of unarchiveChallenge.")
class UnarchiveChallengePayload(Payload):
    challenge: Challenge | None = strawberry.field(default=None, description="The challenge as it is now.")
    publication: Publication | None = strawberry.field(default=None, description="The entry of the log.")


@strawberry.type
class PublishingMutations:
    @strawberry.mutation(description="Publish a draft as the next version, which becomes the live one.")
    async def publish_challenge(
        self, info: Info[Any, Any], input: Annotated[PublishChallengeInput, INPUT]
    ) -> PublishChallengePayload:
        async def do() -> PublishChallengePayload:
            reader = Reader(info, may_publish)
            challenge_id = reader.id(input.challenge_id, "Challenge", "challengeId")
            reader.wait(input.wait_seconds)
            reader.settle()
            ids = await publishing.publish_challenge(
                context(info),
                asked("publishChallenge", input),
                challenge_id=challenge_id,
                content_hash=input.content_hash,
                live_set_hash=input.live_set_hash,
                changelog=input.changelog,
                bump=None if input.bump is None else "MAJOR" if input.bump is Bump.MAJOR else "MINOR",
                accepted=Accepted(frozenset(input.accept_broken or ()), input.broken_reason or ""),
                plan_id=input.plan_id,
                migration=Stated(_policy(input.migration), input.migration_reason),
                wait_seconds=input.wait_seconds,
            )
            return PublishChallengePayload(**await _shown(info, ids))

        return await answered(PublishChallengePayload, do())

    @strawberry.mutation(description="Make an earlier version live again; the draft stays as it is.")
    async def rollback_challenge(
        self, info: Info[Any, Any], input: Annotated[RollbackChallengeInput, INPUT]
    ) -> RollbackChallengePayload:
        async def do() -> RollbackChallengePayload:
            reader = Reader(info, may_publish)
            challenge_id = reader.id(input.challenge_id, "Challenge", "challengeId")
            reader.settle()
            ids = await publishing.rollback_challenge(
                context(info),
                asked("rollbackChallenge", input),
                challenge_id=challenge_id,
                to_label=input.to_label,
                live_set_hash=input.live_set_hash,
                reason=input.reason,
                policy=_policy(input.migration),
            )
            return RollbackChallengePayload(**await _shown(info, ids))

        return await answered(RollbackChallengePayload, do())

    @strawberry.mutation(description="Take a challenge out of service; its versions and its log stay.")
    async def archive_challenge(
        self, info: Info[Any, Any], input: Annotated[ArchiveChallengeInput, INPUT]
    ) -> ArchiveChallengePayload:
        async def do() -> ArchiveChallengePayload:
            ids = await _archived(info, "archiveChallenge", input, back=False)
            return ArchiveChallengePayload(**await _shown(info, ids))

        return await answered(ArchiveChallengePayload, do())

    @strawberry.mutation(description="Bring an archived challenge back with the live set that it had.")
    async def unarchive_challenge(
        self, info: Info[Any, Any], input: Annotated[UnarchiveChallengeInput, INPUT]
    ) -> UnarchiveChallengePayload:
        async def do() -> UnarchiveChallengePayload:
            ids = await _archived(info, "unarchiveChallenge", input, back=True)
            return UnarchiveChallengePayload(**await _shown(info, ids))

        return await answered(UnarchiveChallengePayload, do())


def _policy(given: MigrationPolicy | None) -> Policy | None:
    return cast(Policy, text_of(given)) if given is not None else None


async def _archived(
    info: Info[Any, Any], mutation: str, input: ArchiveChallengeInput | UnarchiveChallengeInput, *, back: bool
) -> dict[str, Any]:
    reader = Reader(info, may_publish)
    challenge_id = reader.id(input.challenge_id, "Challenge", "challengeId")
    reader.settle()
    return await publishing.archive_challenge(
        context(info),
        asked(mutation, input),
        challenge_id=challenge_id,
        live_set_hash=input.live_set_hash,
        reason=input.reason,
        back=back,
    )


async def _shown(info: Info[Any, Any], ids: dict[str, Any]) -> dict[str, Any]:
    """Return what a payload shows of the ids of what was done, read afresh."""
    ctx: Context = context(info)
    publication = await ctx.loaders.load(publication_by_id, ids["publication"])
    found: dict[str, Any] = {
        "challenge": await node_of(info, "challenge", ids["challenge"]),
        "publication": Publication.maybe(publication),
    }
    if "version" in ids:
        version = await ctx.loaders.load(version_by_id, ids["version"])
        found["version"] = ChallengeVersion.maybe(version)
    return found
