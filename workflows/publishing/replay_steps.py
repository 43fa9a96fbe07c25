"""Replay learners' solutions under a draft's tests, step by step.

A step runs some pages, and asks for the job of the next one when it is done: whoever waits at a desk comes in between,
and so does another replay. Two steps at the most run at a time over all workers, one of each replay, on all browsers of
their worker. What a page came to is written with its verdict, so a step that is done again goes on with what is left.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core import limits
from core.code import Code
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

LOOKED_AT = 200  # attempts at once, whose verdicts may be known
PAGES = 16  # run in a step: some two seconds
TRIES_OF_A_PAGE = 3

CameTo = tuple[int, Outcome, Sequence[str]]


class NoBrowser(Exception):
    """The browser went away; the step is tried again."""


async def replay_step(
    database: Database,
    sandbox: Sandbox,
    clock: Callable[[], datetime],
    replay_id: UUID,
    number: int,
    *,
    is_last_try: bool,
) -> None:
    """Do one step of a replay and ask for the next one; a replay that is over is left alone.

    What fails is raised, and in the last try the replay fails with it.
    """
    try:
        replay = await replays.begin_step(database, replay_id, number, clock())
        if replay is None:
            return
        if replay.total is None:
            await _choose(database, replay)
        judging = await Judging.of_row(database, replay, replay.declared_names)
        is_last = await _Step(database, sandbox, clock, replay, judging).run()
        async with database.transaction() as tx:
            if await replays.end_step(tx, replay_id, number, clock(), is_last=is_last):
                following: dict[str, UUID | str] = {"replay_id": replay_id, "step": str(number + 1)}
                lane = replays.lane(number + 1)
                await ask(tx, "replays:replay", queue="bulk", priority=BULK, lock=lane, ids=following)
    except Exception:
        if is_last_try:
            await give_up(database, clock, replay_id)
        raise


async def give_up(database: Database, clock: Callable[[], datetime], replay_id: UUID) -> None:
    """Let a replay fail that is not over."""
    async with database.transaction() as tx:
        await replays.end(tx, replay_id, "FAILED", clock())


async def _choose(database: Database, replay: ReplayWorkRow) -> None:
    versions = await replays.versions_judged_alike(database, replay)
    found = await replay_sample.of_versions(database, replay.challenge_id, versions)
    chosen = found.chosen(replay.seed, replay.most, limits.REPLAY_WRONG)
    async with database.transaction() as tx:
        await replays.choose(tx, replay, chosen, found.found)


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of a replay: what is known is noted, and of the rest some pages are run."""

    database: Database
    sandbox: Sandbox
    clock: Callable[[], datetime]
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
                await verdicts.keep(tx, self._key(item), run, confirmed=False, at=self.clock())
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
