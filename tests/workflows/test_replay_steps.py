"""Learners' solutions under a draft's tests, before it is published: what authors see, and what the gate does."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Sequence
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from bench.replay import store, uuid_of
from core import limits
from core.code import Code
from core.sealing import Keyring
from resolvers.context import Context, Viewer
from sandbox.pool import Sandbox
from schema.api import schema
from schema.fields import global_id
from sql.database import Pool
from tests.fix_database import ROLES
from tests.fix_gateway import GatewayServer
from tests.gateway.test_graphql_ws import begin, heard, send, socket
from tests.gateway.test_runs import KEYS, SOLUTION, STARTER, TESTS, Desk, _rows, at_work, drafted, gates, wish
from tests.waits import soon

pytestmark = pytest.mark.asyncio(loop_scope="session")

FIGURES = """id state contentHash found total done stillPass broken brokenShare brokenLearners newlyPass unknown
    pinned inProgress completed tests { testId breaks } version { label } challenge { id }
    samples { code { html css js } learners newlyPasses failed { testId outcome message } }"""
ERRORS = "userErrors { code path message expected actual }"
REPLAY = f"mutation ($input: ReplayDraftInput!) {{ replayDraft(input: $input) {{ replay {{ {FIGURES} }} {ERRORS} }} }}"
CANCEL = f"mutation ($input: CancelReplayInput!) {{ cancelReplay(input: $input) {{ replay {{ state }} {ERRORS} }} }}"
PUBLISH = f"""mutation ($input: PublishChallengeInput!) {{ publishChallenge(input: $input) {{
    version {{ label }} publication {{ brokenReasons }} runId replayId {ERRORS} }} }}"""
PLAN = f"""query ($id: ID!) {{ publishPlan(challengeId: $id) {{ planId contentHash liveSetHash changeKind nextLabel
    affected {{ inProgress completed }} gates {{ gate state message }} replay {{ {FIGURES} }} }} }}"""
NODES = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ id ... on Replay {{ {FIGURES} }} }} }}"
PROGRESS = "subscription ($id: ID!) { replayProgress(replayId: $id) { state done total } }"
ADDED: dict[str, Any] = {"id": "t4", "text": "More.", "code": "assert.include(document.body.innerText, 'Hi');"}
STRICT: dict[str, Any] = {"id": "t4", "text": "More.", "code": "assert.notExists(document.querySelector('b'));"}


@pytest.fixture
def keyring() -> Keyring:
    """Keys that a process of its own can be given too."""
    return Keyring.parse(KEYS)


@pytest.fixture
def strict(owner_url: str) -> None:
    """Let verdicts be required, as they are where nobody sets otherwise."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("delete from settings where name in ('verdicts_required', 'attempts_judged_by')")


@pytest_asyncio.fixture(loop_scope="session")
async def worker(strict: None, owner_url: str, keyring: Keyring, sandbox: Sandbox) -> AsyncIterator[list[str]]:
    """A worker with a browser; yields its log."""
    async with at_work(owner_url, keyring, sandbox) as lines:
        await soon(lambda: _rows(owner_url, "select count(*) from runners") == [(1,)])
        yield lines


@pytest.fixture
def author(server: GatewayServer) -> Desk:
    return Desk(server, server.token("author"))


async def send_to(desk: Desk, operation: str, **variables: Any) -> Any:
    answer = await asyncio.to_thread(desk.server.gql, operation, variables, desk.token)
    assert "errors" not in answer, answer
    (data,) = answer["data"].values()
    return data


async def live(author: Desk, owner_url: str, codes: Sequence[tuple[str, bool]], **changes: Any) -> dict[str, Any]:
    """Publish a challenge, store what learners submitted to it (HTML, accepted or wrong), and return its draft."""
    draft = await drafted(author, **changes)
    assert (await published(author, draft))["userErrors"] == []
    work = [(Code(html), accepted) for html, accepted in codes]
    await asyncio.to_thread(store, owner_url, uuid_of(draft["id"]), work)
    return draft


async def published(author: Desk, draft: dict[str, Any], **more: Any) -> Any:
    return await send_to(author, PUBLISH, input=await wish(author, draft, **more))


