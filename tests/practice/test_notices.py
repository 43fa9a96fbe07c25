"""What learners are told after a publish, and whether their work passes what is live: one word each, true when read."""

from typing import Any

import pytest

from core.sealing import Keyring
from practice import notices as domain
from practice import pin_migration
from schema.fields import global_id
from sql.database import Pool
from tests.fix_api import Api
from tests.practice.makers import OTHER_TESTS, TESTS, Room, looked_up, opened, refused_unchanged
from tests.practice.movers import NOTICES, hurry, judged, labels, notices, publish, rollback, stand, told, work
from tests.workflows.test_migrate_pins import OTHER, PROSE, begun

HIDDEN: list[dict[str, Any]] = [*OTHER_TESTS, {"id": "t5", "text": "Secret.", "code": "assert(secret)", "hidden": True}]


@pytest.fixture
async def room(author: Api) -> Room:
    """A challenge at v1.0, which a learner has passed with a page that says Mine."""
    made = await opened(author)
    await made.grade(await made.submit(code={"html": "mine"}))
    return made


async def test_learners_are_told_once_of_the_newest_and_with_what_is_different(
    room: Room, owner_url: str, worker_pool: Pool, keyring: Keyring
) -> None:
    other = await begun(room, "-other")
    await publish(room, **OTHER)
    await work(worker_pool, keyring)
    assert [await told(one) for one in (room, other)] == [[("OFFERED", "v1.0", "v2.0")]] * 2
    await publish(room, tests=HIDDEN, **PROSE)
    assert await told(room) == [], "what is no longer so is not told, though the job has not come yet"
    await work(worker_pool, keyring)
    (notice,) = await notices(room)
    assert (notice["kind"], notice["to"]["label"], notice["changelog"]) == ("OFFERED", "v3.0", "Something.")
    assert notice["changes"] == "2 tests added, 1 removed; the instructions changed; your saved code is being checked"
    assert (notice["reason"], notice["seenAt"], notice["challenge"]["path"]) == (None, None, "track/module/lesson/one")
    shown = {one["name"]: one["unified"] for one in notice["differences"]}
    assert set(shown) == {"instructions", "tests"}
    assert "-Write one." in shown["instructions"]
    assert "+Other words." in shown["instructions"]
    assert "+Four." in shown["tests"]
    assert "Secret" not in str(notice)
    assert "Three" not in str(notice)
    assert looked_up(owner_url, "select count(*) from notices") == [(2,)]
    for _ in range(2):
        await rollback(room, "v2.0", "OFFER")
        await rollback(room, "v1.0", "OFFER")
    await work(worker_pool, keyring)
    assert [await told(one) for one in (room, other)] == [[], []], "they have what is live"
    assert looked_up(owner_url, "select count(*) from notices") == [(0,)]


async def test_everybody_who_was_forced_is_told_the_reason_also_who_came_upon_it_before_the_job(
    room: Room, owner_url: str, worker_pool: Pool, keyring: Keyring
) -> None:
    early, idle = await begun(room, "-early"), await begun(room, "-idle")
    await publish(room, **PROSE)
    await publish(room, "FORCE", "Test 3 was wrong.", **OTHER)
    newcomer = await begun(room, "-new")
    await early.submit()
    assert await told(early) == [("FORCED", "v1.1", "v2.0")]
    for _ in range(2):
        await work(worker_pool, keyring)
    for one in (room, early, idle):
        assert await told(one) == [("FORCED", "v1.1", "v2.0")]
        assert (await notices(one))[0]["reason"] == "Test 3 was wrong."
    assert await told(newcomer) == []
    assert await labels(room, early, idle, newcomer) == ["v2.0"] * 4
    await rollback(room, "v1.0", "FORCE")
    await work(worker_pool, keyring)
    assert (await notices(idle))[0]["reason"] == "It was better."
    assert await told(newcomer) == [("FORCED", "v2.0", "v1.0")]


