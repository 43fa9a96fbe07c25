"""The dashboard: what counts in a track, what is new in it, and counts taken anew when the tree changes."""

import psycopg
import pytest

from core.sealing import Keyring
from gateway.app_state import now
from gateway.jobs.queue import work
from gateway.jobs.worker_state import WorkerState
from gateway.log import Log
from practice import attempts, counting
from practice.grading import Verdict, record
from sql.database import Pool
from tests.accounts.makers import started
from tests.fix_api import Api, uuid_of
from tests.practice.makers import (
    LESSON,
    House,
    Kept,
    Told,
    archive,
    dashboard,
    enrolled,
    grading,
    looked_up,
    parts,
    published,
)
from tests.versioning.makers import challenge, lesson, module, track

THREE = (challenge("one", points=10), challenge("two", points=20), challenge("three", points=30))
FOUR = challenge("four", points=40)


@pytest.fixture
async def house(author: Api, worker_pool: Pool) -> House:
    """A house whose learner has just enrolled."""
    await published(author, *THREE)
    learner = await enrolled(author)
    kept = Kept(learner.pool, learner.keyring, learner.clock, learner.viewer, learner.people)
    return House(author, kept, await grading(author), worker_pool)


async def test_a_track_without_anything_to_do_yet_is_not_lost(house: House) -> None:
    empty, drafts = track(slug="empty"), track(module(lesson(FOUR)), slug="drafts")
    await house.author.done("applyContent", tracks=[empty, drafts])
    nothing: Told = (0, 0, 0.0, 0, 0, 0)
    for slug in ("empty", "drafts"):
        await house.show(slug, shown=True)
        await house.learner.done("enroll", trackId=await house.id(slug))
        assert await house.told(slug) == nothing
    assert list(await dashboard(house.learner)) == ["drafts", "empty", "track"], "the last begun first"
    await house.author.publish(await house.id("drafts/module/lesson/four"))
    assert await house.told("drafts") == nothing, "its lesson is not shown"
    await house.show("drafts/module", shown=True)
    await house.show("drafts/module/lesson", shown=True)
    assert await house.told("drafts") == (0, 1, 0.0, 0, 40, 1)
    await house.complete("four", within="drafts/module/lesson")
    assert await house.told("drafts") == (1, 1, 100.0, 40, 40, 0)
    await house.show("track", shown=False)
    assert list(await dashboard(house.learner)) == ["drafts", "empty"]
    await house.show("track", shown=True)
    assert await house.told() == (0, 3, 0.0, 0, 60, 0)


async def test_each_completion_adds_its_share_and_its_points_once(house: House) -> None:
    assert await house.told() == (0, 3, 0.0, 0, 60, 0)
    await (await house.room(f"{LESSON}/one")).attempt("", tests="t1")
    assert await house.told() == (0, 3, 0.0, 0, 60, 0)
    for slug, told in (
        ("one", (1, 3, 33.33, 10, 60, 0)),
        ("one", (1, 3, 33.33, 10, 60, 0)),
        ("three", (2, 3, 66.67, 40, 60, 0)),
        ("two", (3, 3, 100.0, 60, 60, 0)),
    ):
        await house.complete(slug)
        assert await house.told() == told
    assert await house.recount() == 0, "counting anew finds what was counted one by one"


async def test_what_is_published_after_a_completion_is_told_as_new(house: House) -> None:
    await house.complete("one", "two", "three")
    await house.apply(track(module(lesson(*THREE, FOUR))))
    assert await house.told() == (3, 4, 75.0, 60, 100, 1)
    await house.apply(track(module(lesson(*THREE, FOUR), lesson(challenge("five"), slug="second"))))
    assert await house.told() == (3, 5, 60.0, 60, 110, 2)
    await house.complete("four")
    assert await house.told() == (4, 5, 80.0, 100, 110, 0), "what came before the last completion is no longer new"
    await house.author.edit(await house.id(f"{LESSON}/one"), points=1_000, title="Dearer")
    await house.author.publish(await house.id(f"{LESSON}/one"))
    assert await house.told() == (4, 5, 80.0, 100, 1_100, 0), "another version is no other challenge"
    await house.author.rollback(await house.id(f"{LESSON}/one"), "v1.0")
    assert await house.told() == (4, 5, 80.0, 100, 110, 0)
    await house.author.done("updateTrack", trackId=await house.id("track"), slug="renamed")
    assert await house.told("renamed") == (4, 5, 80.0, 100, 110, 0)


