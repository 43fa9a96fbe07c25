"""The queue: its tasks put together, and a worker that takes them, inside ``serve`` or alone.

Of several serving processes one runs the embedded worker: who holds an advisory lock on a connection of its own. A
worker that dies stops giving signs of life, and after 30 seconds its jobs are given to others.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

from procrastinate import App, Blueprint, JobContext, PsycopgConnector
from procrastinate.exceptions import ConnectorException

from gateway.jobs import counting, experiments, maintenance, pin_migration, releases, replays, runs
from gateway.jobs.recovery import STALLED_SECONDS, Manager, longest
from gateway.jobs.worker_state import KEY, WorkerState, parts_of
from gateway.log import Log, described
from sandbox.pool import Sandbox
from sandbox.work import RunnerUnavailable
from sql.connections import settings
from sql.database import held_alone
from sql.errors import DatabaseError
from sql.jobs import ask
from versioning.judging import verdicts

UPKEEP = ("maintenance",)
CODE = ("author", "learner", "bulk")  # taken by who has a browser
LOOK_SECONDS = 0.5  # between two looks for jobs: nothing tells that the lock of one that waits came free
EMBEDDED_LOCK = 481036337262
PAUSE_SECONDS = 5.0
GRACE_SECONDS = 10
BROWSER_SECONDS = 20.0
SEEN_SECONDS = 10.0
START_SECONDS = 60.0
BUILD_SECONDS = 1.0
AT_START = ("months", "statistics")


def app_for(parts: WorkerState) -> App:
    """Return the queue with all tasks, on connections that wear the role of the parts' pool."""
    pool = parts.pool

    async def configured(connection: Any) -> None:
        await pool.configure(connection)
        await connection.commit()

    app = App(
        connector=PsycopgConnector(
            conninfo=pool.address,
            min_size=1,
            max_size=4,
            configure=configured,
            kwargs={
                **settings(pool.address, "palimpsest queue"),
                "options": "-c search_path=jobs,public -c timezone=UTC",
            },
        )
    )
    endings = {**runs.ENDINGS, **replays.ENDINGS, **pin_migration.ENDINGS, **releases.ENDINGS}
    app.job_manager = Manager(app, parts, endings)
    app.add_tasks_from(maintenance.blueprint(), namespace="upkeep")
    app.add_tasks_from(counting.blueprint(), namespace="counting")
    app.add_tasks_from(runs.blueprint(), namespace="runs")
    app.add_tasks_from(experiments.blueprint(), namespace="experiments")
    app.add_tasks_from(releases.blueprint(), namespace="releases")
    app.add_tasks_from(replays.blueprint(), namespace="replays")
    app.add_tasks_from(pin_migration.blueprint(), namespace="migrations")
    app.add_tasks_from(_queue_blueprint(), namespace="queue")
    return app


def _queue_blueprint() -> Blueprint:
    tasks = Blueprint()
    declared = tasks.task(name="give_back", queue="maintenance", queueing_lock="queue.give_back", pass_context=True)
    tasks.periodic(cron="* * * * *")(declared(_give_back))
    return tasks


async def _give_back(context: JobContext, timestamp: int = 0) -> None:
    """Give jobs whose worker died to others."""
    manager = context.app.job_manager
    assert isinstance(manager, Manager)
    await manager.give_back()


async def work(parts: WorkerState, *, once: bool = False) -> None:
    """Take jobs until cancelled (with ``once``: until none is left); a database that is away is waited for.

    Code is run as soon as there is a browser for it: the sandbox of the parts, or one that is opened here.
    """
    _listen_to_library(parts.log)
    if once:
        await _take(parts, UPKEEP, 2, once=True)
        try:
            async with _sandbox(parts) as sandbox:
                if sandbox is not None:
                    await _take_code(parts, sandbox, once=True)
        except RunnerUnavailable as unavailable:
            parts.log.event("no sandbox", message=str(unavailable))
        return
    async with asyncio.TaskGroup() as group:
        group.create_task(_take(parts, UPKEEP, 2, once=False))
        group.create_task(_run_code(parts))


async def _run_code(parts: WorkerState) -> None:
    """Look for a browser until there is one, then take jobs for it.

    The first try is announced, later ones are not: where there was no browser, nobody is to wait for the next try.
    """
    told = None
    try:
        await announce(parts)
        await _until_built(parts)
        while True:
            try:
                async with _sandbox(parts) as sandbox:
                    if sandbox is not None:
                        parts.log.event("sandbox", isolation=sandbox.isolation.sentence())
                        await _take_code(parts, sandbox, once=False)
            except RunnerUnavailable as unavailable:
                if str(unavailable) != told:
                    told = str(unavailable)
                    parts.log.event("no sandbox", message=told)
            except Exception as error:  # upkeep goes on, and the next try may do
                parts.log.event("sandbox failed", causes=described(error))
            await _withdraw(parts)
            await asyncio.sleep(BROWSER_SECONDS)
    finally:
        await _withdraw(parts)


