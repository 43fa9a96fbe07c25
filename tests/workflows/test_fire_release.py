"""Scheduled releases: fired by the queue at their moment, once, whole or not at all, and never silently."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from accounts import people
from core.code import Code
from core.ids import new_id
from core.sealing import Keyring
from core.write_context import WriteContext
from gateway.jobs import queue
from gateway.jobs.worker_state import WorkerState
from gateway.log import Log
from resolvers.people.present_rights import may_publish_now
from sandbox.work import PROTOCOL, Outcome, PageRun, TestRun
from sql.database import Pool
from sql.jobs import ask
from tests.fix_api import Api, uuid_of
from tests.gateway.test_jobs import jobs, soon, told
from tests.practice.movers import hurry
from tests.versioning.makers import challenge, ids, of, rows
from tests.versioning.releasing import counted, intact, live, look, planned, text
from versioning.content.definition import Content
from versioning.judging.verdicts import Keys, keep, see_runner
from versioning.publishing.releases import contents_of
from workflows.publishing import fire_release

SIZE = 20


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def parts(worker_pool: Pool, keyring: Keyring, lines: list[str]) -> WorkerState:
    """A worker's parts on this test's database, its log being ``lines``."""
    return WorkerState(worker_pool, keyring, Log(lines.append))


async def chapter(author: Api, size: int = SIZE) -> list[str]:
    """Publish so many challenges, edit each draft, add one that was never published; return their ids in order."""
    slugs = [f"c{number:02}" for number in range(size - 1)]
    before = [challenge(slug, solution={"html": "<h1>Hi</h1>"}) for slug in slugs]
    after = [challenge(slug, instructions="Better.", solution={"html": f"<h1>{slug}</h1>"}) for slug in slugs]
    await author.done("applyContent", tracks=of(*before), publish=True)
    await author.done("applyContent", tracks=of(*after))
    await author.done("applyContent", tracks=of(challenge("new", solution={"html": "<h1>New</h1>"})))
    found = await ids(author)
    return [found[f"track/module/lesson/{slug}"] for slug in (*slugs, "new")]


async def scheduled(author: Api, owner_url: str, at: list[str], ago: timedelta = timedelta(seconds=2)) -> str:
    """Schedule a release of these challenges' drafts and let its moment be over for so long; returns its id."""
    release = await planned(author, *[await text(author, id) for id in at])
    await author.done("scheduleRelease", releaseId=release, at=_in(hours=1))
    _past(owner_url, release, ago)
    return release


