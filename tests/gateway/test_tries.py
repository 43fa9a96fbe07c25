"""What counts as a try: a run that reached a browser. What is left waiting without a job is found and judged."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from core.sealing import Keyring
from gateway.jobs import runs as jobs
from sandbox.pool import Sandbox, Sitting
from sandbox.work import PROTOCOL, PageRun, TestRun, Work
from tests.fix_gateway import GatewayServer
from tests.gateway.test_runs import Desk, _rows, at_work, drafted, published, wish
from tests.waits import soon

pytestmark = pytest.mark.asyncio(loop_scope="session")

MINE = "<main><h1>Hi</h1></main>"  # passes, and is not the solution, whose verdict is known
PUBLISH = """mutation ($input: PublishChallengeInput!) { publishChallenge(input: $input) {
    runId userErrors { code message } } }"""
NEW_JOB = "(queue_name, task_name, args)"


@pytest_asyncio.fixture(loop_scope="session")
async def worker(owner_url: str, keyring: Keyring, sandbox: Sandbox) -> AsyncIterator[list[str]]:
    """A worker with a browser, where verdicts are required and attempts are judged here; yields its log."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("delete from settings where name in ('verdicts_required', 'attempts_judged_by')")
    async with at_work(owner_url, keyring, sandbox) as lines:
        await soon(lambda: _rows(owner_url, "select count(*) from runners") == [(1,)])
        yield lines


@pytest.fixture
def author(server: GatewayServer) -> Desk:
    return Desk(server, server.token("author"))


async def enrolled(server: GatewayServer, author: Desk) -> tuple[Desk, dict[str, Any]]:
    """Return a learner of a track with a published challenge, and the challenge's draft."""
    draft = await drafted(author)
    assert (await published(author, draft))["userErrors"] == []
    learner = Desk(server, server.token("learner"))
    await learner.do("Enroll", trackId=(await learner.ask("TrackTree", slug="track"))["track"]["id"])
    return learner, draft


async def submitted(learner: Desk, draft: dict[str, Any], html: str, **more: Any) -> Any:
    made = await learner.do("SubmitAttempt", challengeId=draft["id"], code={"html": html}, **more)
    return made["attempt"]


def stands(owner_url: str) -> Any:
    return _rows(owner_url, "select status, tries, failures from challenge_attempts order by created_at desc limit 1")[
        0
    ]


def hurry(owner_url: str) -> None:
    """Let every job that waits for its moment begin now."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("update jobs.procrastinate_jobs set scheduled_at = null where status = 'todo'")


def hurried(owner_url: str) -> Any:
    hurry(owner_url)
    return stands(owner_url)


async def swept(owner_url: str) -> None:
    """Have the sweep done, as if a minute had passed since every attempt; it looks no further than the database."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(f"insert into jobs.procrastinate_jobs {NEW_JOB} values ('maintenance', 'runs:sweep', '{{}}')")
    left = "select count(*) from jobs.procrastinate_jobs where task_name = 'runs:sweep'"
    await soon(lambda: _rows(owner_url, left) == [(0,)])


def came_to(work: Work, status: Any) -> PageRun:
    """What a sandbox answers that could not tell."""
    skipped = tuple(TestRun(test.id, "SKIPPED", 0, None, None, None) for test in work.tests)
    starved, tries = status == "INCONCLUSIVE", int(status != "RUNNER_UNAVAILABLE")
    return PageRun(status, skipped, 0, (), (), (), "a browser", PROTOCOL, starved=starved, tries=tries)


@pytest.mark.parametrize("status", ["INCONCLUSIVE", "RUNNER_ERROR"])
async def test_two_tries_that_reached_a_browser_and_an_attempt_is_inconclusive(
    server: GatewayServer,
    author: Desk,
    worker: list[str],
    owner_url: str,
    monkeypatch: pytest.MonkeyPatch,
    status: str,
) -> None:
    learner, draft = await enrolled(server, author)
    runs: list[Work] = []

    async def run(_: Sitting, work: Work, **__: object) -> PageRun:
        runs.append(work)
        return came_to(work, status)

    with monkeypatch.context() as patched:
        patched.setattr(Sitting, "run", run)
        attempt = await submitted(learner, draft, MINE, waitSeconds=30)
    assert (attempt["status"], attempt["score"]) == ("INCONCLUSIVE", None)
    assert len(runs) == 2
    assert await asyncio.to_thread(stands, owner_url) == ("INCONCLUSIVE", 2, 0)
    assert await asyncio.to_thread(_rows, owner_url, "select count(*) from verdicts where not passed") == [(1,)]


