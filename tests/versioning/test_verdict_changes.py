"""Verdicts that say the opposite of an earlier one: staff see them, and nothing follows from them by itself."""

import asyncio
from typing import Any

import psycopg
import pytest

from core.code import Code, code_hash
from core.ids import new_id
from sandbox.work import PROTOCOL, Doubt, Outcome
from sql.database import Pool
from tests.fix_api import TEST, Api
from tests.practice.makers import CODE, PATH, Room, looked_up, opened
from tests.practice.movers import physical
from tests.versioning.makers import rows
from tests.versioning.verdicts import keep_verdict
from versioning.judging import verdicts
from versioning.judging.verdicts import Key

STARTER, SOLUTION = {"html": "<p>Write here.</p>"}, {"html": "<h1>Hi</h1>"}
CHANGES = """query ($first: Int, $after: String) { verdictsChanged(first: $first, after: $after) {
    edges { node { challenges { path } versions { label } isSolution isStarter attempts
        before { passed engine protocol judgedAt } after { passed engine protocol judgedAt } } }
    pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
GATES = "query ($id: ID!) { publishPlan(challengeId: $id) { gates { gate state message } } }"


async def changes(viewer: Api, **page: Any) -> list[dict[str, Any]]:
    found = (await viewer.run(CHANGES, **page))["verdictsChanged"]
    return [edge["node"] for edge in found["edges"]]


def key(owner_url: str, code: dict[str, str]) -> Key:
    """Return the key of a code under the draft's tests of the one challenge that there is."""
    ((judged,),) = looked_up(owner_url, "select judged_hash from challenges")
    return str(judged), code_hash(Code(**code))


async def flip(worker: Pool, key: Key, *, passes: bool = False) -> None:
    """Let the protocol before say one thing of a code and the present one the opposite."""
    before: Outcome = "FAILED" if passes else "PASSED"
    after: Outcome = "PASSED" if passes else "FAILED"
    await keep_verdict(worker, key, before, protocol=PROTOCOL - 1)
    await keep_verdict(worker, key, after)


@pytest.fixture
async def room(author: Api) -> Room:
    return await opened(author, starter=STARTER, solution=SOLUTION)


async def test_a_verdict_that_flips_is_listed_and_changes_nothing_else(
    room: Room, worker_pool: Pool, owner_url: str
) -> None:
    other = await room.another("other")
    for one in (room, other, other):
        await one.attempt()
    before, told = rows(owner_url), physical(owner_url)
    progress = [await room.progress(), await other.progress()]
    await flip(worker_pool, key(owner_url, CODE))
    (change,) = await changes(room.author)
    when = [change[side].pop("judgedAt") for side in ("before", "after")]
    assert when == sorted(when)
    assert change == {
        "challenges": [{"path": PATH}],
        "versions": [{"label": "v1.0"}],
        "isSolution": False,
        "isStarter": False,
        "attempts": 3,
        "before": {"passed": True, "engine": "Chromium", "protocol": PROTOCOL - 1},
        "after": {"passed": False, "engine": "Chromium", "protocol": PROTOCOL},
    }
    after = rows(owner_url)
    assert {table for table in after if after[table] != before[table]} == {"verdicts", "verdict_changes"}
    assert (after["verdicts"][0], after["verdict_changes"][0]) == (2, 1)
    assert physical(owner_url) == told, "no row about a learner was written"
    assert [await room.progress(), await other.progress()] == progress
    assert {one["status"] for one in progress} == {"COMPLETED"}
    assert [live["version"]["label"] for live in (await room.author.standing(room.id))["live"]] == ["v1.0"]


async def test_a_change_says_whether_it_is_the_solution_the_starter_or_of_a_draft_only(
    room: Room, worker_pool: Pool, owner_url: str
) -> None:
    await flip(worker_pool, key(owner_url, SOLUTION))
    await flip(worker_pool, key(owner_url, STARTER), passes=True)
    newest, oldest = await changes(room.author)
    flags = [(one["isSolution"], one["isStarter"], one["attempts"]) for one in (newest, oldest)]
    assert flags == [(False, True, 0), (True, False, 0)]
    assert (newest["before"]["passed"], newest["after"]["passed"]) == (False, True)
    await room.author.edit(room.id, tests=[TEST])
    await flip(worker_pool, key(owner_url, SOLUTION))
    (drafted,) = await changes(room.author, first=1)
    assert (drafted["challenges"], drafted["versions"], drafted["isSolution"]) == ([{"path": PATH}], [], True)