async def edited(author: Desk, draft: dict[str, Any], tests: list[dict[str, Any]], **more: Any) -> None:
    """Save other tests."""
    found = "query ($id: ID!) { node(id: $id) { ... on Challenge { draft { revision } } } }"
    revision = (await send_to(author, found, id=draft["id"]))["draft"]["revision"]
    await author.do("UpdateChallengeDraft", challengeId=draft["id"], expectedRevision=revision, tests=tests, **more)


async def replayed(author: Desk, draft: dict[str, Any], **more: Any) -> Any:
    payload = await send_to(author, REPLAY, input={"challengeId": draft["id"], "waitSeconds": 60} | more)
    assert payload["userErrors"] == []
    return payload["replay"]


def told(payload: Any) -> list[tuple[str, str]]:
    return [(error["code"], ".".join(error["path"])) for error in payload["userErrors"]]


async def test_a_replay_tells_what_breaks_for_how_many_and_names_nobody(
    server: GatewayServer, author: Desk, worker: list[str], owner_url: str, gateway_url: str, keyring: Keyring
) -> None:
    codes = [("<h1>Hi</h1>", True), ("<h1>Hi</h1>", True), ("<h1>Hi</h1><b>1</b>", True), ("<h1>Hi</h1><b>2</b>", True)]
    draft = await live(author, owner_url, [*codes, ("<h1>Ho</h1>", False), ("<h1>He</h1>", False)])
    same = await replayed(author, draft)
    assert (same["stillPass"], same["broken"], same["newlyPass"]) == (3, 0, 0), "under the very tests that are live"
    weaker = TESTS[1] | {"code": "assert.match(document.querySelector('h1').innerText, /^H[io]$/);"}
    await edited(author, draft, [TESTS[0], weaker, TESTS[2], STRICT])
    replay = await replayed(author, draft)
    samples = replay.pop("samples")
    assert replay | {"id": "", "contentHash": ""} == {
        "id": "",
        "contentHash": "",
        "state": "FINISHED",
        "found": 3,
        "total": 5,
        "done": 5,
        "stillPass": 1,
        "broken": 2,
        "brokenShare": 2 / 3,
        "brokenLearners": 2,
        "newlyPass": 1,
        "unknown": 0,
        "pinned": 6,
        "inProgress": 2,
        "completed": 4,
        "tests": [{"testId": "t4", "breaks": 2}],
        "version": {"label": "v1.0"},
        "challenge": {"id": draft["id"]},
    }
    assert sorted((one["code"]["html"], one["learners"], one["newlyPasses"]) for one in samples) == [
        ("<h1>Hi</h1><b>1</b>", 1, False),
        ("<h1>Hi</h1><b>2</b>", 1, False),
        ("<h1>Ho</h1>", 1, True),
    ]
    failed = [test for one in samples for test in one["failed"]]
    assert [(test["testId"], test["outcome"]) for test in failed] == [("t4", "FAILED")] * 2
    assert "to not exist" in failed[0]["message"]
    plan = await send_to(author, PLAN, id=draft["id"])
    assert plan["replay"] == replay | {"samples": samples}
    assert plan["affected"] == {"inProgress": 2, "completed": 4}
    people = await asyncio.to_thread(
        _rows, owner_url, "select display_name, id::text from users where role = 'learner'"
    )
    everything = json.dumps(plan)
    assert len(people) == 6
    assert [one for person in people for one in person if one in everything] == []

    # Nobody but staff reaches it, and the gateway itself does not know whose work it is.
    for token in (None, server.token("learner")):
        assert await send_to(Desk(server, token), NODES, ids=[replay["id"]]) == [None]
    with psycopg.connect(gateway_url) as gateway, pytest.raises(psycopg.errors.InsufficientPrivilege):
        gateway.execute("select from replay_items")

    # Two replays cost as many statements as one.
    staff = Viewer(uuid_of(author_id(server)), "author")
    pool = Pool(gateway_url, role=ROLES.gateway)
    await pool.open()
    try:
        spent = []
        for ids in ([replay["id"]], [replay["id"], same["id"]]):
            context = Context(staff, pool.database(), keyring, server.parts.clock)
            assert (await schema.execute(NODES, {"ids": ids}, context)).errors is None
            spent.append(context.database.meter.statements)
    finally:
        await pool.close()
    assert spent[0] == spent[1]


