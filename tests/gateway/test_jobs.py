"""The queue: jobs commit with their cause, are done once, given back when their worker dies, told when they fail."""

import asyncio
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from subprocess import DEVNULL
from typing import Any

import orjson
import psycopg
import pytest

from core.sealing import Keyring
from gateway.__main__ import main
from gateway.jobs import maintenance, queue
from gateway.jobs.maintenance import CHORES, UpkeepFailed
from gateway.jobs.worker_state import WorkerState
from gateway.log import Log
from sql.database import Pool
from sql.jobs import ask
from tests.fix_api import Api
from tests.fix_database import ROLES
from tests.gateway.test_commands import KEYS, refusal
from tests.practice.makers import dashboard, enrolled, opened

STATISTICS = '{ trackStatistics(slug: "track") { refreshedAt enrolledUsers totalChallenges averageMinutes challenges {'
STATISTICS += " challenge { path } totalUsers completedUsers completionRate averageScore averageAttempts } } }"


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def parts(worker_pool: Pool, keyring: Keyring, lines: list[str]) -> WorkerState:
    """A worker's parts on this test's database, its log being ``lines``."""
    return WorkerState(worker_pool, keyring, Log(lines.append))


def told(lines: list[str], event: str) -> list[dict[str, Any]]:
    return [line for line in map(orjson.loads, lines) if line.get("event") == event]


def jobs(owner_url: str) -> list[tuple[str, str]]:
    """Return task and state of every job that is not done."""
    with psycopg.connect(owner_url) as owner:
        return owner.execute("select task_name, status::text from jobs.procrastinate_jobs order by id").fetchall()