def _past(owner_url: str, release: str, ago: timedelta = timedelta(seconds=2)) -> None:
    """Let the moment of a release have been some time ago."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        moved = "update releases set scheduled_at = now() - %s where id = %s"
        owner.execute(moved, [ago, uuid_of(release)])


def _in(**time: float) -> str:
    return (datetime.now(UTC) + timedelta(**time)).isoformat()


async def _look(parts: WorkerState) -> None:
    """Do what is done every minute, and what that asks for."""
    async with parts.pool.database().transaction() as tx:
        await ask(tx, "releases:look", queue="maintenance")
    for _ in range(2):
        await queue.work(parts, once=True)


async def _fire(parts: WorkerState, release: str) -> fire_release.Fired | None:
    database, id = parts.pool.database(), uuid_of(release)
    return await fire_release.fire(database, parts.keyring, parts.clock, id, may_publish_now)


async def test_a_scheduled_release_of_20_with_one_that_became_invalid_publishes_nothing_and_says_why(
    author: Api, parts: WorkerState, owner_url: str, lines: list[str]
) -> None:
    at = await chapter(author)
    _strict(owner_url)
    await _seen(parts)
    release = await planned(author, *[await text(author, id) for id in at])
    await author.done("scheduleRelease", releaseId=release, at=_in(hours=1))
    assert jobs(owner_url).count(("runs:run", "todo")) == SIZE
    for text_of in (await contents_of(parts.pool.database(), parts.keyring, uuid_of(release))).values():
        await _judge(parts, text_of)
    stored = (await contents_of(parts.pool.database(), parts.keyring, uuid_of(release)))[uuid_of(at[7])]
    await _judge(parts, stored, engine="A newer Chromium", solution=False)
    _past(owner_url, release)
    before, sets, flags = rows(owner_url), await live(author, *at), _flags(owner_url)
    await _look(parts)
    after = rows(owner_url)
    assert {name for name in before if before[name] != after[name]} == {"releases"}
    assert before["releases"][0] == after["releases"][0] == 1
    assert await live(author, *at) == sets == [["v1.0"]] * 19 + [[]]
    seen = await look(author, release)
    assert (seen["state"], seen["publication"]) == ("FAILED", None)
    (why,) = seen["failures"]
    assert (why["code"], why["path"]) == ("GATE_FAILED", ["items", "7", "SOLUTION_PASSES"])
    assert why["message"] == "The solution fails t1: It is not there."
    assert [len(item["failures"]) for item in seen["items"]] == [0] * 7 + [1] + [0] * 12
    (line,) = told(lines, "release")
    assert (line["state"], line["faults"], line["heads"]) == ("FAILED", 1, [])
    # Mended, it is published whole; and its revert restores every live set and every flag.
    await author.edit(at[7], solution={"html": "<h1>Better</h1>"})
    await author.done("addToRelease", releaseId=release, item=await text(author, at[7]))
    await author.done("scheduleRelease", releaseId=release, at=_in(hours=1))
    stored = (await contents_of(parts.pool.database(), parts.keyring, uuid_of(release)))[uuid_of(at[7])]
    await _judge(parts, stored)
    assert (await look(author, release))["failures"] == []
    _past(owner_url, release)
    await _look(parts)
    seen = await look(author, release)
    assert (seen["state"], seen["publication"]["kind"]) == ("PUBLISHED", "RELEASE")
    assert await live(author, *at) == [["v1.1"]] * 19 + [["v1.0"]]
    assert await intact(author, *at)
    await author.done("revertRelease", releaseId=release, reason="The chapter is too hard.")
    assert await live(author, *at) == sets
    assert _flags(owner_url) == flags
    assert await intact(author, *at)


def _flags(owner_url: str) -> list[Any]:
    with psycopg.connect(owner_url) as owner:
        flags = []
        for table in ("tracks", "modules", "lessons", "challenges"):
            flags += owner.execute(f"select id, is_published, deleted_at from {table} order by id".encode()).fetchall()
        return flags


async def test_workers_that_fire_a_release_at_once_publish_it_once(
    author: Api, parts: WorkerState, owner_url: str
) -> None:
    at = await chapter(author, 4)
    release = await scheduled(author, owner_url, at)
    with psycopg.connect(owner_url) as holding:
        holding.execute("select from releases for update")
        firing = [asyncio.create_task(_fire(parts, release)) for _ in range(4)]
        await soon(lambda: _waiting(owner_url) == 4)
    fired = await asyncio.gather(*firing)
    (one,) = [what for what in fired if what is not None]
    assert (one.state, len(one.heads)) == ("PUBLISHED", 1)
    assert await live(author, *at) == [["v1.1"]] * 3 + [["v1.0"]]
    with psycopg.connect(owner_url) as owner:
        assert owner.execute("select count(*) from publications where kind = 'RELEASE'").fetchall() == [(1,)]
    assert await _fire(parts, release) is None


async def test_a_release_that_fails_at_once_in_two_workers_fails_once(
    author: Api, parts: WorkerState, owner_url: str
) -> None:
    at = await chapter(author, 3)
    release = await scheduled(author, owner_url, at)
    await author.publish(at[1])
    fired = await asyncio.gather(_fire(parts, release), _fire(parts, release))
    assert sorted(what.state for what in fired if what) == ["FAILED"]
    seen = await look(author, release)
    (why,) = seen["failures"]
    assert (why["code"], why["path"]) == ("STALE", ["items", "1", "liveSetHash"])
    assert (why["expected"], why["actual"]) == (
        seen["items"][1]["liveSetHash"],
        (await author.standing(at[1]))["liveSetHash"],
    )


def _waiting(owner_url: str) -> int:
    with psycopg.connect(owner_url) as owner:
        held = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%from releases%'"
        ((count,),) = owner.execute(held).fetchall()
        return int(count)


async def test_a_publish_that_races_with_a_release_makes_it_stale_whole(
    author: Api, parts: WorkerState, owner_url: str
) -> None:
    at = await chapter(author, 3)
    for _ in range(5):
        release = await scheduled(author, owner_url, at)
        seen = await author.standing(at[0])
        wish = {"challengeId": at[0], "contentHash": seen["draft"]["contentHash"], "changelog": "Something."}
        published, fired = await asyncio.gather(
            author.do("publishChallenge", **wish, liveSetHash=seen["liveSetHash"]), _fire(parts, release)
        )
        assert fired is not None
        state = (await look(author, release))["state"]
        if state == "PUBLISHED":
            assert [error["code"] for error in published["userErrors"]] == ["STALE"]
        else:
            assert (state, published["userErrors"]) == ("FAILED", [])
            assert (await look(author, release))["failures"][0]["code"] == "STALE"
        for number, id in enumerate(at):
            seen = await author.standing(id)
            await author.edit(id, instructions=f"Again {seen['draft']['revision']} {number}.")
    assert await intact(author, *at)


@pytest.mark.parametrize(
    ("late", "state", "labels"), [(30, "PUBLISHED", ["v1.1"]), (60.2, "MISSED", ["v1.0"]), (61, "MISSED", ["v1.0"])]
)
async def test_half_an_hour_late_it_still_fires_and_says_so_and_later_than_an_hour_it_is_missed(
    author: Api, parts: WorkerState, late: float, state: str, labels: list[str], owner_url: str
) -> None:
    at = await chapter(author, 3)
    release = await scheduled(author, owner_url, at, timedelta(minutes=late))
    before = counted(owner_url)
    fired = await _fire(parts, release)
    assert fired is not None
    seen = await look(author, release)
    assert (seen["state"], fired.state) == (state, state)
    assert 0 <= seen["lateSeconds"] - late * 60 < 30
    assert (await live(author, at[0])) == [labels]
    assert (counted(owner_url) == before) is (state == "MISSED")
    if state == "MISSED":
        await author.done("publishRelease", releaseId=release)
        assert (await look(author, release))["lateSeconds"] is None


@pytest.mark.parametrize("how", ["demoted", "suspended"])
async def test_it_fires_under_its_schedulers_rights_as_they_are_then(
    author: Api, parts: WorkerState, owner_url: str, how: str
) -> None:
    at = await chapter(author, 3)
    other = await author.as_("author", "other")
    release = await scheduled(other, owner_url, at)
    viewer = author.people["authorother"]
    assert viewer.user_id is not None
    act = WriteContext(viewer.user_id, datetime.now(UTC))
    async with author.pool.database().transaction() as tx:
        if how == "demoted":
            await people.set_role(tx, viewer.user_id, "reviewer", act)
        else:
            await people.suspend(tx, viewer.user_id, "Why.", act)
    before = counted(owner_url)
    assert (await _fire(parts, release)) is not None
    assert counted(owner_url) == before
    seen = await look(author, release)
    assert (seen["state"], [why["code"] for why in seen["failures"]]) == ("FAILED", ["NOT_ALLOWED"])
    assert seen["failures"][0]["path"] == []
    assert "schedule it again" in seen["failures"][0]["message"]
    await author.done("scheduleRelease", releaseId=release, at=_in(hours=1))
    _past(owner_url, release)
    fired = await _fire(parts, release)
    assert fired is not None
    assert fired.state == "PUBLISHED"
    with psycopg.connect(owner_url) as owner:
        (actor,) = owner.execute("select actor_id from publications where kind = 'RELEASE'").fetchall()
    assert actor == (author.viewer.user_id,), "it acts as who scheduled it"


async def test_the_job_of_a_release_fires_it_and_one_whose_job_was_lost_is_found(
    author: Api, parts: WorkerState, owner_url: str, lines: list[str]
) -> None:
    at = await chapter(author, 3)
    release = await planned(author, await text(author, at[0]))
    lost = await planned(author, await text(author, at[1]))
    await author.done("scheduleRelease", releaseId=release, at=_in(hours=1))
    await author.done("scheduleRelease", releaseId=lost, at=_in(hours=1))
    assert jobs(owner_url).count(("releases:fire", "todo")) == 2
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("delete from jobs.procrastinate_jobs where args ->> 'release_id' = %s", [str(uuid_of(lost))])
    await queue.work(parts, once=True)
    assert told(lines, "release") == [], "nothing is fired before its moment"
    _past(owner_url, release)
    _past(owner_url, lost)
    hurry(owner_url)
    await queue.work(parts, once=True)
    (line,) = told(lines, "release")
    assert (line["release"], line["state"]) == (str(uuid_of(release)), "PUBLISHED")
    assert [len(head["hash"]) for head in line["heads"]] == [64]
    await _look(parts)
    assert [line["release"] for line in told(lines, "release")] == [str(uuid_of(release)), str(uuid_of(lost))]
    assert await live(author, at[0], at[1]) == [["v1.1"], ["v1.1"]]


async def test_a_release_is_scheduled_for_later_taken_back_and_given_another_moment(
    author: Api, parts: WorkerState, owner_url: str
) -> None:
    at = await chapter(author, 3)
    release = await planned(author)
    assert await author.refused("scheduleRelease", releaseId=release, at=_in(hours=-1)) == [
        ("INVALID", "at"),
        ("REQUIRED", "releaseId"),
    ]
    assert await author.refused("unscheduleRelease", releaseId=release) == [("STALE", "releaseId")]
    await author.done("addToRelease", releaseId=release, item=await text(author, at[0]))
    first, second = _in(hours=1), _in(hours=2)
    await author.done("scheduleRelease", releaseId=release, at=first)
    moved = await author.done("scheduleRelease", releaseId=release, at=second)
    assert (moved["release"]["state"], moved["release"]["scheduledAt"]) == ("SCHEDULED", second)
    before = rows(owner_url)
    item = await text(author, at[1])
    assert await author.refused("addToRelease", releaseId=release, item=item) == [("STALE", "releaseId")]
    assert await author.refused("removeFromRelease", releaseId=release, id=at[0]) == [("STALE", "releaseId")]
    assert rows(owner_url) == before
    back = await author.done("unscheduleRelease", releaseId=release)
    assert (back["release"]["state"], back["release"]["scheduledAt"]) == ("PLANNED", None)
    await queue.work(parts, once=True)
    assert await _fire(parts, release) is None
    await author.done("scheduleRelease", releaseId=release, at=_in(hours=3))
    assert await _fire(parts, release) is None, "it is not its moment"
    await author.done("publishRelease", releaseId=release)
    _past(owner_url, release)
    assert await _fire(parts, release) is None
    assert await live(author, at[0]) == [["v1.1"]]


def _strict(owner_url: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("delete from settings where name = 'verdicts_required'")


async def _seen(parts: WorkerState) -> None:
    """Let there be a worker with a browser."""
    async with parts.pool.database().transaction() as tx:
        await see_runner(tx, new_id(), "Chromium", "None.")


async def _judge(parts: WorkerState, content: Content, *, engine: str = "Chromium", solution: bool = True) -> None:
    """Store what a browser found: the solution passes, or not, and the starter does not."""
    keys = Keys.of(content)
    async with parts.pool.database().transaction() as tx:
        for key, passed in ((keys.solution, solution), (keys.starter, False)):
            message = None if passed else "It is not there."
            outcome: Outcome = "PASSED" if passed else "FAILED"
            tests = tuple(TestRun(test.id, outcome, 1, message, None, None) for test in content.tests)
            run = PageRun("FINISHED", tests, 1, (), (), (), engine, PROTOCOL)
            await keep(tx, key, run, confirmed=True, at=datetime.now(UTC))


async def test_what_a_release_publishes_is_run_beforehand_and_it_waits_for_that(
    author: Api, parts: WorkerState, owner_url: str, lines: list[str]
) -> None:
    at = (await author.challenge(solution={"html": "<h1>Hi</h1>"}))["id"]
    _strict(owner_url)
    await _seen(parts)
    release = await planned(author, await text(author, at))
    await author.done("scheduleRelease", releaseId=release, at=_in(hours=1))
    assert ("runs:run", "todo") in jobs(owner_url), "asked for when it is scheduled"
    refused = await author.run(
        "mutation ($input: PublishReleaseInput!) { publishRelease(input: $input) { runId userErrors { code path } } }",
        input={"releaseId": release, "waitSeconds": 0},
    )
    assert refused["publishRelease"]["runId"]
    assert [error["path"] for error in refused["publishRelease"]["userErrors"]] == [
        ["items", "0", "SOLUTION_PASSES"],
        ["items", "0", "STARTER_DOES_NOT_PASS"],
    ]
    _past(owner_url, release)
    for _ in range(2):
        assert await _fire(parts, release) is None, "its text is still to be run"
    assert (await look(author, release))["state"] == "SCHEDULED"
    with psycopg.connect(owner_url) as owner:
        again = "select count(*) from jobs.procrastinate_jobs where task_name = 'releases:fire' and scheduled_at < %s"
        assert owner.execute(again, [datetime.now(UTC) + timedelta(minutes=1)]).fetchall() == [(2,)]
        assert owner.execute("select count(*) from runs").fetchall() == [(1,)]
    stored = (await contents_of(parts.pool.database(), parts.keyring, uuid_of(release)))[uuid_of(at)]
    assert (stored.title, stored.solution) == ("One", Code("<h1>Hi</h1>", "", ""))
    await _judge(parts, stored)
    fired = await _fire(parts, release)
    assert fired is not None
    assert fired.state == "PUBLISHED"
    assert await live(author, at) == [["v1.0"]]


async def test_a_release_that_waited_long_enough_takes_what_there_is(
    author: Api, parts: WorkerState, owner_url: str
) -> None:
    at = (await author.challenge(solution={"html": "<h1>Hi</h1>"}))["id"]
    release = await scheduled(author, owner_url, [at], timedelta(minutes=11))
    _strict(owner_url)
    await _seen(parts)
    assert await _fire(parts, release) is None
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("update releases set proving_since = now() - interval '11 minutes'")
    assert await _fire(parts, release) is not None
    seen = await look(author, release)
    assert seen["state"] == "FAILED"
    assert [why["path"][2] for why in seen["failures"]] == ["SOLUTION_PASSES", "STARTER_DOES_NOT_PASS"]
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("delete from runners")
    await author.done("scheduleRelease", releaseId=release, at=_in(hours=1))
    _past(owner_url, release)
    assert await _fire(parts, release) is not None
    assert [why["code"] for why in (await look(author, release))["failures"]] == ["RUNNER_UNAVAILABLE"] * 2
