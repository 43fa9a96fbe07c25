"""Jobs that fail beside their twin, that lose their worker, that hang: each ends, and none holds up another."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import psycopg
import pytest
from procrastinate import App, Blueprint, RetryStrategy

from core.ids import new_id
from core.sealing import Keyring
from gateway.jobs import queue, recovery
from gateway.jobs.worker_state import WorkerState
from gateway.log import Log
from sql import jobs
from sql.database import Pool
from sql.errors import Unavailable
from sql.jobs import ask
from tests.fix_api import Api
from tests.gateway.test_jobs import soon
from tests.practice.makers import opened

JOBS = "select id, task_name, status::text, attempts, lock from jobs.procrastinate_jobs order by id"


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def parts(worker_pool: Pool, keyring: Keyring, lines: list[str]) -> WorkerState:
    return WorkerState(worker_pool, keyring, Log(lines.append))


@pytest.fixture
def look(owner_url: str) -> Callable[..., list[Any]]:
    """Run a statement behind the worker's back and return its rows."""

    def run(text: str, *params: object) -> list[Any]:
        with psycopg.connect(owner_url, autocommit=True) as owner:
            cursor = owner.execute(text.encode(), params)
            return cursor.fetchall() if cursor.description else []

    return run


def told(lines: list[str], event: str) -> list[dict[str, Any]]:
    return [line for line in map(orjson.loads, lines) if line.get("event") == event]


def with_task(monkeypatch: pytest.MonkeyPatch, do: Callable[..., Any], **how: Any) -> None:
    """Add a task ``trial:do`` to the queue that the worker makes."""
    made = queue.app_for

    def app_for(parts: WorkerState) -> App:
        app = made(parts)
        tasks: Any = Blueprint()
        tasks.task(name="do", queue="maintenance", **how)(do)
        app.add_tasks_from(tasks, namespace="trial")
        return app

    monkeypatch.setattr(queue, "app_for", app_for)


async def asked(parts: WorkerState, task: str = "trial:do", **how: Any) -> None:
    async with parts.pool.database().transaction() as tx:
        await ask(tx, task, queue="maintenance", **how)


async def bury(look: Callable[..., list[Any]], parts: WorkerState, *ids: int) -> None:
    """Let jobs be those of a worker that died, and give back what is stalled."""
    for id in ids:
        look("update jobs.procrastinate_jobs set status = 'doing', worker_id = null where id = %s", id)
    await asked(parts, "queue:give_back", once="queue.give_back")
    await queue.work(parts, once=True)