async def test_a_notice_goes_away_when_it_is_dismissed_or_its_offer_taken(
    room: Room, owner_url: str, worker_pool: Pool, keyring: Keyring
) -> None:
    other = await begun(room, "-other")
    await publish(room, **OTHER)
    await work(worker_pool, keyring)
    (notice,) = await notices(room)
    for api in (other.learner, room.author):
        refused = await refused_unchanged(owner_url, api, "dismissNotice", noticeId=notice["id"])
        assert refused == [("NOT_FOUND", "noticeId")]
        found = await api.run("query ($id: ID!) { node(id: $id) { id } }", id=notice["id"])
        assert found["node"] is None
    first = (await room.learner.done("dismissNotice", noticeId=notice["id"]))["notice"]
    again = (await room.learner.done("dismissNotice", noticeId=notice["id"]))["notice"]
    assert first == again
    assert first["seenAt"] is not None
    assert (await notices(room), len(await notices(other))) == ([], 1)
    node = "query ($id: ID!) { node(id: $id) { ... on Notice { kind seenAt } } }"
    assert (await room.learner.run(node, id=notice["id"]))["node"]["seenAt"] == first["seenAt"]
    await work(worker_pool, keyring)
    assert await notices(room) == [], "telling again changes nothing"
    await other.learner.done("adoptVersion", challengeId=room.id)
    assert await notices(other) == []
    await publish(room, tests=TESTS, title="Third")
    await work(worker_pool, keyring)
    assert [await told(one) for one in (room, other)] == [
        [("OFFERED", "v1.0", "v3.0")],
        [("OFFERED", "v2.0", "v3.0")],
    ]
    strange = global_id("Notice", *[room.learner.viewer.user_id] * 2)
    assert await room.learner.refused("dismissNotice", noticeId=strange) == [("NOT_FOUND", "noticeId")]


async def test_an_offer_leads_to_what_took_the_place_of_what_was_offered(
    room: Room, worker_pool: Pool, keyring: Keyring
) -> None:
    await publish(room, **OTHER)
    await work(worker_pool, keyring)
    await publish(room, **PROSE)
    await work(worker_pool, keyring)
    assert await told(room) == [("OFFERED", "v1.0", "v2.1")]
    assert (await stand(room))["newerVersion"] == {"label": "v2.1"}


