"""Attempts as a real browser judges them: alike whether it ran them or remembered, and anew under another protocol."""

import asyncio
from typing import Any

import psycopg
import pytest

from core.code import Code, code_hash
from sandbox.pool import Sandbox
from sandbox.work import PROTOCOL, PageError
from sql.database import Pool
from tests.fix_gateway import GatewayServer
from tests.gateway.test_runs import SOLUTION, TESTS, Desk, author, drafted, keyring, published, strict, worker
from tests.practice.makers import looked_up
from tests.versioning.verdicts import keep_verdict

__all__ = ["author", "keyring", "strict", "worker"]  # fixtures

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHOWN = ("status", "score", "runStatus", "pageErrors", "results", "hiddenPassed", "hiddenTotal", "canRejudge")


class Learner:
    """A learner at the one challenge."""

    def __init__(self, desk: Desk, challenge_id: str) -> None:
        self.desk, self.challenge_id = desk, challenge_id

    @classmethod
    async def of(cls, server: GatewayServer, challenge_id: str) -> "Learner":
        desk = Desk(server, server.token("learner"))
        await desk.do("Enroll", trackId=(await desk.ask("TrackTree", slug="track"))["track"]["id"])
        return cls(desk, challenge_id)

    async def attempt(self, html: str = "", js: str = "") -> dict[str, Any]:
        """Submit a page, wait for its verdict, and return what is shown of it."""
        code = {name: text for name, text in (("html", html), ("js", js)) if text}
        given = {"challengeId": self.challenge_id, "code": code, "waitSeconds": 60}
        made = await self.desk.do("SubmitAttempt", **given)
        shown = (await self.desk.ask("AttemptDetail", id=made["attempt"]["id"]))["node"]
        return {name: shown[name] for name in SHOWN}


async def _key(owner_url: str, html: str) -> tuple[str, str]:
    ((judged,),) = await asyncio.to_thread(looked_up, owner_url, "select judged_hash from challenge_versions")
    return judged, code_hash(Code(html=html))


async def test_an_attempt_shows_the_same_however_its_verdict_was_come_by(
    server: GatewayServer, author: Desk, worker: list[str], owner_url: str
) -> None:
    draft = await drafted(author, tests=TESTS[:2])
    assert (await published(author, draft, waitSeconds=60))["userErrors"] == []
    learner = await Learner.of(server, draft["id"])
    for html, status in (
        ("<h1>Ho</h1><script>oops(</script>", "FINISHED"),
        ("<script>for (;;);</script>", "TIMED_OUT"),
    ):
        fresh = await learner.attempt(html)
        verdicts = await asyncio.to_thread(looked_up, owner_url, "select count(*) from verdicts")
        assert await learner.attempt(html) == fresh
        assert await asyncio.to_thread(looked_up, owner_url, "select count(*) from verdicts") == verdicts
        assert (fresh["status"], fresh["runStatus"]) == ("FAILED", status)


async def test_errors_are_kept_with_the_verdict_and_capped(
    server: GatewayServer, author: Desk, worker: list[str], owner_url: str, worker_pool: Pool, sandbox: Sandbox
) -> None:
    draft = await drafted(author, tests=TESTS[:2])
    assert (await published(author, draft, waitSeconds=60))["userErrors"] == []
    learner, html = await Learner.of(server, draft["id"]), "<h1>Remembered</h1>"
    errors = (PageError("SYNTAX", "Unexpected token", "js", 3, 7), *[PageError("CONSOLE", "x" * 600)] * 25)
    key = await _key(owner_url, html)
    await keep_verdict(worker_pool, key, "FAILED", tests="t1 t2", engine=sandbox.engine, errors=errors)
    shown = await learner.attempt(html)
    console = {"kind": "CONSOLE", "message": "x" * 500, "file": None, "line": None, "column": None}
    first = {"kind": "SYNTAX", "message": "Unexpected token", "file": "js", "line": 3, "column": 7}
    assert shown["pageErrors"] == [first, *[console] * 19]


