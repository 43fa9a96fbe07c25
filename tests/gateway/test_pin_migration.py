"""Learners' best code is run under new tests in a real browser: each code once, also when the worker is killed."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL
from typing import Any

import psycopg
import pytest

from core.sealing import Keyring
from sandbox.pool import Sandbox
from tests.fix_gateway import GatewayServer
from tests.gateway.test_runs import KEYS, Desk, _rows, at_work, drafted, wish
from tests.waits import soon

pytestmark = pytest.mark.asyncio(loop_scope="session")

FIRST: list[dict[str, Any]] = [
    {"id": "t1", "text": "There is a heading.", "code": "assert.exists(document.querySelector('h1'));"}
]
SLOW = "await new Promise((done) => setTimeout(done, 700)); assert.equal(document.querySelector('h1').innerText, 'Hi');"
SECOND = [*FIRST, {"id": "t2", "text": "It says Hi.", "code": SLOW}]
PAGES = {"one": "<h1>Hi</h1>", "twin": "<h1>Hi</h1>", "two": "<h1>Ho</h1>", "three": "<h1> Hi </h1>", "four": "<h1/>"}
GRADER = {"name": "grader", "scopes": ["GRADE"]}
STAND = """query ($path: String!) { challenge(path: $path) { viewerProgress {
    status bestScore headStatus version { label } newerVersion { label } newerChanges } } viewer { notices { edges {
    node { kind changes } } } } }"""
OPEN = "select state from version_migrations where policy = 'AUTO'"
MADE = "select code_hash, made_at, passed from verdicts order by made_at"


@pytest.fixture
def keyring() -> Keyring:
    """Keys that a process of its own can be given too."""
    return Keyring.parse(KEYS)


async def _stand(server: GatewayServer, name: str) -> Any:
    """Return how a learner stands and what they are told."""
    answer = await asyncio.to_thread(server.gql, STAND, {"path": "track/m/lesson/c"}, server.token("learner", name))
    (notice,) = [edge["node"] for edge in answer["data"]["viewer"]["notices"]["edges"]]
    return {**answer["data"]["challenge"]["viewerProgress"], "told": notice}


async def test_whose_code_passes_is_moved_and_a_killed_worker_runs_nothing_twice(
    server: GatewayServer, owner_url: str, keyring: Keyring, sandbox: Sandbox, chai: str
) -> None:
    """``chai`` is there, so the worker finds it built."""
    author, admin = Desk(server, server.token("author")), Desk(server, server.token("admin"))
    grader = Desk(server, (await admin.do("CreateApiToken", **GRADER))["token"])
    draft = await drafted(author, tests=FIRST)
    await author.do("PublishChallenge", **await wish(author, draft))
    track = (await author.ask("TrackTree", slug="track"))["track"]["id"]
    for name, html in PAGES.items():
        learner = Desk(server, server.token("learner", name))
        await learner.do("Enroll", trackId=track)
        made = await learner.do("SubmitAttempt", challengeId=draft["id"], code={"html": html})
        results = [{"testId": "t1", "outcome": "PASSED"}]
        await grader.do("GradeAttempt", attemptId=made["attempt"]["id"], results=results)
    await author.do("UpdateChallengeDraft", challengeId=draft["id"], expectedRevision=draft["revision"], tests=SECOND)
    await author.do("PublishChallenge", **await wish(author, draft, migration="AUTO"))
    assert (await asyncio.to_thread(_rows, owner_url, OPEN)) == [("QUEUED",)]

    words = [sys.executable, "-m", "gateway", "worker"]
    variables = os.environ | {"DATABASE_URL": owner_url, "PALIMPSEST_KEYS": KEYS}
    killed = await asyncio.create_subprocess_exec(*words, stderr=DEVNULL, env=variables)
    try:
        await soon(lambda: len(_rows(owner_url, MADE)) == 1, 120)
    finally:
        killed.kill()
        await killed.wait()
    before = await asyncio.to_thread(_rows, owner_url, MADE)
    assert len(before) < 4, "it was killed in the middle"
    assert {(await _stand(server, name))["version"]["label"] for name in PAGES} == {"v1.0"}
    with psycopg.connect(owner_url, autocommit=True) as owner:  # as if half a minute had passed
        owner.execute("update jobs.procrastinate_workers set last_heartbeat = now() - interval '1 minute'")
        owner.execute(
            "insert into jobs.procrastinate_jobs (queue_name, task_name, priority, args)"
            " values ('maintenance', 'queue:give_back', 0, '{}')"
        )
    async with at_work(owner_url, keyring, sandbox):
        await soon(lambda: _rows(owner_url, OPEN) == [("FINISHED",)], 120)
    after = await asyncio.to_thread(_rows, owner_url, MADE)
    assert len(after) == 4, "five learners, four codes"
    assert after[: len(before)] == before, "what was run was not run again"

    stands = {name: await _stand(server, name) for name in PAGES}
    assert {name: (one["version"]["label"], one["headStatus"]) for name, one in stands.items()} == {
        "one": ("v2.0", "PASSES"),
        "twin": ("v2.0", "PASSES"),
        "two": ("v1.0", "FAILS"),
        "three": ("v2.0", "PASSES"),
        "four": ("v1.0", "FAILS"),
    }
    assert {(one["status"], one["bestScore"]) for one in stands.values()} == {("COMPLETED", 100)}
    told = {"kind": "MOVED", "changes": "1 test added; your saved code passes it"}
    assert [stands[name]["told"] for name in ("one", "twin", "three")] == [told] * 3
    told = {"kind": "OFFERED", "changes": "1 test added; your saved code does not pass it"}
    assert [stands[name]["told"] for name in ("two", "four")] == [told] * 2
    assert stands["two"]["newerChanges"] == told["changes"]
    assert (await asyncio.to_thread(_rows, owner_url, "select moved from version_migrations"))[-1] == (3,)
