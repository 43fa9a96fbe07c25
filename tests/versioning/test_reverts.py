"""Taking a release back: everything is as it was before, or nothing happens."""

from typing import Any

import psycopg

from tests.fix_api import Api
from tests.versioning.makers import challenge, log, of, order, visitor
from tests.versioning.releasing import chapter, counted, intact, live, look, planned, text


async def test_a_revert_restores_what_was_live_and_shown_and_a_new_challenge_is_a_draft_again(
    author: Api, owner_url: str
) -> None:
    at = await chapter(author)
    release = await planned(
        author,
        await text(author, at["one"]),
        {"challengeId": at["three"], "label": "v1.0"},
        await text(author, at["four"]),
        {"nodeId": at["more"], "published": True},
    )
    before = await live(author, at["one"], at["three"], at["four"])
    published = await author.done("publishRelease", releaseId=release)
    reverted = await author.done("revertRelease", releaseId=release, reason="It was too early.")
    assert reverted["release"]["state"] == "REVERTED"
    seen = await look(author, release)
    assert seen["revert"]["inverseOf"]["seq"] == published["publication"]["seq"]
    assert seen["revert"]["reason"] == "It was too early."
    assert await live(author, at["one"], at["three"], at["four"]) == before == [["v1.0"], ["v1.1"], []]
    assert await order(visitor(author)) == ["track", "module", "lesson", "one", "two", "three"]
    four = await author.standing(at["four"])
    assert (four["state"], four["live"]) == ("DRAFT", [])
    assert await intact(author, at["one"], at["three"], at["four"])
    flags = {record["subject"]["slug"]: record for record in (await log(author))[-1]["records"]}
    assert (flags["four"]["publishedBefore"], flags["four"]["publishedAfter"]) == (True, False)
    assert (flags["one"]["publishedBefore"], flags["one"]["publishedAfter"]) == (None, None)
    nothing = counted(owner_url)
    twice = await author.refused("revertRelease", releaseId=release, reason="Again.")
    again = await author.refused("publishRelease", releaseId=release)
    assert twice == again == [("STALE", "releaseId")]
    assert counted(owner_url) == nothing


async def test_what_a_revert_hid_comes_back_by_rollback_or_by_another_text(author: Api) -> None:
    at = await chapter(author)
    release = await planned(author, await text(author, at["four"]))
    await author.done("publishRelease", releaseId=release)
    await author.done("revertRelease", releaseId=release, reason="Not yet.")
    refused = await author.do("publishChallenge", **await _wish(author, at["four"]))
    assert [error["code"] for error in refused["userErrors"]] == ["IDENTICAL_TO_VERSION"]
    back = await author.rollback(at["four"], "v1.0")
    assert (back["challenge"]["state"], back["version"]["label"]) == ("PUBLISHED", "v1.0")
    record = (await log(author))[-1]["records"][0]
    assert (record["publishedBefore"], record["publishedAfter"]) == (False, True)
    assert await order(visitor(author)) == ["track", "module", "lesson", "one", "two", "three", "four"]
    archived = (await author.standing(at["four"]))["liveSetHash"]
    await author.done("archiveChallenge", challengeId=at["four"], liveSetHash=archived, reason="Out.")
    assert await intact(author, at["four"])


async def _wish(author: Api, id: str) -> dict[str, Any]:
    seen = await author.standing(id)
    seen_hashes = {"contentHash": seen["draft"]["contentHash"], "liveSetHash": seen["liveSetHash"]}
    return {"challengeId": id, "changelog": "Something."} | seen_hashes


async def test_a_revert_is_refused_whole_where_something_is_no_longer_what_the_release_left(
    author: Api, owner_url: str
) -> None:
    at = await chapter(author)
    release = await planned(
        author,
        await text(author, at["one"]),
        await text(author, at["two"]),
        {"nodeId": at["more"], "published": True},
    )
    await author.done("publishRelease", releaseId=release)
    await author.edit(at["one"], instructions="Write one, best.")
    await author.publish(at["one"])
    await author.done("setPublished", id=at["more"], published=False)
    before = counted(owner_url)
    refused = (await author.do("revertRelease", releaseId=release, reason="Why."))["userErrors"]
    assert [(error["code"], error["path"]) for error in refused] == [
        ("STALE", ["items", "0"]),
        ("STALE", ["items", "2"]),
    ]
    assert [(error["expected"], error["actual"]) for error in refused] == [
        ("version 2", "version 3"),
        ("shown", "hidden"),
    ]
    assert counted(owner_url) == before
    await author.rollback(at["one"], "v1.1")
    await author.done("setPublished", id=at["more"], published=True)
    await author.done("revertRelease", releaseId=release, reason="Why.")
    assert await live(author, at["one"], at["two"]) == [["v1.0"], ["v1.0"]]


