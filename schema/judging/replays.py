"""Replays: learners' solutions under a draft's tests, asked for, watched, ended."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry.types import Info

import loaders.judging.replays
from core import limits, texts
from loaders.content.tree import challenge_by_id
from loaders.content.versions import version_by_id
from loaders.judging.replays import replay_by_id, replay_samples_by_id
from resolvers.judging import replays
from resolvers.policy import may_preview, may_read_content
from schema.content.versions import ChallengeVersion, Code
from schema.fields import Shows, column, identity, inherited, loaded, shown
from schema.inputs import INPUT, Reader, answered, asked, context, idempotency_key
from schema.judging.runs import RunState, TestRun
from schema.node import Node
from schema.payloads import Payload

if TYPE_CHECKING:
    from schema.content.tree import Challenge

SEED = 2**31 - 1


@shown(see=may_read_content, description="A test of a draft that accepted solutions fail.")
class BrokenTest(Shows[loaders.judging.replays.BrokenTest]):
    test_id: strawberry.ID = column("The test's id, local to the challenge.", see=inherited)
    breaks: int = column("How many different accepted solutions fail it.", see=inherited)


@shown(
    see=may_read_content,
    description="Code that broke under a draft's tests, or passes them though it was wrong. Whose it is is not told.",
)
class ReplaySample(Shows[loaders.judging.replays.Sample]):
    code: Annotated["Code", strawberry.lazy("schema.content.versions")] = column("The submitted code.", see=inherited)
    learners: int = column("How many learners wrote exactly this.", see=inherited)
    newly_passes: bool = column("Whether it was wrong before and passes now: a test got weaker.", see=inherited)
    failed: list[TestRun] = column("The tests that it fails now.", see=inherited)


@shown(
    see=may_read_content,
    description="What the solutions that the live tests accepted come to under a draft's tests. Each different"
    " code counts once.",
)
class Replay(Shows[loaders.judging.replays.Replay], Node, node=replay_by_id):
    id: strawberry.ID = identity()
    state: RunState = column("How it stands.", see=inherited)
    content_hash: str = column(
        "The text whose tests are run; it holds for every text with the same tests.", see=inherited
    )
    seed: int = column("By which solutions were drawn, where there were more than the limit.", see=inherited)
    limit: int = column("How many different accepted solutions are run at the most.", see=inherited)
    found: int | None = column(
        "How many different accepted solutions there are; null until they are chosen.", see=inherited
    )
    total: int | None = column("How many are run, accepted and wrong ones; null until they are chosen.", see=inherited)
    done: int = column("How many of them are judged.", see=inherited)
    still_pass: int = column("Accepted solutions that pass the draft's tests.", see=inherited)
    broken: int = column("Accepted solutions that do not.", see=inherited)
    broken_share: float | None = column("The broken ones' share of those judged, 0 to 1; null for none.", see=inherited)
    broken_learners: int = column("How many learners' solutions are broken.", see=inherited)
    newly_pass: int = column("Wrong attempts that pass the draft's tests: they were weakened.", see=inherited)
    unknown: int = column("The number of accepted solutions that ended without a verdict.", see=inherited)
    tests: list[BrokenTest] = column("The tests that break something, in their order.", see=inherited)
    samples: list[ReplaySample] = loaded(
        "Up to five broken and five newly passing ones, those of most learners first.",
        by="id",
        loader=replay_samples_by_id,
        see=inherited,
    )
    pinned: int | None = column("How many learners work on the tests that are live.", see=inherited)
    in_progress: int | None = column("How many are at work on the challenge.", see=inherited)
    completed: int | None = column("How many have completed it.", see=inherited)
    version: Annotated["ChallengeVersion", strawberry.lazy("schema.content.versions")] | None = loaded(
        "The live version whose tests have accepted the solutions.",
        by="version_id",
        loader=version_by_id,
        see=inherited,
    )
    challenge: Annotated["Challenge", strawberry.lazy("schema.content.tree")] | None = loaded(
        "Whose draft it is.", by="challenge_id", loader=challenge_by_id, see=inherited
    )


@strawberry.input(description="A draft under whose tests learners' solutions are to be run.")
class ReplayDraftInput:
    challenge_id: strawberry.ID = strawberry.field(description="Whose draft.")
    content_hash: str | None = strawberry.field(
        default=None, description="The text that was seen; another one means STALE. Absent: whatever it says now."
    )
    limit: int = strawberry.field(
        default=limits.REPLAY_SOLUTIONS,
        description="How many different solutions at the most; 300, which may be raised to 5,000.",
    )
    seed: int = strawberry.field(
        default=0, description="Draws the solutions where there are more; the same seed draws the same ones."
    )
    wait_seconds: int = strawberry.field(default=0, description="How long to wait for the end, 0 to 60.")
    idempotency_key: str | None = idempotency_key()


@strawberry.type(description="The answer of replayDraft.")
class ReplayDraftPayload(Payload):
    replay: Replay | None = strawberry.field(
        default=None, description="The replay. Subscribe to replayProgress to follow it."
    )


@strawberry.input(description="A replay to end.")
class CancelReplayInput:
    replay_id: strawberry.ID = strawberry.field(description="Which replay.")
    idempotency_key: str | None = idempotency_key()


@strawberry.type(description="The answer of cancelReplay.")
class CancelReplayPayload(Payload):
    replay: Replay | None = strawberry.field(default=None, description="The replay, over.")


@strawberry.type
class ReplayMutations:
    @strawberry.mutation(
        description="Run learners' accepted solutions, and a sample of wrong ones, under a draft's tests."
        " Authors, reviewers and admins."
    )
    async def replay_draft(self, info: Info[Any, Any], input: Annotated[ReplayDraftInput, INPUT]) -> ReplayDraftPayload:
        async def do() -> ReplayDraftPayload:
            reader = Reader(info, may_preview)
            challenge_id = reader.id(input.challenge_id, "Challenge", "challengeId")
            reader.wait(input.wait_seconds)
            least, most = limits.REPLAY_SOLUTIONS, limits.REPLAY_SOLUTIONS_MOST
            texts.number(reader.faults, ("limit",), input.limit, least, most)
            texts.number(reader.faults, ("seed",), input.seed, 0, SEED)
            reader.settle()
            ids = await replays.replay_draft(
                context(info),
                asked("replayDraft", input),
                challenge_id,
                input.content_hash,
                seed=input.seed,
                most=input.limit,
                wait_seconds=input.wait_seconds,
            )
            return ReplayDraftPayload(replay=await _shown(info, ids))

        return await answered(ReplayDraftPayload, do())

    @strawberry.mutation(description="End a replay that is not over; what it judged until then stays judged.")
    async def cancel_replay(
        self, info: Info[Any, Any], input: Annotated[CancelReplayInput, INPUT]
    ) -> CancelReplayPayload:
        async def do() -> CancelReplayPayload:
            reader = Reader(info, may_preview)
            replay_id = reader.id(input.replay_id, "Replay", "replayId")
            reader.settle()
            ids = await replays.cancel(context(info), asked("cancelReplay", input), replay_id)
            return CancelReplayPayload(replay=await _shown(info, ids))

        return await answered(CancelReplayPayload, do())


async def _shown(info: Info[Any, Any], ids: dict[str, Any]) -> Replay | None:
    return Replay.maybe(await context(info).loaders.load(replay_by_id, ids["replay"]))
