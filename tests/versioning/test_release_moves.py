"""What happens in the tree while a release waits: places and names are no reason to refuse it; all else is named."""

from datetime import UTC, datetime, timedelta

import psycopg

from core.sealing import Keyring
from resolvers.people.present_rights import may_publish_now
from sql.database import Pool
from tests.fix_api import Api, uuid_of
from tests.versioning.makers import challenge, ids, lesson, module, rows, track
from tests.versioning.releasing import chapter, intact, live, look, planned, text
from workflows.publishing import fire_release


async def test_a_scheduled_release_fires_although_all_of_it_was_renamed_moved_and_reordered(
    author: Api, owner_url: str, worker_pool: Pool, keyring: Keyring
) -> None:
    at = await chapter(author)
    release = await planned(
        author,
        await text(author, at["one"]),
        {"challengeId": at["three"], "label": "v1.0"},
        await text(author, at["four"]),
        {"nodeId": at["more"], "published": True},
    )
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    await author.done("scheduleRelease", releaseId=release, at=later)
    await author.done("move", id=at["one"], position=3)
    await author.done("updateChallenge", challengeId=at["three"], slug="third")
    await author.done("move", id=at["more"], position=1)
    await author.done("updateModule", moduleId=at["more"], slug="further")
    # A push that puts all of it elsewhere and in another order.
    was = "track/module/lesson"
    wanted = [
        challenge("four") | {"formerPath": f"{was}/four"},
        challenge("third", instructions="Write three, better.") | {"formerPath": f"{was}/third"},
        challenge("first", instructions="Write one, better.") | {"formerPath": f"{was}/one"},
    ]
    await author.done("applyContent", tracks=[track(module(lesson(*wanted, slug="elsewhere")))], overwrite=True)
    assert "track/module/elsewhere/first" in await ids(author)
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("update releases set scheduled_at = now() - interval '2 seconds'")
    database, id = worker_pool.database(), uuid_of(release)
    fired = await fire_release.fire(database, keyring, lambda: datetime.now(UTC), id, may_publish_now)
    seen = await look(author, release)
    assert seen["failures"] == []
    assert fired is not None
    assert (fired.state, seen["state"], seen["publication"]["kind"]) == ("PUBLISHED", "PUBLISHED", "RELEASE")
    assert await live(author, at["one"], at["three"], at["four"]) == [["v1.1"], ["v1.0"], ["v1.0"]]
    assert await intact(author, at["one"], at["three"], at["four"])


async def test_each_refusal_names_its_own_reason(author: Api, owner_url: str) -> None:
    at = await chapter(author)
    release = await planned(
        author,
        await text(author, at["one"]),
        await text(author, at["two"]),
        {"challengeId": at["three"], "label": "v1.0"},
        {"nodeId": at["more"], "published": True},
        {"nodeId": at["module"], "published": False},
        await text(author, at["four"]),
    )
    hash = (await author.standing(at["one"]))["liveSetHash"]
    await author.done("archiveChallenge", challengeId=at["one"], liveSetHash=hash, reason="Out.")
    await author.publish(at["two"])
    await author.done("move", id=at["two"], position=1)
    await author.experiment(at["three"], {"v1.0": 50, "v1.1": 50})
    await author.done("archive", id=at["more"], reason="Out.")
    await author.done("setPublished", id=at["module"], published=False)
    await author.done("move", id=at["four"], position=1)
    before = rows(owner_url)
    refused = (await author.do("publishRelease", releaseId=release))["userErrors"]
    assert [(error["code"], error["path"]) for error in refused] == [
        ("ARCHIVED", ["items", "0"]),
        ("STALE", ["items", "1", "liveSetHash"]),
        ("EXPERIMENT_RUNNING", ["items", "2", "NO_EXPERIMENT"]),
        ("ARCHIVED", ["items", "3"]),
        ("STALE", ["items", "4", "published"]),
    ]
    assert refused[1]["message"] == (
        "What is live was changed by a publish since this was added; add it again if it is still to go live."
    )
    assert refused[4]["message"] == "The module is hidden already; take it out of the release."
    assert rows(owner_url) == before


async def test_a_live_set_that_went_and_came_back_is_another_one_also_after_a_move(author: Api) -> None:
    at = await chapter(author)
    release = await planned(author, await text(author, at["one"]))
    await author.publish(at["one"])
    await author.rollback(at["one"], "v1.0")
    await author.done("move", id=at["one"], position=2)
    refused = (await author.do("publishRelease", releaseId=release))["userErrors"]
    assert [(error["code"], error["path"]) for error in refused] == [("STALE", ["items", "0", "liveSetHash"])]
    assert "changed by a rollback since" in refused[0]["message"]


async def test_a_revert_says_archived_of_what_was_archived_since(author: Api) -> None:
    at = await chapter(author)
    release = await planned(author, await text(author, at["one"]), await text(author, at["two"]))
    await author.done("publishRelease", releaseId=release)
    await author.done("updateChallenge", challengeId=at["two"], slug="second")
    hash = (await author.standing(at["one"]))["liveSetHash"]
    await author.done("archiveChallenge", challengeId=at["one"], liveSetHash=hash, reason="Out.")
    assert await author.refused("revertRelease", releaseId=release, reason="Why.") == [("ARCHIVED", "items.0")]