async def test_changes_come_in_pages_newest_first(room: Room, worker_pool: Pool, owner_url: str) -> None:
    judged, _ = key(owner_url, CODE)
    for number in range(5):
        await keep_verdict(worker_pool, (judged, f"c{number}"), "PASSED", engine=f"Old {number}")
        await keep_verdict(worker_pool, (judged, f"c{number}"), "FAILED", engine=f"New {number}")
    seen: list[str] = []
    statements, after = set(), None
    while True:
        answer = await room.author.run(CHANGES, first=2, after=after)
        assert answer.errors == []
        page = answer["verdictsChanged"]
        seen += [edge["node"]["after"]["engine"] for edge in page["edges"]]
        statements.add(answer.meter.statements)
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [f"New {number}" for number in (4, 3, 2, 1, 0)]
    assert statements == {(await room.author.run(CHANGES, first=100)).meter.statements}


async def test_what_says_the_same_or_replaces_its_own_is_no_change(
    room: Room, worker_pool: Pool, owner_url: str
) -> None:
    one = key(owner_url, CODE)
    await keep_verdict(worker_pool, one, "PASSED", protocol=PROTOCOL - 1)
    await keep_verdict(worker_pool, one, "PASSED")
    await keep_verdict(worker_pool, one, "FAILED")
    assert await changes(room.author) == [], "the same browser by the same way of judging"
    await keep_verdict(worker_pool, one, "PASSED", engine="Chromium of tomorrow")
    assert [change["before"]["engine"] for change in await changes(room.author)] == ["Chromium"]


async def test_two_workers_that_judge_at_once_note_a_change_once(room: Room, worker_pool: Pool, owner_url: str) -> None:
    one = key(owner_url, CODE)
    await keep_verdict(worker_pool, one, "PASSED", protocol=PROTOCOL - 1)
    await asyncio.gather(*(keep_verdict(worker_pool, one, "FAILED") for _ in range(8)))
    assert len(await changes(room.author)) == 1


async def test_a_verdict_of_an_older_protocol_is_not_used(room: Room, worker_pool: Pool, owner_url: str) -> None:
    one, database = key(owner_url, SOLUTION), worker_pool.database()
    await keep_verdict(worker_pool, one, "PASSED", protocol=PROTOCOL - 1)
    assert await verdicts.of_engine(database, one, "Chromium") is None
    assert await verdicts.by_key(database, [one]) == {}
    await keep_verdict(worker_pool, one, "FAILED")
    found = await verdicts.of_engine(database, one, "Chromium")
    assert found is not None
    assert (found.protocol, found.passed) == (PROTOCOL, False)


@pytest.mark.parametrize(
    ("doubts", "state", "message"),
    [
        ((), "PASSED", None),
        (("NO_ASSERTION",), "WARNING", "Passed without making an assertion: t1, t2."),
        (("NOT_AWAITED",), "WARNING", "Made an assertion after the test was over; await the promise: t1, t2."),
    ],
)
async def test_tests_that_show_nothing_are_a_warning_that_names_them(
    author: Api, worker_pool: Pool, owner_url: str, doubts: tuple[Doubt, ...], state: str, message: str | None
) -> None:
    id = (await author.challenge(tests=[TEST, TEST | {"id": "t2"}], solution=SOLUTION))["id"]
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("delete from settings where name = 'verdicts_required'")

    async def gate() -> tuple[str, str | None]:
        found = (await author.run(GATES, id=id))["publishPlan"]["gates"]
        ((stands, says),) = [(one["state"], one["message"]) for one in found if one["gate"] == "TESTS_ASSERT"]
        return stands, says

    assert (await gate())[0] == "UNAVAILABLE"
    async with worker_pool.database().transaction() as tx:
        await verdicts.see_runner(tx, new_id(), "Chromium", "None.")
    assert (await gate())[0] == "PENDING"
    await keep_verdict(worker_pool, key(owner_url, {}), "FAILED", tests="t1 t2")
    await keep_verdict(worker_pool, key(owner_url, SOLUTION), "PASSED", tests="t1 t2", doubts=doubts)
    assert await gate() == (state, message)
    assert (await author.publish(id))["version"]["label"] == "v1.0", "a warning never blocks"