async def test_a_retry_gives_way_to_the_job_that_waits_under_its_key(
    parts: WorkerState, lines: list[str], look: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = 0

    async def do() -> None:
        nonlocal begun
        begun += 1
        if begun < 4:  # somebody wants it while it runs
            await asked(parts, once="trial", lock="trial")
        raise ZeroDivisionError

    with_task(monkeypatch, do, retry=RetryStrategy(max_attempts=3))
    await asked(parts, once="trial", lock="trial")
    for _ in range(5):
        await queue.work(parts, once=True)
    assert begun == 4, "together they have no more tries than one of them"
    assert [row[2:4] for row in look(JOBS) if row[1] == "trial:do"] == [("failed", 4)]
    assert len(told(lines, "job gave way")) == 3
    assert told(lines, "queue") == []


async def test_one_job_that_cannot_be_given_back_holds_up_no_other(
    parts: WorkerState, lines: list[str], look: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    async def do(name: str) -> None:
        done.append(name)

    with_task(monkeypatch, do)
    for name, key in (("twin", "key"), ("poisoned", None), ("last", None)):
        await asked(parts, once=key, ids={"name": name})
    twin, poisoned, last = [row[0] for row in look(JOBS) if row[1] == "trial:do"]
    look("update jobs.procrastinate_jobs set status = 'doing' where id = %s", twin)
    later = parts.clock() + timedelta(hours=1)
    await asked(parts, once="key", ids={"name": "waits"}, at=later)
    look("create function refuse() returns trigger language plpgsql as 'begin raise exception ''no''; end'")
    look(
        "create trigger refuse before update on jobs.procrastinate_jobs for each row"
        f" when (old.id = {poisoned} and old.status = 'doing') execute function refuse()"
    )
    look("alter table jobs.procrastinate_jobs disable trigger refuse")
    look("update jobs.procrastinate_jobs set status = 'doing' where id in (%s, %s)", poisoned, last)
    look("alter table jobs.procrastinate_jobs enable trigger refuse")
    await asked(parts, "queue:give_back", once="queue.give_back")
    await queue.work(parts, once=True)
    await queue.work(parts, once=True)
    assert done == ["last"]
    assert [row[2] for row in look(JOBS) if row[1] == "trial:do"] == ["doing", "todo"], "the poisoned, and who waits"
    assert {line["job"] for line in told(lines, "job not given back")} == {poisoned}
    assert told(lines, "queue") == []


async def test_what_a_job_that_kills_its_workers_was_about_is_given_up(
    author: Api, parts: WorkerState, lines: list[str], look: Callable[..., list[Any]]
) -> None:
    room = await opened(author)
    look("delete from settings where name = 'attempts_judged_by'")
    submitted = await room.submit()
    look("update challenge_attempts set status = 'RUNNING'")
    ((job, *_),) = [row for row in look(JOBS) if row[1] == "runs:attempt"]
    for deaths in range(1, recovery.MOST_DEATHS + 1):
        await bury(look, parts, job)
        (state,) = [row for row in look(JOBS) if row[0] == job]
        assert state[2] == ("todo" if deaths < recovery.MOST_DEATHS else "failed")
        assert state[4] == "queue.suspects", "those that outlived a worker run one at a time"
    (given_up,) = told(lines, "job given up")
    assert (given_up["task"], given_up["reason"]) == ("runs:attempt", "its worker died 3 times")
    assert submitted
    assert look("select status from challenge_attempts") == [("INCONCLUSIVE",)]
    await asked(parts, "runs:sweep")
    await queue.work(parts, once=True)
    assert [row[2] for row in look(JOBS) if row[1] == "runs:attempt"] == ["failed"]


async def test_deaths_go_with_the_job_that_takes_over(
    parts: WorkerState, look: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch, lines: list[str]
) -> None:
    async def do() -> None:
        raise AssertionError

    with_task(monkeypatch, do)
    at = parts.clock().replace(year=parts.clock().year + 1)
    await asked(parts, once="key", at=at)
    for _ in range(recovery.MOST_DEATHS):
        ((job, *_rest),) = [row for row in look(JOBS) if row[1] == "trial:do"]
        look("update jobs.procrastinate_jobs set status = 'doing' where id = %s", job)
        await asked(parts, once="key", at=at)
        await bury(look, parts, job)
        look("update jobs.procrastinate_jobs set scheduled_at = %s where task_name = 'trial:do'", at)
    assert [line["ids"] for line in told(lines, "job given up")] == [{}]


@pytest.mark.parametrize("noun", ["runs", "replays"])
async def test_what_lost_its_job_is_over(
    author: Api, parts: WorkerState, look: Callable[..., list[Any]], noun: str
) -> None:
    room = await opened(author)
    ((user,),) = look("select id from users limit 1")
    ((version, hash),) = look("select id, judged_hash from challenge_versions limit 1")
    ((challenge,),) = look("select challenge_id from challenge_versions limit 1")
    assert room
    for age in ("2 minutes", "0 minutes"):
        common = (new_id(), challenge, user, age)
        if noun == "runs":
            look(
                "insert into runs (id, challenge_id, requested_by, requested_at, content_hash, judged_hash, tests,"
                " starter_html, starter_css, starter_js, starter_code_hash, solution_code_hash, pictures, state)"
                " values (%s, %s, %s, now() - %s::interval, 'c', 'j', '[]', '', '', '', 's', 't', false, 'RUNNING')",
                *common,
            )
        else:
            look(
                "insert into replays (id, challenge_id, requested_by, requested_at, content_hash, judged_hash, tests,"
                " hooks, libraries, declared_names, against_version_id, against_judged_hash, seed, most, state)"
                " values (%s, %s, %s, now() - %s::interval, 'c', 'j', '[]', '{}', '[]', '[]', %s, %s, 1, 1, 'QUEUED')",
                *common,
                version,
                hash,
            )
    await asked(parts, "runs:sweep")
    await queue.work(parts, once=True)
    states = [state for (state,) in look(f"select state from {noun} order by requested_at")]
    assert states[0] == "FAILED"
    assert states[1] != "FAILED", "one that is asked for just now"


async def test_a_state_that_could_not_be_written_is_written_later(
    parts: WorkerState, look: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "PAUSE_SECONDS", 0.05)
    refused = 2
    end = jobs.end

    async def away(*args: Any) -> None:
        nonlocal refused
        if refused:
            refused -= 1
            raise Unavailable
        await end(*args)

    async def do() -> None:
        pass

    with_task(monkeypatch, do)
    monkeypatch.setattr(jobs, "end", away)
    await asked(parts)
    working = asyncio.create_task(queue.work(parts))
    try:
        await soon(lambda: not refused and not [row for row in look(JOBS) if row[1] == "trial:do"])
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def test_a_job_that_hangs_fails(
    parts: WorkerState, lines: list[str], look: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def do() -> None:
        await asyncio.Event().wait()

    with_task(monkeypatch, do)
    monkeypatch.setattr(queue, "longest", lambda queue: 0.05)
    await asked(parts)
    await queue.work(parts, once=True)
    assert [row[2] for row in look(JOBS) if row[1] == "trial:do"] == ["failed"]
    assert len(told(lines, "job failed")) >= 1
