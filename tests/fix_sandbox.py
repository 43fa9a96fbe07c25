"""The real sandbox, one for a worker's whole session: a start takes longer than a test."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from gateway.graphiql.build import build
from sandbox.pool import Sandbox, Sitting
from sandbox.work import PageRun, Test, Work

Judge = Callable[..., Awaitable[PageRun]]


@pytest.fixture(scope="session")
def chai() -> str:
    """The text of chai, as the gateway hands it to the sandbox."""
    return (build(lambda _line: None) / "chai.js").read_text()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sandbox(chai: str) -> AsyncIterator[Sandbox]:
    """Two browsers; tests that use it run in the session's loop."""
    async with await Sandbox.open(chai, browsers=2) as opened:
        yield opened


async def conclusive(sandbox: Sandbox | Sitting, work: Work) -> PageRun:
    """Run it again where the machine was too busy for the run to say anything, as whoever asks for a verdict does."""
    for _ in range(4):
        run = await sandbox.run(work)
        if run.status != "INCONCLUSIVE":
            break
    return run


@pytest.fixture
def judge(sandbox: Sandbox) -> Judge:
    """Run sources with tests given as texts; their ids are 1, 2, 3 …"""

    async def run(*tests: str, html: str = "", css: str = "", js: str = "", ms: int = 2_000, **more: object) -> PageRun:
        numbered = tuple(Test(str(number), code, ms) for number, code in enumerate(tests, 1))
        return await conclusive(sandbox, Work(html, css, js, numbered, **more))  # type: ignore[arg-type]  # hooks as they come

    return run


def failures(run: PageRun) -> list[str]:
    """What to show of a run in which everything should have passed."""
    told = [f"{one.test_id} {one.outcome}: {one.message}" for one in run.tests if one.outcome != "PASSED"]
    return told if run.status == "FINISHED" else [run.status, *told]
