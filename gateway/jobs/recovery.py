"""How jobs end and how they are tried again, here rather than in the library.

The library's own retry fails where a job waits under the same key, and one failed write of a job's state leaves it
``doing`` for as long as its worker lives. Here a retry gives way to the job that waits, a state that could not be
written is written later, jobs of dead workers are given back one at a time, and none is given back without bound: a job
that outlived ``MOST_DEATHS`` workers fails. Whatever a job that fails for good was about gets its final status
(``Ending``), be it a run, an attempt, a replay, a migration or a release.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

from procrastinate import App
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from gateway.jobs.worker_state import WorkerState
from gateway.log import described
from sql import jobs
from sql.errors import Busy, DatabaseError, TimedOut, Unavailable

STALLED_SECONDS = 30
MOST_DEATHS = 3
PAUSE_SECONDS = 5.0
# Work that waits on when its job fails, for a look every minute asks for it again; deaths end it all the same.
ASKED_AGAIN = frozenset({"runs:attempt", "releases:fire"})
# No job takes so long by itself; one that does hangs, and is tried again.
LONGEST = {"author": timedelta(minutes=15), "learner": timedelta(minutes=15)}
LONGEST_OTHERWISE = timedelta(hours=24)

# Gives what a job of one task was about its final status; the second argument holds the job's ids.
Ending: TypeAlias = Callable[[WorkerState, Mapping[str, str]], Awaitable[None]]


def longest(queue: str) -> float:
    """Return for how many seconds a job of a queue may run."""
    return LONGEST.get(queue, LONGEST_OTHERWISE).total_seconds()


class Manager(JobManager):
    """The library's manager of jobs, with our own ways to end a job and to try it again."""

    def __init__(self, app: App, parts: WorkerState, endings: Mapping[str, Ending]) -> None:
        super().__init__(app.connector)
        self._parts = parts
        self._endings = endings
        self._unsettled: set[asyncio.Task[None]] = set()

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """Take a job; None also when another worker took one of the same lock at this very moment."""
        try:
            return await super().fetch_job(queues, worker_id)
        except UniqueViolation:
            return None

    async def retry_job(
        self,
        job: Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """Let a job wait again, or give way to the one that waits under its key."""
        assert (priority, queue, lock) == (None, None, None), "no strategy of ours changes them"
        await self._settle(lambda: self._retry(job, retry_at))

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """End a job; what a failed one was about gets its final status first."""
        await self._settle(lambda: self._finish(job, status))

    def close(self) -> None:
        """Give up what could not be written: those jobs are given back when this worker is known to be gone."""
        for task in self._unsettled:
            task.cancel()

    async def give_back(self) -> None:
        """Give the jobs of dead workers to others, each by itself: one that cannot be holds up no other."""
        for id in await jobs.stalled(self._parts.pool.database(), STALLED_SECONDS):
            try:
                await self._give_back(id)
            except Exception as error:
                self._parts.log.event("job not given back", job=id, causes=described(error))

    async def _give_back(self, id: int) -> None:
        async with self._parts.pool.database().transaction() as tx:
            job = await jobs.lock_stalled(tx, id, STALLED_SECONDS)
            if job is None:
                return
            if job.deaths + 1 < MOST_DEATHS:
                waits = await jobs.outlive(tx, id)
                self._parts.log.event("job given back", task=job.task, job=id, deaths=job.deaths + 1, waits=waits)
                return
            await self._end_what_it_was_about(job.task, job.args)
            await jobs.end_dead(tx, id)
        reason = f"its worker died {MOST_DEATHS} times"
        self._parts.log.event("job given up", task=job.task, ids=job.args, reason=reason)

    async def _end_what_it_was_about(self, task: str, ids: Mapping[str, str]) -> None:
        if task not in self._endings:
            return
        try:
            await self._endings[task](self._parts, ids)
        except (Unavailable, Busy, TimedOut):
            raise
        except Exception as error:  # the job ends all the same; the look for what lost its job comes later
            self._parts.log.event("worker failed", causes=described(error))

    async def _retry(self, job: Job, at: datetime | None) -> None:
        assert job.id is not None
        if not await jobs.wait_again(self._parts.pool.database(), job.id, at, worker=job.worker_id):
            self._parts.log.event("job gave way", task=job.task_name, job=job.id)

    async def _finish(self, job: Job, status: Status) -> None:
        assert job.id is not None
        async with self._parts.pool.database().transaction() as tx:
            if status != Status.SUCCEEDED and job.task_name not in ASKED_AGAIN:
                if not await jobs.is_own(tx, job.id, job.worker_id):
                    return
                ids = {name: str(value) for name, value in job.task_kwargs.items()}
                await self._end_what_it_was_about(job.task_name, ids)
            await jobs.end(tx, job.id, job.worker_id, status.value)

    async def _settle(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write now, or as soon as the database is there, without keeping the worker from other jobs meanwhile."""
        try:
            await write()
        except DatabaseError as error:
            self._parts.log.event("worker failed", causes=described(error))
            task = asyncio.create_task(self._settle_later(write))
            self._unsettled.add(task)
            task.add_done_callback(self._unsettled.discard)

    async def _settle_later(self, write: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            try:
                return await write()
            except Exception as error:
                self._parts.log.event("worker failed", causes=described(error))
