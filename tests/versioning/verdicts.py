"""Verdicts as a worker stores them, without a browser."""

from datetime import UTC, datetime

from sandbox.work import PROTOCOL, Doubt, Outcome, PageError, PageRun, TestRun
from sql.database import Pool
from versioning.judging import verdicts
from versioning.judging.verdicts import Key


async def keep_verdict(
    worker: Pool,
    key: Key,
    outcome: Outcome,
    *,
    tests: str = "t1",
    doubts: tuple[Doubt, ...] = (),
    protocol: int = PROTOCOL,
    engine: str = "Chromium",
    errors: tuple[PageError, ...] = (),
) -> None:
    """Store a verdict in which every test came out like this."""
    runs = tuple(TestRun(id, outcome, 1, None, None, None, doubts) for id in tests.split())
    run = PageRun("FINISHED", runs, 1, (), (), (), engine, protocol, errors=errors)
    async with worker.database().transaction() as tx:
        await verdicts.keep(tx, key, run, confirmed=True, at=datetime.now(UTC))