def author_id(server: GatewayServer) -> str:
    return global_id("User", server.user_id("author"))


async def test_a_publish_waits_for_the_replay_and_thirty_unbroken_solutions_make_it_minor(
    author: Desk, worker: list[str], owner_url: str
) -> None:
    draft = await live(author, owner_url, [(f"<h1>Hi</h1><p>{number}</p>", True) for number in range(32)])
    await edited(author, draft, [*TESTS, ADDED])
    assert (await gates(author, draft))["COMPATIBLE"] == "PENDING"
    plan = await send_to(author, PLAN, id=draft["id"])
    assert (plan["changeKind"], plan["nextLabel"]) == ("MAJOR", "v2.0")
    await author.do("PreviewDraft", challengeId=draft["id"], waitSeconds=60)
    refused = await published(author, draft, waitSeconds=0)
    assert told(refused) == [("GATE_FAILED", "COMPATIBLE")]
    again = await published(author, draft, waitSeconds=0)
    assert again["replayId"] == refused["replayId"], "the same call goes on from what it began"
    await soon(lambda: _rows(owner_url, "select state from replays") == [("FINISHED",)], 60)
    after = await send_to(author, PLAN, id=draft["id"])
    assert (after["changeKind"], after["nextLabel"], after["replay"]["stillPass"]) == ("MINOR", "v1.1", 32)
    stale = await published(author, draft, planId=plan["planId"])
    assert told(stale) == [("STALE", "planId")], "the plan knew of no replay"
    assert (stale["userErrors"][0]["expected"], stale["userErrors"][0]["actual"]) == (plan["planId"], after["planId"])
    done = await published(author, draft, planId=after["planId"])
    assert (done["userErrors"], done["version"]) == ([], {"label": "v1.1"})


async def test_what_breaks_is_major_or_named_with_a_reason(author: Desk, worker: list[str], owner_url: str) -> None:
    draft = await live(author, owner_url, [("<h1>Hi</h1>", True), ("<h1>Hi</h1><b>!</b>", True)])
    await edited(author, draft, [*TESTS, STRICT])
    refused = await published(author, draft, bump="MINOR", waitSeconds=60)
    assert told(refused) == [("GATE_FAILED", "COMPATIBLE")]
    assert "1 of 2 different solutions still pass; t4 breaks 1, of 1 learners" in refused["userErrors"][0]["message"]
    assert (await gates(author, draft))["COMPATIBLE"] == "WARNING", "for it will be major"
    for given in ({"acceptBroken": ["t1"], "brokenReason": "Why."}, {"acceptBroken": ["t4"]}):
        assert told(await published(author, draft, bump="MINOR", **given)) == [("GATE_FAILED", "COMPATIBLE")]
    named = {"acceptBroken": ["t4"], "brokenReason": "It was always asked for."}
    done = await published(author, draft, bump="MINOR", **named)
    assert done["version"] == {"label": "v1.1"}
    assert done["publication"] == {"brokenReasons": ["It was always asked for."]}
    facts = "select facts -> 'replays' from publications order by seq desc limit 1"
    ((noted,),) = await asyncio.to_thread(_rows, owner_url, facts)
    (figures,) = noted.values()
    assert (figures["stillPass"], figures["broken"], figures["breaks"]) == (1, 1, {"t4": 1})
    assert figures["accepted"] == {"tests": ["t4"], "reason": "It was always asked for."}
    intact = "query ($id: ID!) { verifyHistory(challengeId: $id) { intact firstFault } }"
    assert (await send_to(author, intact, id=draft["id"])) == {"intact": True, "firstFault": None}
    # As a major change it may break what it breaks, and nobody waits for a replay.
    await edited(author, draft, [*TESTS, STRICT, ADDED | {"id": "t5", "code": "assert.notExists(window.none);"}])
    with psycopg.connect(owner_url, autocommit=True) as owner:  # those who passed v1.0 have passed v1.1, let us say
        owner.execute("update user_progress p set pinned_version_id = v.id from challenge_versions v where v.is_active")
    assert (await gates(author, draft))["COMPATIBLE"] == "PENDING"
    count = "select count(*) from replays"
    before = await asyncio.to_thread(_rows, owner_url, count)
    assert (await published(author, draft, bump="MAJOR"))["version"] == {"label": "v2.0"}
    assert await asyncio.to_thread(_rows, owner_url, count) == before


