"""Replays: learners' solutions under a draft's tests, step by step.

A step is a job of some pages, and asks for the next one when it is done: whoever waits at a desk comes in between, and
so does another replay. Two steps at the most run at a time over all workers, one of each replay, on all browsers of
their worker. What a page came to is written with its verdict, so a step that is done again goes on with what is left.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from procrastinate import Blueprint, JobContext, RetryStrategy

from core import limits
from core.code import Code
from gateway.jobs.worker_state import WorkerState, parts_of
from practice import replay_sample
from sandbox.pool import Sandbox
from sandbox.tries import judged
from sandbox.work import PageRun
from sql.database import Database
from sql.jobs import BULK, ask
from sql.rows.replays import ReplayItemRow, ReplayWorkRow
from sql.rows.runs import VerdictRow
from versioning.judging import replays, verdicts
from versioning.judging.replays import Outcome
from versioning.judging.verdicts import Judging

TRIES = 8
RETRIES = RetryStrategy(max_attempts=TRIES, exponential_wait=2)
LOOKED_AT = 200  # attempts at once, whose verdicts may be known
PAGES = 16  # run in a step: some two seconds
TRIES_OF_A_PAGE = 3

CameTo = tuple[int, Outcome, Sequence[str]]


class NoBrowser(Exception):
    """The browser went away; the step is tried again."""


def blueprint() -> Blueprint:
    """Return the tasks of this module."""
    tasks = Blueprint()
    tasks.task(name="replay", queue="bulk", retry=RETRIES, pass_context=True)(_replay)
    return tasks


async def _replay(context: JobContext, replay_id: str, step: str) -> None:
    parts, id, number = parts_of(context), UUID(replay_id), int(step)
    assert parts.sandbox is not None, "who has no browser takes no such job"
    database = parts.pool.database()
    try:
        replay = await replays.begin_step(database, id, number, parts.clock())
        if replay is None:
            return
        if replay.total is None:
            await _choose(database, replay)
        judging = await Judging.of_row(database, replay, replay.declared_names)
        is_last = await _Step(parts, parts.sandbox, database, replay, judging).run()
        async with database.transaction() as tx:
            if await replays.end_step(tx, id, number, parts.clock(), is_last=is_last):
                following: dict[str, UUID | str] = {"replay_id": id, "step": str(number + 1)}
                lane = replays.lane(number + 1)
                await ask(tx, "replays:replay", queue="bulk", priority=BULK, lock=lane, ids=following)
    except Exception:
        if context.job.attempts >= TRIES - 1:
            async with database.transaction() as tx:
                await replays.end(tx, id, "FAILED", parts.clock())
        raise


async def _end(parts: WorkerState, ids: Mapping[str, str]) -> None:
    async with parts.pool.database().transaction() as tx:
        await replays.end(tx, UUID(ids["replay_id"]), "FAILED", parts.clock())


ENDINGS = {"replays:replay": _end}


async def _choose(database: Database, replay: ReplayWorkRow) -> None:
    versions = await replays.versions_judged_alike(database, replay)
    found = await replay_sample.of_versions(database, replay.challenge_id, versions)
    chosen = found.chosen(replay.seed, replay.most, limits.REPLAY_WRONG)
    async with database.transaction() as tx:
        await replays.choose(tx, replay, chosen, found.found)


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of a replay: what is known is noted, and of the rest some pages are run."""

    parts: WorkerState
    sandbox: Sandbox
    database: Database
    replay: ReplayWorkRow
    judging: Judging

    async def run(self) -> bool:
        """Do it; True when nothing is left."""
        while items := await replays.to_run(self.database, self.replay.id, LOOKED_AT):
            known = await verdicts.by_key(self.database, [self._key(item) for item in items])
            told = [_known(item.ordinal, known[key]) for item in items if (key := self._key(item)) in known]
            async with self.database.transaction() as tx:
                await replays.mark(tx, self.replay.id, told)
            unknown = [item for item in items if self._key(item) not in known]
            if unknown:
                await self._run_pages(unknown[:PAGES])
                return len(unknown) <= PAGES and not await replays.to_run(self.database, self.replay.id, 1)
        return True

    async def _run_pages(self, items: Sequence[ReplayItemRow]) -> None:
        codes = await replay_sample.code_of(
            self.database, [(item.user_id, item.created_at, item.attempt_id) for item in items]
        )
        left = iter(items)

        async def hand() -> None:
            for item in left:
                if not await replays.is_under_way(self.database, self.replay.id):
                    return
                await self._run_page(item, codes.get(item.attempt_id))

        async with asyncio.TaskGroup() as group:
            for _ in range(self.sandbox.size):
                group.create_task(hand())

    async def _run_page(self, item: ReplayItemRow, code: Code | None) -> None:
        run = await judged(self.sandbox, self.judging.work(code)) if code is not None else None
        if run is not None and run.status == "RUNNER_UNAVAILABLE":
            raise NoBrowser
        async with self.database.transaction() as tx:
            if run is not None and run.status in verdicts.STORED:
                await verdicts.keep(tx, self._key(item), run, confirmed=False, at=self.parts.clock())
                await replays.mark(tx, self.replay.id, [_came_to(item.ordinal, run)])
            elif run is None or item.tries + 1 >= TRIES_OF_A_PAGE:
                await replays.mark(tx, self.replay.id, [(item.ordinal, "UNKNOWN", ())])
            else:
                await replays.try_again(tx, self.replay.id, item.ordinal)

    def _key(self, item: ReplayItemRow) -> verdicts.Key:
        return self.replay.judged_hash, item.code_hash


def _came_to(ordinal: int, run: PageRun) -> CameTo:
    failed = [test.test_id for test in run.tests if test.outcome != "PASSED"]
    return ordinal, "PASSED" if run.passed else "FAILED", failed


def _known(ordinal: int, verdict: VerdictRow) -> CameTo:
    failed = [test["id"] for test in verdict.tests if test["outcome"] != "PASSED"]
    return ordinal, "PASSED" if verdict.passed else "FAILED", failed