async def soon(true: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        await asyncio.sleep(0.05)


async def test_a_job_commits_with_its_cause_or_not_at_all(pool: Pool, owner_url: str) -> None:
    with suppress(ZeroDivisionError):
        async with pool.database().transaction() as tx:
            await ask(tx, "upkeep:sweep", queue="maintenance")
            raise ZeroDivisionError
    assert jobs(owner_url) == []
    async with pool.database().transaction() as tx:
        for _ in range(3):
            await ask(tx, "upkeep:sweep", queue="maintenance", once="upkeep.sweep")
    assert jobs(owner_url) == [("upkeep:sweep", "todo")]


async def test_hiding_and_showing_has_learners_counted_anew(author: Api, parts: WorkerState, owner_url: str) -> None:
    room = await opened(author)
    await room.attempt()
    assert (await dashboard(room.learner))["track"]["completedChallenges"] == 1
    module = (await author.run('{ track(slug: "track") { modules { id } } }'))["track"]["modules"][0]["id"]
    for published, completed in ((False, 0), (True, 1)):
        await author.done("setPublished", id=module, published=published)
        assert ("counting:recount_track", "todo") in jobs(owner_url)
        await queue.work(parts, once=True)
        assert jobs(owner_url) == []
        assert (await dashboard(room.learner))["track"]["completedChallenges"] == completed


async def test_fresh_counts_are_taken_on_demand(author: Api, parts: WorkerState) -> None:
    room = await opened(author)
    await maintenance.refresh_statistics(parts.pool.database(), datetime.now(UTC))
    before = (await author.run(STATISTICS))["trackStatistics"]
    assert (before["enrolledUsers"], before["challenges"][0]["totalUsers"]) == (1, 0)
    other = await room.another("other")
    await room.attempt()
    await other.attempt("t1")
    assert (await author.run(STATISTICS))["trackStatistics"] == before
    await author.done("refreshStatistics")
    await queue.work(parts, once=True)
    after = (await author.run(STATISTICS))["trackStatistics"]
    assert after["refreshedAt"] > before["refreshedAt"]
    assert after | {"refreshedAt": ""} == {
        "refreshedAt": "",
        "enrolledUsers": 2,
        "totalChallenges": 1,
        "averageMinutes": before["averageMinutes"],
        "challenges": [
            {
                "challenge": {"path": "track/module/lesson/one"},
                "totalUsers": 2,
                "completedUsers": 1,
                "completionRate": 50.0,
                "averageScore": 75.0,
                "averageAttempts": 1.0,
            }
        ],
    }
    plan = "query ($id: ID!) { publishPlan(challengeId: $id) { affected { inProgress completed } } }"
    planned = (await author.run(plan, id=room.id))["publishPlan"]
    assert planned["affected"] == {"inProgress": 1, "completed": 1}
    later = await room.another("later")
    await later.submit()
    planned = (await author.run(plan, id=room.id))["publishPlan"]
    assert planned["affected"] == {"inProgress": 2, "completed": 1}, "counted now, not when statistics were taken"


async def test_a_failing_job_is_told_and_stays_to_be_seen(
    api: Api, parts: WorkerState, lines: list[str], owner_url: str
) -> None:
    async with parts.pool.database().transaction() as tx:
        await ask(tx, "counting:recount_track", queue="maintenance", ids={"track_id": "no-uuid"})
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("update jobs.procrastinate_jobs set attempts = 99")
    await queue.work(parts, once=True)
    assert ("counting:recount_track", "failed") in jobs(owner_url)
    (failed,) = told(lines, "job failed")
    assert failed["task"] == "counting:recount_track"
    admin = await api.as_("admin")
    looks = (await admin.run("{ operations { jobQueue { task state jobs } partitions { name } } }"))["operations"]
    assert {"task": "counting:recount_track", "state": "failed", "jobs": 1} in looks["jobQueue"]
    assert "challenge_attempts_default" in [one["name"] for one in looks["partitions"]]


async def test_of_several_serving_processes_one_works_and_another_takes_over(
    parts: WorkerState, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PAUSE_SECONDS", 0.1)
    working: list[int] = []

    async def work(parts: WorkerState) -> None:
        number = next(one for one, task in enumerate(tasks) if task is asyncio.current_task())
        working.append(number)
        try:
            await asyncio.sleep(60)
        finally:
            working.remove(number)

    monkeypatch.setattr(queue, "work", work)
    tasks = [asyncio.ensure_future(queue.work_if_first(parts)) for _ in range(3)]
    for _ in tasks:
        await soon(lambda: len(working) == 1)
        await asyncio.sleep(0.5)
        (first,) = working
        tasks[first].cancel()
        await asyncio.gather(tasks[first], return_exceptions=True)
    assert working == []


@pytest.fixture
def installed(owner_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The environment in which commands find this test's database."""
    monkeypatch.setenv("DATABASE_URL", owner_url)
    monkeypatch.setenv("PALIMPSEST_KEYS", KEYS)
    assert main(["migrate"]) == 0
    return owner_url


async def test_the_job_of_a_killed_worker_is_done_by_another(
    installed: str, author: Api, parts: WorkerState, lines: list[str]
) -> None:
    room = await opened(author)
    await room.attempt()
    with psycopg.connect(installed, autocommit=True) as owner:
        owner.execute("update user_enrollments set completed_challenges = 7")
        (track,) = owner.execute("select id from tracks").fetchall()[0]
    async with parts.pool.database().transaction() as tx:
        await ask(tx, "counting:recount_track", queue="maintenance", ids={"track_id": track})
    with psycopg.connect(installed) as holding:
        holding.execute("select from user_enrollments for update")
        killed = await asyncio.create_subprocess_exec(sys.executable, "-m", "gateway", "worker", stderr=DEVNULL)
        try:
            await soon(lambda: ("counting:recount_track", "doing") in jobs(installed), 60)
        finally:
            killed.kill()
            await killed.wait()
    await queue.work(parts, once=True)
    assert ("counting:recount_track", "doing") in jobs(installed)
    with psycopg.connect(installed, autocommit=True) as owner:  # as if half a minute had passed
        owner.execute("update jobs.procrastinate_workers set last_heartbeat = now() - interval '1 minute'")
    async with parts.pool.database().transaction() as tx:
        await ask(tx, "queue:give_back", queue="maintenance")
    await queue.work(parts, once=True)
    await queue.work(parts, once=True)
    assert told(lines, "job given back")[0]["task"] == "counting:recount_track"
    assert (await dashboard(room.learner))["track"]["completedChallenges"] == 1
    assert ("counting:recount_track", "doing") not in jobs(installed)


@pytest.mark.parametrize("name", CHORES)
def test_every_chore_is_done_by_hand(installed: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["maintain", name]) == 0
    assert capsys.readouterr().out.endswith("Done.\n")


async def test_a_chore_that_the_database_only_warns_about_fails(pool: Pool) -> None:
    with pytest.raises(UpkeepFailed, match="permission denied to vacuum") as caught:
        await maintenance.vacuum(pool.database(), datetime.now(UTC))
    assert len(str(caught.value).split("\n")) > 5, "what comes after the first one that failed is tried too"


def test_who_may_not_work_is_told_how_to_serve(
    installed: str, gateway_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", gateway_url)
    told = refusal(capsys, "worker", "--once")
    assert ROLES.worker in told
    assert "DATABASE_OWNER_URL must name one who may" in told
    assert "--no-worker" in told


async def test_enrolled_learners_are_counted_in_batches(
    author: Api, parts: WorkerState, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("practice.counting.BATCH", 2)
    await opened(author)
    for number in range(4):
        await enrolled(author, str(number))
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("update user_enrollments set completed_challenges = 3")
        (track,) = owner.execute("select id from tracks").fetchall()[0]
    async with parts.pool.database().transaction() as tx:
        await ask(tx, "counting:recount_track", queue="maintenance", ids={"track_id": track})
    await queue.work(parts, once=True)
    with psycopg.connect(owner_url) as owner:
        assert owner.execute("select completed_challenges from user_enrollments").fetchall() == [(0,)] * 5