async def test_no_browser_is_not_a_try_and_the_attempt_waits_until_there_is_one(
    server: GatewayServer, author: Desk, worker: list[str], owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner, draft = await enrolled(server, author)
    runs: list[Work] = []

    async def run(_: Sitting, work: Work, **__: object) -> PageRun:
        runs.append(work)
        return came_to(work, "RUNNER_UNAVAILABLE")

    with monkeypatch.context() as patched:
        patched.setattr(Sitting, "run", run)
        await submitted(learner, draft, "<h1>Ho</h1>")
        for number in range(1, 3):
            await soon(lambda number=number: len(runs) >= number)  # type: ignore[misc]  # bound at once
            await soon(lambda: stands(owner_url) == ("QUEUED", 0, 0))
            await asyncio.to_thread(hurry, owner_url)
    await soon(lambda: hurried(owner_url)[0] == "FAILED")


async def test_three_exceptions_and_an_attempt_is_inconclusive_and_can_be_judged_anew(
    server: GatewayServer, author: Desk, worker: list[str], owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner, draft = await enrolled(server, author)
    runs: list[Work] = []

    async def run(_: Sitting, work: Work, **__: object) -> PageRun:
        runs.append(work)
        raise OSError("no more processes")

    with monkeypatch.context() as patched:
        patched.setattr(Sitting, "run", run)
        await submitted(learner, draft, MINE)
        await soon(lambda: hurried(owner_url)[0] == "INCONCLUSIVE")
    assert await asyncio.to_thread(stands, owner_url) == ("INCONCLUSIVE", 0, 3)
    assert len(runs) == 3
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(
            f"insert into jobs.procrastinate_jobs {NEW_JOB} select 'learner', 'runs:attempt',"
            " jsonb_build_object('user_id', user_id, 'attempt_id', id) from challenge_attempts"
        )
    await soon(lambda: stands(owner_url) == ("PASSED", 0, 0))


async def test_an_attempt_without_a_job_is_found_and_judged(
    server: GatewayServer, author: Desk, worker: list[str], owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner, draft = await enrolled(server, author)
    monkeypatch.setattr(jobs, "SWEPT_AFTER", timedelta(0))
    for status in ("QUEUED", "RUNNING"):
        await submitted(learner, draft, "<h1>Hi</h1>", waitSeconds=30)
        with psycopg.connect(owner_url, autocommit=True) as owner:  # as a worker leaves it that died without a word
            owner.execute("update challenge_attempts set status = %s, score = null, graded_at = null", [status])
        await swept(owner_url)
        await soon(lambda: {row[0] for row in _rows(owner_url, "select status from challenge_attempts")} == {"PASSED"})
    assert sum('"attempt queued again"' in line for line in worker) == 3
    await swept(owner_url)
    assert sum('"attempt queued again"' in line for line in worker) == 3, "what is judged is left alone"


async def test_the_sweep_leaves_alone_what_has_a_job_or_is_a_tokens_to_judge(
    server: GatewayServer, author: Desk, worker: list[str], owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner, draft = await enrolled(server, author)
    monkeypatch.setattr(jobs, "SWEPT_AFTER", timedelta(0))
    await submitted(learner, draft, "<h1>Hi</h1>", waitSeconds=30)
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("update challenge_attempts set status = 'RUNNING', score = null, graded_at = null")
        owner.execute(
            "insert into jobs.procrastinate_jobs (queue_name, task_name, scheduled_at, args) select 'learner',"
            " 'runs:attempt', now() + interval '1 hour', jsonb_build_object('user_id', user_id, 'attempt_id', id)"
            " from challenge_attempts"
        )
    await swept(owner_url)
    assert await asyncio.to_thread(stands, owner_url) == ("QUEUED", 0, 0), "its job waits, so it does"
    waiting = "select count(*) from jobs.procrastinate_jobs where task_name = 'runs:attempt'"
    assert await asyncio.to_thread(_rows, owner_url, waiting) == [(1,)]
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("delete from jobs.procrastinate_jobs where task_name = 'runs:attempt'")
        owner.execute("insert into settings (name, value) values ('attempts_judged_by', 'grader')")
    await swept(owner_url)
    assert await asyncio.to_thread(_rows, owner_url, waiting) == [(0,)]


async def test_what_ran_without_a_verdict_is_not_called_not_run_yet(
    author: Desk, worker: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run(_: Sitting, work: Work, **__: object) -> PageRun:
        return came_to(work, "INCONCLUSIVE")

    draft = await drafted(author)

    async def message() -> str:
        plan = (await author.ask("PublishPlan", challengeId=draft["id"]))["publishPlan"]
        (gate,) = (gate for gate in plan["gates"] if gate["gate"] == "SOLUTION_PASSES")
        assert gate["state"] == "PENDING"
        return str(gate["message"])

    assert (await message()).startswith("It was not run yet;")
    with monkeypatch.context() as patched:
        patched.setattr(Sitting, "run", run)
        variables = {"input": await wish(author, draft)}
        answer = await asyncio.to_thread(author.server.gql, PUBLISH, variables, author.token)
        payload = answer["data"]["publishChallenge"]
        assert payload["userErrors"][0]["message"] == "It was run 2 times and came to no verdict; try again."
        assert payload["runId"] is not None
        assert await message() == "It was run 2 times and came to no verdict; try again."
    assert (await published(author, draft))["userErrors"] == []