async def test_a_node_that_was_archived_since_is_not_brought_back_by_a_revert(author: Api) -> None:
    at = await chapter(author)
    release = await planned(author, {"nodeId": at["module"], "published": False})
    await author.done("publishRelease", releaseId=release)
    await author.done("archive", id=at["module"], reason="Out of date.")
    refused = (await author.do("revertRelease", releaseId=release, reason="Why."))["userErrors"]
    assert [(error["expected"], error["actual"]) for error in refused] == [("hidden", "archived")]


async def test_an_experiment_on_what_a_revert_hid_shows_it_again(author: Api) -> None:
    at = await chapter(author)
    for _ in range(2):
        release = await planned(author, await text(author, at["four"]))
        await author.done("publishRelease", releaseId=release)
        await author.edit(at["four"], instructions="Write four, better.")
    await author.done("revertRelease", releaseId=release, reason="Why.")
    await author.done("revertRelease", releaseId=await _first(author), reason="Why.")
    assert (await author.standing(at["four"]))["state"] == "DRAFT"
    arms = [{"label": "v1.0", "weight": 50}, {"label": "v1.1", "weight": 50}]
    hash = (await author.standing(at["four"]))["liveSetHash"]
    await author.done(
        "startExperiment",
        challengeId=at["four"],
        name="Both",
        hypothesis="None.",
        arms=arms,
        controlLabel="v1.0",
        liveSetHash=hash,
    )
    assert (await author.standing(at["four"]))["state"] == "PUBLISHED"
    assert await intact(author, at["four"])


async def _first(author: Api) -> str:
    """Return the id of the release that was made first."""
    edges = (await author.run("{ releases { edges { node { id } } } }"))["releases"]["edges"]
    return str(edges[-1]["node"]["id"])


async def test_a_nightly_push_does_not_undo_a_revert_or_a_release_that_went_back(author: Api) -> None:
    at = await chapter(author)
    better = challenge("one") | {"instructions": "Write one, better."}
    newest = challenge("three") | {"instructions": "Write three, better."}
    release = await planned(author, await text(author, at["one"]), {"challengeId": at["three"], "label": "v1.0"})
    await author.done("publishRelease", releaseId=release)
    held = await author.done("applyContent", tracks=of(better, newest), publish=True)
    assert [change["path"] for change in held["changes"] if change["action"] == "HELD"] == ["track/module/lesson/three"]
    await author.done("revertRelease", releaseId=release, reason="Worse.")
    held = await author.done("applyContent", tracks=of(better, newest), publish=True)
    assert [change["path"] for change in held["changes"] if change["action"] == "HELD"] == ["track/module/lesson/one"]
    assert await live(author, at["one"], at["three"]) == [["v1.0"], ["v1.1"]]


async def test_what_was_live_at_a_moment_is_read_through_releases(author: Api) -> None:
    at = await chapter(author)
    release = await planned(author, await text(author, at["four"]))
    await author.done("publishRelease", releaseId=release)
    await author.done("revertRelease", releaseId=release, reason="Why.")
    history = """query ($id: ID!) { node(id: $id) { ... on Challenge { history { edges { node { kind at
        publication { inverseOf { seq } } } } } } } }"""
    edges = (await author.run(history, id=at["four"]))["node"]["history"]["edges"]
    assert [(edge["node"]["kind"], bool(edge["node"]["publication"]["inverseOf"])) for edge in edges] == [
        ("RELEASE", True),
        ("RELEASE", False),
    ]
    then = (
        """query ($id: ID!, $at: DateTime!) { node(id: $id) { ... on Challenge { version(asOf: $at) { label } } } }"""
    )
    versions = [
        (await author.run(then, id=at["four"], at=edge["node"]["at"]))["node"]["version"] for edge in reversed(edges)
    ]
    assert versions == [{"label": "v1.0"}, None]


async def test_learners_counts_are_taken_anew_only_where_flags_changed(author: Api, owner_url: str) -> None:
    at = await chapter(author)

    def waiting() -> int:
        with psycopg.connect(owner_url, autocommit=True) as owner:
            counted = "select 1 from jobs.procrastinate_jobs where task_name = 'counting:recount_track'"
            found = len(owner.execute(counted).fetchall())
            owner.execute("delete from jobs.procrastinate_jobs")
        return found

    waiting()
    release = await planned(author, await text(author, at["one"]), await text(author, at["four"]))
    await author.done("publishRelease", releaseId=release)
    assert waiting() == 0
    await author.done("revertRelease", releaseId=release, reason="Why.")
    assert waiting() == 1, "four counts for nobody any more, whoever completed it"
    release = await planned(author, {"nodeId": at["module"], "published": False})
    await author.done("publishRelease", releaseId=release)
    assert waiting() == 1
    await author.done("revertRelease", releaseId=release, reason="Why.")
    assert waiting() == 1
