"""Drafts and attempts are run in a real browser: previews, the gates of publishing, verdicts, and who sees them."""

import asyncio
import hashlib
import os
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import psycopg
import pytest
import pytest_asyncio

from core import limits
from core.sealing import Keyring
from gateway.jobs import queue
from gateway.jobs.worker_state import WorkerState
from gateway.log import Log
from sandbox.pool import Sandbox, Sitting
from sandbox.work import PROTOCOL
from sql.database import Pool
from tests.fix_database import ROLES
from tests.fix_gateway import GatewayServer
from tests.gateway.test_graphql_ws import begin, heard, send, socket
from tests.practice.test_day import OPERATIONS
from tests.waits import eventually, soon

pytestmark = pytest.mark.asyncio(loop_scope="session")

TESTS: list[dict[str, Any]] = [
    {"id": "t1", "text": "There is a heading.", "code": "assert.exists(document.querySelector('h1'));", "weight": 3},
    {"id": "t2", "text": "It says Hi.", "code": "assert.equal(document.querySelector('h1').innerText, 'Hi');"},
    {"id": "t3", "text": "Hidden.", "code": "assert.notExists(document.querySelector('h2'));", "hidden": True},
]
SOLUTION, STARTER = {"html": "<h1>Hi</h1>"}, {"html": "<p>Write here.</p>"}


class Desk:
    """Sends the contract's operations over HTTP without blocking the loop in which the worker runs."""

    def __init__(self, server: GatewayServer, token: str | None) -> None:
        self.server = server
        self.token = token

    async def ask(self, operation: str, **variables: Any) -> Any:
        answer = await asyncio.to_thread(self.server.gql, OPERATIONS[operation], variables, self.token)
        assert "errors" not in answer, answer
        return answer["data"]

    async def do(self, operation: str, **input: Any) -> Any:
        (payload,) = (await self.ask(operation, input=input)).values()
        assert payload["userErrors"] == [], payload
        return payload

    async def refused(self, operation: str, **input: Any) -> list[tuple[str, str]]:
        (payload,) = (await self.ask(operation, input=input)).values()
        return [(error["code"], ".".join(error["path"])) for error in payload["userErrors"]]


@pytest.fixture
def strict(owner_url: str) -> None:
    """Let settings be what they are when nobody sets them: verdicts are required, attempts are judged here."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("delete from settings where name in ('verdicts_required', 'attempts_judged_by')")


KEYS = Keyring.generate()


@pytest.fixture
def keyring() -> Keyring:
    """Keys that a process of its own can be given too."""
    return Keyring.parse(KEYS)


@pytest_asyncio.fixture(loop_scope="session")
async def worker(strict: None, owner_url: str, keyring: Keyring, sandbox: Sandbox) -> AsyncIterator[list[str]]:
    """A worker with a browser; yields its log."""
    async with at_work(owner_url, keyring, sandbox) as lines:
        await soon(lambda: _rows(owner_url, "select count(*) from runners") == [(1,)])
        yield lines


@asynccontextmanager
async def at_work(owner_url: str, keyring: Keyring, sandbox: Sandbox) -> AsyncIterator[list[str]]:
    lines: list[str] = []
    pool = Pool(owner_url, role=ROLES.worker, size=4, name="palimpsest worker")
    await pool.open()
    working = asyncio.create_task(queue.work(WorkerState(pool, keyring, Log(lines.append), sandbox=sandbox)))
    try:
        yield lines
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        await pool.close()


@pytest.fixture
def author(server: GatewayServer) -> Desk:
    return Desk(server, server.token("author"))


def _rows(url: str, statement: str) -> list[Any]:
    with psycopg.connect(url) as owner:
        return owner.execute(statement.encode()).fetchall()


async def drafted(author: Desk, **changes: Any) -> dict[str, Any]:
    """Make a challenge in a shown lesson and return its draft with the challenge's id."""
    lesson = {"slug": "lesson", "title": "Lesson"}
    tree = {"slug": "track", "title": "Track", "modules": [{"slug": "m", "title": "M", "lessons": [lesson]}]}
    await author.do("ApplyContent", tracks=[tree], publish=True)
    track = (await author.ask("TrackTree", slug="track"))["track"]
    given: dict[str, Any] = {"slug": "c", "title": "C", "instructions": "Say hi.", "tests": TESTS}
    given |= {"starter": STARTER, "solution": SOLUTION, "lessonId": track["modules"][0]["lessons"][0]["id"]}
    made = await author.do("CreateChallenge", **(given | changes))
    return {**made["draft"], "id": made["challenge"]["id"]}