async def _until_built(parts: WorkerState) -> None:
    """Wait for the tests' library where this process builds it, and announce the browser again after that."""
    if parts.sandbox is None and parts.chai is not None and parts.builds_chai and parts.chai() is None:
        while parts.chai() is None:  # noqa: ASYNC110 - a file of another process is waited for
            await asyncio.sleep(BUILD_SECONDS)
        await announce(parts)


async def announce(parts: WorkerState) -> None:
    """Count as a worker with a browser while one is opened here, for ``START_SECONDS`` at most."""
    if parts.sandbox is None and parts.chai is not None:
        with suppress(DatabaseError):
            async with parts.pool.database().transaction() as tx:
                await verdicts.expect_runner(tx, parts.runner_id, START_SECONDS)


async def _withdraw(parts: WorkerState) -> None:
    with suppress(DatabaseError):
        async with parts.pool.database().transaction() as tx:
            await verdicts.forget_runner(tx, parts.runner_id)


@asynccontextmanager
async def _sandbox(parts: WorkerState) -> AsyncIterator[Sandbox | None]:
    """Yield the sandbox that was handed in, one of our own, or None where chai was not built yet."""
    if parts.sandbox is not None or parts.chai is None:
        yield parts.sandbox
        return
    chai = parts.chai()
    if chai is None:
        yield None
        return
    async with await Sandbox.open(chai, allow_weak=parts.allow_weak) as sandbox:
        yield sandbox


async def _take_code(parts: WorkerState, sandbox: Sandbox, *, once: bool) -> None:
    """Take jobs that run code, giving signs of life meanwhile."""
    seeing = asyncio.create_task(_be_seen(parts, sandbox))
    try:
        # Twice as many as browsers: while one job writes, another runs.
        await _take(replace(parts, sandbox=sandbox), CODE, 2 * sandbox.size, once=once)
    finally:
        seeing.cancel()
        await _withdraw(parts)


async def _be_seen(parts: WorkerState, sandbox: Sandbox) -> None:
    while True:
        try:
            async with parts.pool.database().transaction() as tx:
                await verdicts.see_runner(tx, parts.runner_id, sandbox.engine, sandbox.isolation.sentence())
        except Exception as error:  # without signs of life nobody would ask for runs any more
            parts.log.event("worker failed", causes=described(error))
        await asyncio.sleep(SEEN_SECONDS)


async def _take(parts: WorkerState, queues: Sequence[str], concurrency: int, *, once: bool) -> None:
    while True:
        try:
            async with _opened(parts) as app:
                await app.run_worker_async(
                    queues=list(queues),
                    concurrency=concurrency,
                    wait=not once,
                    install_signal_handlers=False,
                    delete_jobs="successful",
                    additional_context={KEY: parts},
                    fetch_job_polling_interval=LOOK_SECONDS,
                    stalled_worker_timeout=STALLED_SECONDS,
                    worker_middleware=[_told],
                    shutdown_graceful_timeout=GRACE_SECONDS,
                )
        except (DatabaseError, ConnectorException, OSError) as error:
            parts.log.event("worker failed", causes=described(error))
        if once:
            return
        await asyncio.sleep(PAUSE_SECONDS)


async def work_if_first(parts: WorkerState) -> None:
    """Work inside a serving process, unless another one does; whoever comes next takes over when that ends."""
    first = True
    while True:
        try:
            async with held_alone(parts.pool, EMBEDDED_LOCK) as held:
                if held:
                    await work(parts)
                elif first:  # it was announced, but it is the other process that has a browser or none
                    first = False
                    await _withdraw(parts)
        except DatabaseError as error:
            parts.log.event("worker failed", causes=described(error))
        await asyncio.sleep(PAUSE_SECONDS)


@asynccontextmanager
async def _opened(parts: WorkerState) -> AsyncIterator[App]:
    async with parts.pool.database().transaction() as tx:
        for name in AT_START:
            await ask(tx, f"upkeep:{name}", queue="maintenance", once=f"upkeep.{name}")
    app = app_for(parts)
    async with app.open_async():
        try:
            yield app
        finally:
            assert isinstance(app.job_manager, Manager)
            app.job_manager.close()


class _Words(logging.Handler):
    """Passes on what the library finds wrong with itself; how jobs end is told by ``_told``."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.ERROR)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, "action", None) != "job_error":
            error = record.exc_info[1] if record.exc_info else None
            causes = described(error) if error else None
            self._log.event("queue", message=record.getMessage()[:300], causes=causes)


def _listen_to_library(log: Log) -> None:
    logger = logging.getLogger("procrastinate")
    logger.handlers = [_Words(log)]
    logger.propagate = False


async def _told(process: Any, context: JobContext, worker: Any) -> Any:
    """Log what a job failed of; its arguments are ids, and are told. A job that hangs fails."""
    try:
        async with asyncio.timeout(longest(context.job.queue)):
            return await process()
    except Exception as error:
        parts_of(context).log.event(
            "job failed", task=context.job.task_name, ids=context.job.task_kwargs, causes=described(error)
        )
        raise
