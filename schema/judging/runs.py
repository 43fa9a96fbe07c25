"""Runs in the sandbox: having a draft run, watching that, ending it."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry.types import Info

import loaders.judging.runs
from loaders.content.tree import challenge_by_id
from loaders.judging.runs import run_by_id
from resolvers.judging import runs
from resolvers.policy import may_preview, may_read_content
from schema.fields import Shows, column, identity, inherited, loaded, shown
from schema.inputs import INPUT, Reader, answered, asked, context, idempotency_key
from schema.judging.page_errors import PageRunStatus
from schema.node import Node
from schema.payloads import Payload
from schema.practice.practice import TestOutcome

if TYPE_CHECKING:
    from schema.content.tree import Challenge


@strawberry.enum(description="How a run stands.")
class RunState(Enum):
    QUEUED = strawberry.enum_value("QUEUED", description="It waits for a browser.")
    RUNNING = strawberry.enum_value("RUNNING", description="Its pages are being run.")
    FINISHED = strawberry.enum_value("FINISHED", description="The run has ended; its pages hold the results.")
    CANCELLED = strawberry.enum_value("CANCELLED", description="Somebody ended it.")
    FAILED = strawberry.enum_value("FAILED", description="It could not be run, several times; that is our fault.")


@strawberry.enum(description="Why a test that passed may prove less than it seems to.")
class TestDoubt(Enum):
    __test__ = False
    NO_ASSERTION = strawberry.enum_value("NO_ASSERTION", description="The test made no assertion.")
    NOT_AWAITED = strawberry.enum_value(
        "NOT_AWAITED", description="An assertion came after the test was over: the test did not await a promise."
    )


@shown(see=may_read_content, description="What became of one test of a page.")
class TestRun(Shows[loaders.judging.runs.TestRun]):
    __test__ = False
    test_id: strawberry.ID = column("The test's id, local to the challenge.", see=inherited)
    outcome: TestOutcome = column("How it came out.", see=inherited)
    ms: int | None = column("How many milliseconds it took.", see=inherited)
    message: str | None = column("What is wrong.", see=inherited)
    expected: str | None = column("The expected value, for a failed comparison; else null.", see=inherited)
    actual: str | None = column("The actual value, for a failed comparison; else null.", see=inherited)
    doubts: list[TestDoubt] = column("Doubts about a test that passed; empty for most.", see=inherited)


@shown(see=may_read_content, description="What a page came to under a draft's tests.")
class PageRun(Shows[loaders.judging.runs.PageRun]):
    passed: bool = column("Whether every test passed.", see=inherited)
    status: PageRunStatus = column("How it came to its end.", see=inherited)
    tests: list[TestRun] = column("What became of each test, in their order.", see=inherited)
    console: list[str] = column("What the page wrote to its console, the first lines.", see=inherited)
    page_errors: list[str] = column("What the page threw and nobody caught.", see=inherited)
    blocked: list[str] = column("Addresses that the page asked for in vain: it has no network.", see=inherited)
    engine: str = column("The browser that judged it.", see=inherited)
    protocol: int = column("The number of the way of judging.", see=inherited)
    screenshot_url: str | None = column(
        "Where its picture (PNG) is, taken before the tests; for whom may read content.", see=inherited
    )


@shown(see=may_read_content, description="A draft's starter and solution, run under its tests in a browser.")
class Run(Shows[loaders.judging.runs.Run], Node, node=run_by_id):
    id: strawberry.ID = identity()
    state: RunState = column("How it stands.", see=inherited)
    content_hash: str = column("The text that is run.", see=inherited)
    solution: PageRun | None = column("What the solution came to; null until then.", see=inherited)
    starter: PageRun | None = column("What the starter came to; null until then.", see=inherited)
    challenge: Annotated["Challenge", strawberry.lazy("schema.content.tree")] | None = loaded(
        "Whose draft it is; null for a text that came with applyContent.",
        by="challenge_id",
        loader=challenge_by_id,
        see=inherited,
    )


@strawberry.input(description="A draft to run.")
class PreviewDraftInput:
    challenge_id: strawberry.ID = strawberry.field(description="Whose draft.")
    content_hash: str | None = strawberry.field(
        default=None, description="The text that was seen; another one means STALE. Absent: whatever it says now."
    )
    wait_seconds: int = strawberry.field(default=0, description="How long to wait for the end, 0 to 60.")
    idempotency_key: str | None = idempotency_key()


@strawberry.type(description="The answer of previewDraft.")
class PreviewDraftPayload(Payload):
    run: Run | None = strawberry.field(default=None, description="The run. Subscribe to runProgress to follow it.")


@strawberry.input(description="A run to end.")
class CancelRunInput:
    run_id: strawberry.ID = strawberry.field(description="Which run.")
    idempotency_key: str | None = idempotency_key()


@strawberry.type(description="The answer of cancelRun.")
class CancelRunPayload(Payload):
    run: Run | None = strawberry.field(default=None, description="The run, over.")


@strawberry.type
class RunMutations:
    @strawberry.mutation(
        description="Run a draft's starter and solution under its tests in the sandbox. Authors, reviewers and admins."
    )
    async def preview_draft(
        self, info: Info[Any, Any], input: Annotated[PreviewDraftInput, INPUT]
    ) -> PreviewDraftPayload:
        async def do() -> PreviewDraftPayload:
            reader = Reader(info, may_preview)
            challenge_id = reader.id(input.challenge_id, "Challenge", "challengeId")
            reader.wait(input.wait_seconds)
            reader.settle()
            ids = await runs.preview(
                context(info), asked("previewDraft", input), challenge_id, input.content_hash, input.wait_seconds
            )
            return PreviewDraftPayload(run=Run.maybe(await context(info).loaders.load(run_by_id, ids["run"])))

        return await answered(PreviewDraftPayload, do())

    @strawberry.mutation(description="End a run that is not over; what it judged until then stays judged.")
    async def cancel_run(self, info: Info[Any, Any], input: Annotated[CancelRunInput, INPUT]) -> CancelRunPayload:
        async def do() -> CancelRunPayload:
            reader = Reader(info, may_preview)
            run_id = reader.id(input.run_id, "Run", "runId")
            reader.settle()
            ids = await runs.cancel(context(info), asked("cancelRun", input), run_id)
            return CancelRunPayload(run=Run.maybe(await context(info).loaders.load(run_by_id, ids["run"])))

        return await answered(CancelRunPayload, do())