async def published(author: Desk, draft: dict[str, Any], **more: Any) -> Any:
    (payload,) = (await author.ask("PublishChallenge", input=await wish(author, draft, **more))).values()
    return payload


async def wish(author: Desk, draft: dict[str, Any], **more: Any) -> dict[str, Any]:
    plan = (await author.ask("PublishPlan", challengeId=draft["id"]))["publishPlan"]
    seen = {"contentHash": plan["contentHash"], "liveSetHash": plan["liveSetHash"]}
    return {"challengeId": draft["id"], "changelog": "First.", "waitSeconds": 30} | seen | more


async def gates(author: Desk, draft: dict[str, Any]) -> dict[str, str]:
    plan = (await author.ask("PublishPlan", challengeId=draft["id"]))["publishPlan"]
    return {gate["gate"]: gate["state"] for gate in plan["gates"]}


async def test_a_preview_shows_starter_and_solution_with_pictures_for_staff(
    server: GatewayServer, author: Desk, worker: list[str]
) -> None:
    draft = await drafted(author)
    run = (await author.do("PreviewDraft", challengeId=draft["id"], waitSeconds=30))["run"]
    assert (run["state"], run["contentHash"]) == ("FINISHED", draft["contentHash"])
    assert (run["solution"]["passed"], run["solution"]["status"]) == (True, "FINISHED")
    assert [test["outcome"] for test in run["solution"]["tests"]] == ["PASSED"] * 3
    assert [test["outcome"] for test in run["starter"]["tests"]] == ["FAILED", "ERROR", "PASSED"]
    assert run["starter"]["passed"] is False
    for part in ("solution", "starter"):
        url = server.url + run[part]["screenshotUrl"]
        headers = {"authorization": f"Bearer {author.token}"}
        answer = await asyncio.to_thread(httpx.get, url, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        assert answer.content.startswith(b"\x89PNG")
        for token in (None, server.token("learner")):
            headers = {"authorization": f"Bearer {token}"} if token else {}
            assert (await asyncio.to_thread(httpx.get, url, headers=headers)).status_code == 404


async def test_a_publish_runs_what_was_not_run_and_passes(author: Desk, worker: list[str], owner_url: str) -> None:
    draft = await drafted(author)
    assert (await gates(author, draft))["SOLUTION_PASSES"] == "PENDING"
    payload = await published(author, draft)
    assert payload["userErrors"] == []
    assert payload["version"]["label"] == "v1.0"
    counts = "select passed, confirmed from verdicts order by passed"
    assert await asyncio.to_thread(_rows, owner_url, counts) == [(False, False), (True, True)]


@pytest.mark.parametrize(
    ("changes", "gate", "says"),
    [
        ({"solution": {"html": "<h1>Ho</h1>"}}, "SOLUTION_PASSES", "The solution fails t2: "),
        ({"starter": SOLUTION}, "STARTER_DOES_NOT_PASS", "The starter passes all tests as it is"),
        ({"solution": {"html": "<h1>Hi</h1>", "js": "for (;;);"}}, "SOLUTION_PASSES", "The solution"),
    ],
)
async def test_a_publish_of_what_does_not_hold_is_refused(
    author: Desk, worker: list[str], owner_url: str, changes: dict[str, Any], gate: str, says: str
) -> None:
    draft = await drafted(author, **changes)
    payload = await published(author, draft, waitSeconds=60)
    assert [(error["code"], error["path"]) for error in payload["userErrors"]] == [("GATE_FAILED", [gate])]
    assert payload["userErrors"][0]["message"].startswith(says)
    assert await asyncio.to_thread(_rows, owner_url, "select count(*) from challenge_versions") == [(0,)]
    assert (await gates(author, draft))[gate] == "FAILED"


async def test_without_a_browser_nothing_is_published_or_graded_and_work_waits(
    server: GatewayServer, strict: None, author: Desk, owner_url: str
) -> None:
    draft = await drafted(author)
    assert (await gates(author, draft))["SOLUTION_PASSES"] == "UNAVAILABLE"
    told = await author.refused("PublishChallenge", **await wish(author, draft))
    assert told == [("RUNNER_UNAVAILABLE", "SOLUTION_PASSES"), ("RUNNER_UNAVAILABLE", "STARTER_DOES_NOT_PASS")]
    assert await author.refused("PreviewDraft", challengeId=draft["id"]) == [("RUNNER_UNAVAILABLE", "")]
    assert await asyncio.to_thread(_rows, owner_url, "select count(*) from challenge_versions") == [(0,)]


async def test_attempts_are_judged_and_the_same_code_only_once(
    server: GatewayServer, author: Desk, worker: list[str], owner_url: str
) -> None:
    draft = await drafted(author)
    assert (await published(author, draft))["userErrors"] == []
    learner = Desk(server, server.token("learner"))
    await learner.do("Enroll", trackId=(await learner.ask("TrackTree", slug="track"))["track"]["id"])

    async def attempt(html: str) -> Any:
        code = {"html": html}
        return await learner.do("SubmitAttempt", challengeId=draft["id"], code=code, waitSeconds=30)

    first = await attempt("<h1>Hello</h1>")
    assert (first["attempt"]["status"], first["attempt"]["score"]) == ("FAILED", 80)
    assert [one["testId"] for one in first["attempt"]["results"]] == ["t1", "t2"]
    assert "Hidden" not in str(first)
    verdicts = await asyncio.to_thread(_rows, owner_url, "select count(*) from verdicts")
    again = await attempt("<h1>Hello</h1>")
    assert (again["attempt"]["status"], again["attempt"]["score"]) == ("FAILED", 80)
    assert await asyncio.to_thread(_rows, owner_url, "select count(*) from verdicts") == verdicts
    hung = await attempt("<h1>Hi</h1><script>for (;;);</script>")
    assert (hung["attempt"]["status"], hung["progress"]["status"]) == ("FAILED", "IN_PROGRESS")
    done = await attempt("<h1>Hi</h1>")
    assert (done["attempt"]["status"], done["progress"]["status"]) == ("PASSED", "COMPLETED")
    assert done["progress"]["totalAttempts"] == 4


async def test_a_run_is_cancelled_and_says_so(
    server: GatewayServer, strict: None, author: Desk, owner_url: str
) -> None:
    draft = await drafted(author)
    with psycopg.connect(owner_url, autocommit=True) as owner:  # somebody with a browser who is slow
        owner.execute("insert into runners values (gen_random_uuid(), 'slow', %s, 'Slow.', now())", [PROTOCOL])
    run = (await author.do("PreviewDraft", challengeId=draft["id"]))["run"]
    assert run["state"] == "QUEUED"
    assert (await author.do("PreviewDraft", challengeId=draft["id"]))["run"]["id"] == run["id"], "one run for one text"
    refused = await published(author, draft, waitSeconds=0)
    assert {error["code"] for error in refused["userErrors"]} == {"GATE_FAILED"}
    assert (await author.do("CancelRun", runId=run["id"]))["run"]["state"] == "CANCELLED"
    assert await author.refused("CancelRun", runId=run["id"]) == [("STALE", "runId")]


async def test_previews_wait_in_a_bounded_row_and_whoever_waits_already_is_not_sent_away(
    strict: None, author: Desk, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PREVIEWS_WAITING", 2)
    monkeypatch.setattr(limits, "TEXTS_WAITING", 1)
    first = await drafted(author)
    others = [await drafted(author, slug=f"c{number}", title=f"C{number}") for number in range(3)]
    with psycopg.connect(owner_url, autocommit=True) as owner:  # somebody with a browser who is slow
        owner.execute("insert into runners values (gen_random_uuid(), 'slow', %s, 'Slow.', now())", [PROTOCOL])
    run = (await author.do("PreviewDraft", challengeId=first["id"]))["run"]
    await author.do("PreviewDraft", challengeId=others[0]["id"])
    assert await author.refused("PreviewDraft", challengeId=others[1]["id"]) == [("OVERLOADED", "")]
    assert (await author.do("PreviewDraft", challengeId=first["id"]))["run"]["id"] == run["id"]
    told = await author.refused("PublishChallenge", **await wish(author, others[1], waitSeconds=0))
    assert told == [("OVERLOADED", "")]
    await author.do("CancelRun", runId=run["id"])
    await author.do("PreviewDraft", challengeId=others[1]["id"])
    assert await asyncio.to_thread(_rows, owner_url, "select count(*) from runs where state = 'QUEUED'") == [(2,)]


async def test_a_run_is_watched_until_it_is_over(server: GatewayServer, author: Desk, worker: list[str]) -> None:
    draft = await drafted(author)
    run = (await author.do("PreviewDraft", challengeId=draft["id"]))["run"]

    def watched(token: str | None) -> list[Any]:
        told = []
        with socket(server, token) as made:
            begin(made)
            payload = {"query": OPERATIONS["RunProgress"], "variables": {"runId": run["id"]}}
            send(made, "subscribe", id="1", payload=payload)
            while (event := heard(made, 30))["type"] == "next":
                told.append(event["payload"]["data"]["runProgress"])
            assert event["type"] == ("complete" if told else "error")
        return told

    told = await asyncio.to_thread(watched, author.token)
    assert told[-1]["state"] == "FINISHED"
    assert (told[-1]["solution"]["passed"], told[-1]["starter"]["passed"]) == (True, False)
    assert await asyncio.to_thread(watched, server.token("learner")) == []
    assert await asyncio.to_thread(watched, author.token) == told[-1:], "who comes late hears how it ended"


async def test_a_run_that_can_not_be_run_fails_and_says_so(
    author: Desk, worker: list[str], owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def judge(*_: object, **__: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(Sitting, "run", judge)
    draft = await drafted(author)
    run = (await author.do("PreviewDraft", challengeId=draft["id"], waitSeconds=30))["run"]
    assert (run["state"], run["solution"]) == ("FAILED", None)
    # The fourth try tells the author before its failure is logged.
    assert await asyncio.to_thread(eventually, lambda: sum('"job failed"' in line for line in worker) == 4)
    assert await asyncio.to_thread(_rows, owner_url, "select count(*) from verdicts") == [(0,)]


async def test_a_tree_is_published_through_the_gates_all_or_nothing(
    author: Desk, worker: list[str], owner_url: str
) -> None:
    def tree(*htmls: str) -> list[dict[str, Any]]:
        common = {"instructions": "Say hi.", "difficulty": "EASY", "points": 1, "estimatedTimeMinutes": 1}
        challenges = [
            {
                "slug": f"c{n}",
                "title": f"C{n}",
                "tests": TESTS,
                "starter": STARTER,
                "solution": {"html": html},
                **common,
            }
            for n, html in enumerate(htmls)
        ]
        lesson = {"slug": "lesson", "title": "Lesson", "challenges": challenges}
        return [{"slug": "t", "title": "T", "modules": [{"slug": "m", "title": "M", "lessons": [lesson]}]}]

    told = await author.refused("ApplyContent", tracks=tree("<h1>Hi</h1>", "<h1>Ho</h1>"), publish=True, waitSeconds=60)
    assert told == [("GATE_FAILED", "tracks.0.modules.0.lessons.0.challenges.1.SOLUTION_PASSES")]
    assert await asyncio.to_thread(_rows, owner_url, "select count(*) from tracks") == [(0,)]
    good = tree("<h1>Hi</h1>", "<main><h1>Hi</h1></main>")
    done = await author.do("ApplyContent", tracks=good, publish=True, waitSeconds=60)
    assert (done["created"], done["published"]) == (5, 2)


UPLOAD = """mutation ($input: UploadTestLibraryInput!) { uploadTestLibrary(input: $input) {
    library { hash } userErrors { code } } }"""


async def test_hooks_libraries_and_limits_reach_the_browser_for_drafts_and_attempts(
    server: GatewayServer, author: Desk, worker: list[str]
) -> None:
    async def uploaded(source: str) -> None:
        variables = {"input": {"name": "headings", "source": source}}
        answer = await asyncio.to_thread(server.gql, UPLOAD, variables, author.token)
        assert answer["data"]["uploadTestLibrary"]["library"]["hash"] == hashlib.sha256(source.encode()).hexdigest()

    await uploaded("const textOf = (name) => document.querySelector(name).innerText;")
    slow = "await new Promise((done) => setTimeout(done, 2500)); assert.equal(textOf('h1'), wanted);"
    tests = [
        {"text": "It says Hi.", "code": "assert.equal(heading, wanted); seen = 1;"},
        {"text": "It goes on saying so.", "code": slow, "timeoutMs": 4000},
        {"text": "It has not been looked at.", "code": "assert.equal(typeof seen, 'undefined');", "fresh": True},
    ]
    hooks = {"beforeAll": "wanted = 'Hi';", "beforeEach": "const heading = textOf('h1');"}
    draft = await drafted(author, tests=tests, hooks=hooks, libraries=["headings"])
    run = (await author.do("PreviewDraft", challengeId=draft["id"], waitSeconds=60))["run"]
    assert [test["outcome"] for test in run["solution"]["tests"]] == ["PASSED"] * 3, run
    assert (await published(author, draft))["userErrors"] == []
    # Another text under the same name changes nothing for whoever works on this version.
    await uploaded("const textOf = () => 'nothing';")
    learner = Desk(server, server.token("learner"))
    await learner.do("Enroll", trackId=(await learner.ask("TrackTree", slug="track"))["track"]["id"])
    for html, status in (("<h1>Hi</h1>", "PASSED"), ("<h1>Ho</h1>", "FAILED")):
        done = await learner.do("SubmitAttempt", challengeId=draft["id"], code={"html": html}, waitSeconds=60)
        assert done["attempt"]["status"] == status


async def test_the_run_of_a_killed_worker_is_done_by_another_and_judged_once(
    strict: None, author: Desk, owner_url: str, keyring: Keyring, sandbox: Sandbox, chai: str
) -> None:
    """``chai`` is there, so the worker finds it built."""
    slow = [test | {"code": f"await new Promise((done) => setTimeout(done, 900)); {test['code']}"} for test in TESTS]
    draft = await drafted(author, tests=slow)
    variables = os.environ | {"DATABASE_URL": owner_url, "PALIMPSEST_KEYS": KEYS}
    words = [sys.executable, "-m", "gateway", "worker"]
    killed = await asyncio.create_subprocess_exec(*words, stderr=DEVNULL, env=variables)
    try:
        await soon(lambda: _rows(owner_url, "select count(*) from runners") == [(1,)], 60)
        run = (await author.do("PreviewDraft", challengeId=draft["id"]))["run"]
        await soon(lambda: _rows(owner_url, "select state from runs") == [("RUNNING",)])
        await asyncio.sleep(0.5)
    finally:
        killed.kill()
        await killed.wait()
    assert await asyncio.to_thread(_rows, owner_url, "select count(*) from verdicts") == [(0,)]
    with psycopg.connect(owner_url, autocommit=True) as owner:  # as if half a minute had passed
        owner.execute("update jobs.procrastinate_workers set last_heartbeat = now() - interval '1 minute'")
        owner.execute(
            "insert into jobs.procrastinate_jobs (queue_name, task_name, priority, args)"
            " values ('maintenance', 'queue:give_back', 0, '{}')"
        )
    async with at_work(owner_url, keyring, sandbox) as lines:
        await soon(lambda: _rows(owner_url, "select state from runs") == [("FINISHED",)], 60)
        assert any('"job given back"' in line for line in lines)
    rows = await asyncio.to_thread(_rows, owner_url, "select passed, confirmed from verdicts order by 1")
    assert rows == [(False, False), (True, True)]
    over = await author.do("PreviewDraft", challengeId=draft["id"])
    assert (over["run"]["state"], over["run"]["solution"]["passed"]) == ("FINISHED", True), run["id"]