async def test_what_is_archived_leaves_the_total_and_its_points_stay(house: House) -> None:
    await house.complete("one", "two")
    one = await house.id(f"{LESSON}/one")
    await archive(house.author, one)
    assert await house.recount() == 1
    assert await house.told() == (1, 2, 50.0, 30, 50, 0)
    assert await house.recount() == 0
    await archive(house.author, await house.id(f"{LESSON}/three"))
    assert await house.recount() == 0
    assert await house.told() == (1, 1, 100.0, 30, 20, 0)
    await archive(house.author, one, back=True)
    assert await house.recount() == 1
    assert await house.told() == (2, 2, 100.0, 30, 30, 0)


async def test_what_is_completed_while_it_is_archived_earns_its_points_and_counts_when_it_is_back(house: House) -> None:
    await house.complete("one")
    attempt = await (room := await house.room(f"{LESSON}/two")).submit()
    await room.archive()
    await room.grade(attempt, "t1", tests="t1")
    assert await house.told() == (1, 2, 50.0, 30, 40, 0)
    await room.archive(back=True)
    assert await house.recount() == 1
    assert await house.told() == (2, 3, 66.67, 30, 60, 0)


@pytest.mark.parametrize("path", [LESSON, "track/module"])
async def test_what_is_hidden_leaves_the_total_and_counts_again_when_it_is_shown(house: House, path: str) -> None:
    await house.complete("one")
    attempt = await (room := await house.room(f"{LESSON}/two")).submit()
    await house.show(path, shown=False)
    assert await house.recount() == 1
    assert await house.told() == (0, 0, 0.0, 10, 0, 0)
    await room.grade(attempt, "t1", tests="t1")
    assert await house.told() == (0, 0, 0.0, 30, 0, 0), "completed while it was hidden: earned, and not counted"
    await house.show(path, shown=True)
    assert await house.recount() == 1
    assert await house.told() == (2, 3, 66.67, 30, 60, 0)


async def test_the_worker_counts_anew_what_a_publication_asked_for(
    house: House, keyring: Keyring, owner_url: str
) -> None:
    jobs = "select count(*), min(args ->> 'track_id') from jobs.procrastinate_jobs"
    looked_up(owner_url, "delete from jobs.procrastinate_jobs")
    await house.complete("one", "two")
    assert looked_up(owner_url, jobs) == [(0, None)], "a completion is counted at once, without a job"
    one = await house.id(f"{LESSON}/one")
    stale = {"challengeId": one, "liveSetHash": "0" * 64, "reason": "Why."}
    assert await house.author.refused("archiveChallenge", **stale) == [("STALE", "liveSetHash")]
    assert looked_up(owner_url, jobs) == [(0, None)]
    await archive(house.author, one)
    await archive(house.author, await house.id(f"{LESSON}/three"))
    assert looked_up(owner_url, jobs) == [(1, str(uuid_of(await house.id("track"))))], "one that waits serves both"
    await work(WorkerState(house.worker, keyring, Log(list[str]().append)), once=True)
    assert looked_up(owner_url, jobs) == [(0, None)]
    assert await house.told() == (1, 1, 100.0, 30, 20, 0)


async def test_counting_anew_reaches_every_learner_of_many(house: House, owner_url: str) -> None:
    await house.complete("one", "two")
    more = 2 * counting.BATCH
    looked_up(owner_url, CROWD, more, uuid_of(await house.id("track")))
    assert await house.recount() == more
    counts = looked_up(owner_url, "select completed_challenges, count(*) from user_enrollments group by 1 order by 1")
    assert counts == [(0, more), (2, 1)]