async def test_a_verdict_of_an_older_protocol_is_judged_again_and_old_attempts_stay(
    server: GatewayServer, author: Desk, worker: list[str], owner_url: str, worker_pool: Pool, sandbox: Sandbox
) -> None:
    draft = await drafted(author)
    assert (await published(author, draft, waitSeconds=60))["userErrors"] == []
    learner, html = await Learner.of(server, draft["id"]), "<h1>Forged</h1>"
    key = await _key(owner_url, html)
    # As the protocol before judged: it passed, and so did the attempt.
    await keep_verdict(worker_pool, key, "PASSED", tests="t1 t2 t3", engine=sandbox.engine)
    assert (await learner.attempt(html))["status"] == "PASSED"
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("update verdicts set protocol = %s", [PROTOCOL - 1])
    tables = ("challenge_attempts", "user_progress", "leaderboard_entries", "challenge_versions", "publications")
    kept = [await asyncio.to_thread(looked_up, owner_url, f"select * from {table}") for table in tables[1:]]
    again = await learner.attempt(html)
    assert (again["status"], again["score"]) == ("FAILED", 80)
    (change,) = (await author.ask("VerdictsChanged"))["verdictsChanged"]["edges"]
    node = change["node"]
    assert (node["isSolution"], node["isStarter"], node["attempts"]) == (False, False, 2)
    assert (node["before"]["protocol"], node["after"]["protocol"]) == (PROTOCOL - 1, PROTOCOL)
    assert (node["before"]["passed"], node["after"]["passed"]) == (True, False)
    statuses = "select number, status, score from challenge_attempts order by number"
    assert await asyncio.to_thread(looked_up, owner_url, statuses) == [(1, "PASSED", 100), (2, "FAILED", 80)]
    progress = "select status, best_score, total_attempts from user_progress"
    assert await asyncio.to_thread(looked_up, owner_url, progress) == [("COMPLETED", 100, 2)]
    now = [await asyncio.to_thread(looked_up, owner_url, f"select * from {table}") for table in tables[2:]]
    assert now == kept[1:], "leaderboard, versions and log are as they were"
    # The solution's verdict is an old one too: the next publish runs it again.
    await author.do(
        "UpdateChallengeDraft", challengeId=draft["id"], expectedRevision=draft["revision"], title="C, again"
    )
    assert (await published(author, draft, waitSeconds=60))["userErrors"] == []
    solution = code_hash(Code(**SOLUTION))
    protocols = await asyncio.to_thread(
        looked_up, owner_url, "select protocol from verdicts where code_hash = %s order by 1", solution
    )
    assert protocols == [(PROTOCOL - 1,), (PROTOCOL,)]


OWN_SET = """class Set {
  constructor(items) { this.items = items.filter((item, at) => items.indexOf(item) === at); }
  get kind() { return 'mine'; }
}
function unique(list) { return new Set(list).items; }"""
LYING_SET = """class Set { constructor() { this.size = 2; } get kind() { return 'mine'; } }
function unique(list) { return []; }"""
KIND = [{"id": "t1", "text": "A Set has a kind.", "code": "assert.equal(new Set([1, 1]).kind, 'mine');"}]
UNIQUE = [{"id": "t1", "text": "Doubles go.", "code": "assert.equal(new Set(unique([1, 2, 2])).size, 2);"}]


@pytest.mark.parametrize("declares", [True, False])
async def test_a_name_of_the_language_is_the_pages_where_the_challenge_declares_it(
    server: GatewayServer, author: Desk, worker: list[str], declares: bool
) -> None:
    solution = OWN_SET if declares else "function unique(list) { return [...new Set(list)]; }"
    parts = {"starter": {"js": "// Write here."}, "solution": {"js": solution}}
    draft = await drafted(author, tests=KIND if declares else UNIQUE, **parts)
    assert (await published(author, draft, waitSeconds=60))["userErrors"] == []
    learner = await Learner.of(server, draft["id"])
    # The same class in an attempt is what the test means, or nothing to it.
    shown = await learner.attempt(js=LYING_SET)
    assert shown["status"] == ("PASSED" if declares else "FAILED"), shown
    assert (await learner.attempt(js=OWN_SET + "// Mine."))["status"] == "PASSED"