async def test_notices_come_in_pages(author: Api, owner_url: str, worker_pool: Pool, keyring: Keyring) -> None:
    room = await opened(author)
    learner = room.learner
    ids = [room.id] + [(await author.challenge(f"more{number}"))["id"] for number in range(4)]
    for id in ids[1:]:
        await author.publish(id)
    for id in ids:
        await learner.done("startChallenge", challengeId=id)
        await author.edit(id, tests=OTHER_TESTS)
        await author.publish(id)
        await work(worker_pool, keyring)
    seen, after = [], None
    for _ in range(3):
        page = (await learner.run(NOTICES, first=2, after=after))["viewer"]["notices"]
        seen += [edge["node"]["challenge"]["path"].rpartition("/")[2] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
    assert seen == ["more3", "more2", "more1", "more0", "one"]
    assert page["pageInfo"]["hasNextPage"] is False
    broken = await learner.run(NOTICES, first=2, after="WyJ4Il0")
    assert broken.codes == ["ReadError"]


async def test_head_status_is_a_fact_beside_the_completion(
    room: Room, owner_url: str, worker_pool: Pool, keyring: Keyring
) -> None:
    idle, failed = await begun(room, "-idle"), await begun(room, "-failed")
    stranger = await room.another("-stranger")
    await failed.grade(await failed.submit(code={"html": "bad"}), "t1")

    async def statuses() -> list[str]:
        return [(await stand(one))["headStatus"] for one in (room, failed, idle, stranger)]

    assert await statuses() == ["PASSES", "FAILS", "UNKNOWN", "UNKNOWN"]
    await publish(room, **PROSE)
    assert await statuses() == ["PASSES", "FAILS", "UNKNOWN", "UNKNOWN"], "judged alike"
    await publish(room, **OTHER)
    assert await statuses() == ["QUEUED", "QUEUED", "UNKNOWN", "UNKNOWN"]
    await work(worker_pool, keyring)
    assert await statuses() == ["QUEUED", "QUEUED", "UNKNOWN", "UNKNOWN"], "nobody is there to run it"
    judged(owner_url, "v2.0", "bad", "t1 t2 t4")
    judged(owner_url, "v2.0", "mine", "t1 t2")
    assert await statuses() == ["FAILS", "PASSES", "UNKNOWN", "UNKNOWN"]
    assert (await stand(room))["newerChanges"] == "1 test added, 1 removed; your saved code does not pass it"
    assert (await stand(failed))["newerChanges"] == "1 test added, 1 removed; your saved code passes it"
    assert (await stand(idle))["newerChanges"] == "1 test added, 1 removed"
    assert (await stand(stranger))["newerChanges"] is None
    looked_up(owner_url, "update version_migrations set state = 'FINISHED', finished_at = now()")
    looked_up(owner_url, "delete from verdicts")
    assert await statuses() == ["STALE", "STALE", "UNKNOWN", "UNKNOWN"]
    assert (await stand(room))["newerChanges"].endswith("your saved code was not checked against it yet")
    assert [(await stand(one))["status"] for one in (room, failed)] == ["COMPLETED", "IN_PROGRESS"]
    await rollback(room, "v1.0")
    assert await statuses() == ["PASSES", "FAILS", "UNKNOWN", "UNKNOWN"]
    await room.archive()
    assert (await stand(room))["headStatus"] == "UNKNOWN"


async def test_a_best_score_older_than_notes_of_it_is_looked_for(
    room: Room, owner_url: str, worker_pool: Pool, keyring: Keyring
) -> None:
    await room.grade(await room.submit(code={"html": "worse"}), "t1")
    noted = "select best_attempt_id, best_version_id, best_code_hash from user_progress"
    before = looked_up(owner_url, noted)
    looked_up(
        owner_url, "update user_progress set best_attempt_id = null, best_version_id = null, best_code_hash = null"
    )
    assert (await stand(room))["headStatus"] == "PASSES", "by the completion"
    await publish(room, "AUTO", **OTHER)
    judged(owner_url, "v2.0", "mine", "t1 t2 t4")
    await work(worker_pool, keyring)
    assert looked_up(owner_url, noted) == before
    assert await told(room) == [("MOVED", "v1.0", "v2.0")]


async def test_a_job_that_dies_half_way_goes_on_and_does_nothing_twice(
    room: Room, owner_url: str, worker_pool: Pool, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        one = await room.another(f"-{number}")
        await one.grade(await one.submit(code={"html": "mine" if number % 2 else "bad"}))
    await publish(room, "AUTO", **OTHER)
    judged(owner_url, "v2.0", "mine", "t1 t2 t4")
    judged(owner_url, "v2.0", "bad", "t1")
    monkeypatch.setattr(pin_migration, "BATCH", 2)
    calls, tell = [], domain.tell

    async def dying(*given: Any) -> None:
        calls.append(given)
        await tell(*given)
        if len(calls) == 2:
            raise RuntimeError("the second batch is written and not committed")

    monkeypatch.setattr(domain, "tell", dying)
    await work(worker_pool, keyring)
    half = looked_up(owner_url, "select user_id, id, kind, xmin::text from notices order by user_id")
    assert len(half) == 2
    assert looked_up(owner_url, "select count(*) from jobs.procrastinate_jobs where status = 'todo'") == [(1,)]
    looked_up(owner_url, "update jobs.procrastinate_jobs set scheduled_at = now() where status = 'todo'")
    await work(worker_pool, keyring)
    whole = looked_up(owner_url, "select user_id, id, kind, xmin::text from notices order by user_id")
    assert len(whole) == 7
    assert set(half) <= set(whole), "who was told already was not told again"
    assert sorted(kind for _, _, kind, _ in whole) == ["MOVED"] * 4 + ["OFFERED"] * 3
    assert looked_up(owner_url, "select state, moved from version_migrations") == [("FINISHED", 4)]


async def test_who_submits_while_the_job_looks_at_them_is_left_alone_until_their_verdict(
    room: Room, owner_url: str, worker_pool: Pool, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(room, "AUTO", **OTHER)
    judged(owner_url, "v2.0", "mine", "t1 t2 t4")
    submitted: list[str] = []
    move = pin_migration.move

    async def meeting(*given: Any) -> bool:
        if not submitted:
            submitted.append(await room.submit(code={"html": "more"}))
        return await move(*given)

    monkeypatch.setattr(pin_migration, "move", meeting)
    await work(worker_pool, keyring)
    assert (await labels(room), await told(room)) == (["v1.0"], [("OFFERED", "v1.0", "v2.0")])
    graded = await room.grade(submitted[0], "t1")
    assert (graded["attempt"]["score"], graded["progress"]["version"]["label"]) == (50, "v1.0")
    hurry(owner_url)
    await work(worker_pool, keyring)
    assert (await labels(room), await told(room)) == (["v2.0"], [("MOVED", "v1.0", "v2.0")])


async def test_auto_is_about_those_who_work_on_what_it_replaces_and_a_later_publish_ends_it(
    room: Room, owner_url: str, worker_pool: Pool, keyring: Keyring
) -> None:
    await publish(room, **OTHER)
    second = await begun(room, "-second")
    await second.grade(await second.submit(code={"html": "mine"}), "t1 t2 t4", tests="t1 t2 t4")
    await publish(room, "AUTO", tests=HIDDEN)
    await publish(room, "AUTO", tests=[*HIDDEN, {"id": "t6", "text": "Six.", "code": "assert(six)"}])
    judged(owner_url, "v3.0", "mine", "t1", tests="t1")
    judged(owner_url, "v4.0", "mine", "t1", tests="t1")
    await work(worker_pool, keyring)
    assert await labels(room, second) == ["v1.0", "v2.0"], "both were offered or skipped what came before the last"
    assert [await told(one) for one in (room, second)] == [
        [("OFFERED", "v1.0", "v4.0")],
        [("OFFERED", "v2.0", "v4.0")],
    ]
    assert looked_up(owner_url, "select distinct state, moved from version_migrations") == [("FINISHED", 0)]