async def test_a_count_waits_for_a_verdict_that_came_before_it(house: House) -> None:
    attempt = await (await house.room(f"{LESSON}/one")).submit()
    async with house.author.pool.database().transaction(identity=house.user_id) as tx:
        (row,) = await attempts.by_id(tx, house.user_id, [parts(attempt)[1]])
        assert await record(tx, row, Verdict("PASSED", 100, (), frozenset()), at=now(), grader=None)
        counted = await started(house.recount())
    assert await counted == 0
    assert await house.told() == (1, 3, 33.33, 10, 60, 0)


async def test_a_verdict_waits_for_a_count_and_adds_to_it(house: House, owner_url: str) -> None:
    await house.complete("one")
    looked_up(owner_url, "update user_enrollments set completed_challenges = 3")
    attempt = await (room := await house.room(f"{LESSON}/two")).submit()
    async with house.worker.database().transaction() as tx:
        assert await counting.recount(tx, uuid_of(await house.id("track")), [house.user_id]) == 1
        graded = await started(room.grade(attempt, "t1", tests="t1"))
    await graded
    assert await house.told() == (2, 3, 66.67, 30, 60, 0)
    assert await house.recount() == 0


async def test_a_verdict_that_began_before_an_archive_and_ends_after_its_count_is_not_counted(
    house: House, owner_url: str
) -> None:
    attempt = await (room := await house.room(f"{LESSON}/one")).submit()
    async with await psycopg.AsyncConnection.connect(owner_url) as holder:
        await holder.execute("select from user_progress for update")
        graded = await started(room.grade(attempt, "t1", tests="t1"))
        await room.archive()
        assert await house.recount() == 0
        await holder.rollback()
    assert (await graded)["progress"]["status"] == "COMPLETED"
    assert await house.told() == (0, 2, 0.0, 10, 50, 0)


async def test_what_is_moved_counts_where_it_stands_now(house: House) -> None:
    await house.apply(track(module(lesson(FOUR)), slug="other"))
    await house.learner.done("enroll", trackId=await house.id("other"))
    await house.complete("one", "two")
    await house.move(f"{LESSON}/one", "other/module/lesson")
    assert [await house.recount(slug) for slug in ("track", "other")] == [1, 1]
    assert await house.told() == (1, 2, 50.0, 30, 50, 0)
    assert (await house.told("other"))[:5] == (1, 2, 50.0, 0, 50)
    await house.move("other/module/lesson/one", LESSON)
    assert [await house.recount(slug) for slug in ("track", "other")] == [1, 1]
    assert (await house.told())[:5] == (2, 3, 66.67, 30, 60)


async def test_what_a_moved_lesson_brings_is_new(house: House) -> None:
    await house.apply(track(module(lesson(FOUR, slug="far")), slug="other"))
    await house.complete("one")
    await house.move("other/module/far", "track/module")
    assert await house.told() == (1, 4, 25.0, 10, 100, 1)


async def test_whoever_completed_what_stands_in_a_track_now_and_enrols_then_has_it_counted(house: House) -> None:
    await house.apply(track(module(lesson(FOUR)), slug="other"))
    await house.complete("one")
    await house.move(f"{LESSON}/one", "other/module/lesson")
    assert [await house.recount(slug) for slug in ("track", "other")] == [1, 0]
    await house.learner.done("enroll", trackId=await house.id("other"))
    assert (await house.told("other"))[:3] == (1, 2, 50.0)


CROWD = """with crowd as (
    insert into users (id, kind, display_name, role, created_at)
    select gen_random_uuid(), 'service', 'crowd ' || n, 'learner', now() from generate_series(1, %s) n returning id
)
insert into user_enrollments (user_id, track_id, enrolled_at, completed_challenges)
select id, %s, now(), 7 from crowd"""