async def test_without_learners_through_or_without_a_browser_nothing_is_waited_for(
    author: Desk, worker: list[str], owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = await live(author, owner_url, [("<h1>Ho</h1>", False)])
    await edited(author, draft, [*TESTS, ADDED])
    assert (await gates(author, draft))["COMPATIBLE"] == "PASSED"
    assert told(await published(author, draft, bump="MINOR")) == [("GATE_FAILED", "bump")], "nothing was shown"
    assert (await published(author, draft))["version"] == {"label": "v2.0"}
    monkeypatch.setattr(limits, "REPLAYS_WAITING", 0)
    refused = await send_to(author, REPLAY, input={"challengeId": draft["id"]})
    assert told(refused) == [("OVERLOADED", "")]
    for given, path in (({"limit": 299}, "limit"), ({"limit": 5_001}, "limit"), ({"seed": -1}, "seed")):
        refused = await send_to(author, REPLAY, input={"challengeId": draft["id"], **given})
        assert [error["path"] for error in refused["userErrors"]] == [[path]]


async def test_a_tree_is_published_as_major_without_waiting_for_replays(
    author: Desk, worker: list[str], owner_url: str
) -> None:
    def tree(tests: list[dict[str, Any]]) -> list[dict[str, Any]]:
        common = {"instructions": "Say hi.", "difficulty": "EASY", "points": 1, "estimatedTimeMinutes": 1}
        one = {"slug": "c", "title": "C", "tests": tests, "starter": STARTER, "solution": SOLUTION, **common}
        lesson = {"slug": "lesson", "title": "Lesson", "challenges": [one]}
        return [{"slug": "t", "title": "T", "modules": [{"slug": "m", "title": "M", "lessons": [lesson]}]}]

    await author.do("ApplyContent", tracks=tree(TESTS), publish=True, waitSeconds=60)
    id = (await send_to(author, 'query { challenge(path: "t/m/lesson/c") { id } }'))["id"]
    await asyncio.to_thread(store, owner_url, uuid_of(id), [(Code("<h1>Hi</h1>"), True)])
    done = await author.do("ApplyContent", tracks=tree([*TESTS, STRICT]), publish=True, waitSeconds=60)
    assert done["published"] == 1
    labels = "select major || '.' || minor from challenge_versions order by version"
    assert await asyncio.to_thread(_rows, owner_url, labels) == [("1.0",), ("2.0",)]
    assert await asyncio.to_thread(_rows, owner_url, "select count(*) from replays") == [(0,)]


SLOW = "await new Promise((done) => setTimeout(done, 250));"


async def test_a_replay_is_watched_and_cancelled_and_others_come_in_between(
    server: GatewayServer, author: Desk, worker: list[str], owner_url: str
) -> None:
    draft = await live(author, owner_url, [(f"<h1>Hi</h1><p>{number}</p>", True) for number in range(60)])
    await edited(author, draft, [*TESTS, ADDED | {"code": SLOW}])
    begun = await replayed(author, draft, waitSeconds=0)
    assert (await replayed(author, draft, waitSeconds=0))["id"] == begun["id"], "one for the same wish"

    def watched() -> list[Any]:
        events = []
        with socket(server, author.token) as made:
            begin(made)
            send(made, "subscribe", id="1", payload={"query": PROGRESS, "variables": {"id": begun["id"]}})
            while (event := heard(made, 60))["type"] == "next":
                events.append(event["payload"]["data"]["replayProgress"])
        return events

    watching = asyncio.create_task(asyncio.to_thread(watched))
    count = "select done from replays"
    await soon(lambda: _rows(owner_url, count)[0][0] > 0, 60)
    # Who waits at a desk comes before the rest of it.
    run = await author.do("PreviewDraft", challengeId=draft["id"], waitSeconds=60)
    assert run["run"]["state"] == "FINISHED"
    assert await asyncio.to_thread(_rows, owner_url, "select state from replays") == [("RUNNING",)]
    ended = await send_to(author, CANCEL, input={"replayId": begun["id"]})
    assert (ended["userErrors"], ended["replay"]) == ([], {"state": "CANCELLED"})
    assert told(await send_to(author, CANCEL, input={"replayId": begun["id"]})) == [("STALE", "replayId")]
    events = await watching
    assert events[-1]["state"] == "CANCELLED"
    assert [event["done"] for event in events] == sorted(event["done"] for event in events)
    assert {event["total"] for event in events if event["done"]} == {60}
    jobs = "select count(*) from jobs.procrastinate_jobs where task_name = 'replays:replay'"
    await soon(lambda: _rows(owner_url, jobs) == [(0,)], 30)
    judged = await asyncio.to_thread(_rows, owner_url, "select count(*) from replay_items where outcome is not null")
    assert 0 < judged[0][0] < 60
    assert (await gates(author, draft))["COMPATIBLE"] == "PENDING", "half a replay shows nothing"


async def test_the_replay_of_a_killed_worker_goes_on_and_judges_nothing_twice(
    strict: None, author: Desk, owner_url: str, keyring: Keyring, sandbox: Sandbox, chai: str
) -> None:
    """``chai`` is there, so the worker finds it built."""
    variables = os.environ | {"DATABASE_URL": owner_url, "PALIMPSEST_KEYS": KEYS}
    words = [sys.executable, "-m", "gateway", "worker"]
    async with at_work(owner_url, keyring, sandbox):
        await soon(lambda: _rows(owner_url, "select count(*) from runners") == [(1,)])
        draft = await live(author, owner_url, [(f"<h1>Hi</h1><p>{number}</p>", True) for number in range(24)])
    await edited(author, draft, [*TESTS, ADDED | {"code": SLOW}])
    killed = await asyncio.create_subprocess_exec(*words, stderr=DEVNULL, env=variables)
    try:
        await soon(lambda: _rows(owner_url, "select count(*) from runners") == [(1,)], 60)
        await replayed(author, draft, waitSeconds=0)
        judged = "select count(*) from replay_items where outcome is not null"
        await soon(lambda: _rows(owner_url, judged)[0][0] >= 6, 60)
    finally:
        killed.kill()
        await killed.wait()
    made = (
        "select i.code_hash, v.made_at from replay_items i join replays r on r.id = i.replay_id"
        " join verdicts v on v.judged_hash = r.judged_hash and v.code_hash = i.code_hash order by 1"
    )
    before = dict(await asyncio.to_thread(_rows, owner_url, made))
    assert 6 <= len(before) < 24
    assert [(len(before),)] == await asyncio.to_thread(_rows, owner_url, judged), "a verdict comes with its mark"
    with psycopg.connect(owner_url, autocommit=True) as owner:  # as if half a minute had passed
        owner.execute("update jobs.procrastinate_workers set last_heartbeat = now() - interval '1 minute'")
        owner.execute(
            "insert into jobs.procrastinate_jobs (queue_name, task_name, priority, args)"
            " values ('maintenance', 'queue:give_back', 0, '{}')"
        )
    async with at_work(owner_url, keyring, sandbox):
        await soon(lambda: _rows(owner_url, "select state from replays") == [("FINISHED",)], 90)
    after = dict(await asyncio.to_thread(_rows, owner_url, made))
    assert len(after) == 24
    assert {hash: after[hash] for hash in before} == before, "what was judged was not judged again"
    counts = "select total, done, still_pass, broken, unknown from replays"
    assert await asyncio.to_thread(_rows, owner_url, counts) == [(24, 24, 24, 0, 0)]
    # Another one finds all of it there, and runs nothing, without a browser.
    again = await asyncio.to_thread(_rows, owner_url, "select count(*) from verdicts")
    async with at_work(owner_url, keyring, sandbox):
        await soon(
            lambda: _rows(owner_url, "select count(*) from runners where seen_at > now() - interval '9 s'") != [(0,)]
        )
        assert (await replayed(author, draft))["stillPass"] == 24
    assert await asyncio.to_thread(_rows, owner_url, "select count(*) from verdicts") == again
    assert dict(await asyncio.to_thread(_rows, owner_url, made)) == after
