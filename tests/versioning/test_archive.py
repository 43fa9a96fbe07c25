"""Archiving a challenge: nothing of it is live, nothing of it is lost, and coming back restores what was live."""

from typing import Any

from tests.fix_api import Api
from tests.versioning.makers import challenge, dense, ids, log, of, order, rows, visitor

PATH = "track/module/lesson/one"


async def _archive(author: Api, id: str, *, back: bool = False, reason: str = "Why.") -> dict[str, Any]:
    hash = (await author.standing(id))["liveSetHash"]
    mutation = "unarchiveChallenge" if back else "archiveChallenge"
    return await author.done(mutation, challengeId=id, liveSetHash=hash, reason=reason)


async def _two(author: Api) -> str:
    """Make two published challenges, the first rolled back from v1.1 to v1.0, and return the first's id."""
    await author.done("applyContent", tracks=of(challenge("one"), challenge("two")), publish=True)
    id = (await ids(author))[PATH]
    await author.edit(id, title="Second")
    await author.publish(id)
    await author.rollback(id, "v1.0")
    return id


async def test_archiving_ends_what_is_live_and_unarchiving_restores_it(author: Api) -> None:
    id = await _two(author)
    reader = visitor(author)
    archived = await _archive(author, id, reason="Out of date.")
    assert archived["challenge"]["state"] == "ARCHIVED"
    assert await order(reader) == ["track", "module", "lesson", "two"]
    seen = await author.standing(id)
    assert (seen["state"], seen["live"]) == ("ARCHIVED", [])
    assert seen["draft"]["title"] == "Second", "the draft stays"
    back = await _archive(author, id, back=True)
    assert back["challenge"]["state"] == "PUBLISHED"
    assert back["publication"]["inverseOf"]["seq"] == archived["publication"]["seq"]
    assert await order(reader) == ["track", "module", "lesson", "one", "two"]
    assert (await author.standing(id))["live"] == [{"version": {"label": "v1.0"}, "weight": 100}]
    off, on = [entry for entry in await log(author) if "ARCHIVE" in entry["kind"]]
    live = [{"version": {"label": "v1.0"}, "weight": 100}]
    for entry, kind, before, after in ((off, "ARCHIVE", live, []), (on, "UNARCHIVE", [], live)):
        (record,) = entry["records"]
        assert (entry["kind"], record["subject"]["id"]) == (kind, id)
        assert (record["before"], record["after"]) == (before, after)
        assert (record["publishedBefore"], record["publishedAfter"]) == (bool(before), bool(after))
    verified = await author.run("query ($id: ID!) { verifyHistory(challengeId: $id) { intact } }", id=id)
    assert verified["verifyHistory"]["intact"]


async def test_archived_twice_and_back_twice_restores_each_time_what_was_live_then(author: Api) -> None:
    id = await _two(author)
    await _archive(author, id)
    await _archive(author, id, back=True)
    await author.rollback(id, "v1.1")
    await _archive(author, id)
    await _archive(author, id, back=True)
    assert (await author.standing(id))["live"] == [{"version": {"label": "v1.1"}, "weight": 100}]


async def test_a_new_order_around_an_archived_challenge_does_not_lose_what_was_live(
    author: Api, owner_url: str
) -> None:
    id = await _two(author)
    await _archive(author, id)
    await author.done("applyContent", tracks=of(challenge("three"), challenge("two")))
    assert dense(owner_url)
    await _archive(author, id, back=True)
    assert (await author.standing(id))["live"] == [{"version": {"label": "v1.0"}, "weight": 100}]
    assert dense(owner_url)


async def test_an_archived_published_challenge_keeps_its_slug(author: Api, owner_url: str) -> None:
    id = await _two(author)
    await _archive(author, id)
    found = await ids(author)
    before = rows(owner_url)
    given = {"lessonId": found["track/module/lesson"], "slug": "one", "title": "Another"}
    assert await author.refused("createChallenge", **given) == [("TAKEN", "slug")]
    other = {"challengeId": found["track/module/lesson/two"], "slug": "one"}
    assert await author.refused("updateChallenge", **other) == [("TAKEN", "slug")]
    assert rows(owner_url) == before


async def test_a_never_published_one_frees_its_slug_and_may_find_it_taken(author: Api, owner_url: str) -> None:
    await author.done("applyContent", tracks=of(challenge("one")))
    first = (await ids(author))[PATH]
    await _archive(author, first)
    await _archive(author, first, back=True)
    assert (await author.standing(first))["state"] == "DRAFT"
    await _archive(author, first)
    lesson = (await ids(author))["track/module/lesson"]
    made = await author.done("createChallenge", lessonId=lesson, slug="one", title="Another")
    assert dense(owner_url)
    before = rows(owner_url)
    seen = await author.standing(first)
    back = {"challengeId": first, "liveSetHash": seen["liveSetHash"], "reason": "Needed."}
    assert await author.refused("unarchiveChallenge", **back) == [("TAKEN", "challengeId")]
    assert rows(owner_url) == before
    await author.done("updateChallenge", challengeId=made["challenge"]["id"], slug="another")
    await author.done("unarchiveChallenge", **back)
    assert (await author.standing(first))["path"] == PATH


async def test_what_speaks_against_archiving_is_told(author: Api, owner_url: str) -> None:
    id = await _two(author)
    stale = (await author.standing(id))["liveSetHash"]
    await _archive(author, id)
    before = rows(owner_url)
    now = (await author.standing(id))["liveSetHash"]
    assert now != stale
    again = {"challengeId": id, "liveSetHash": now, "reason": ""}
    assert await author.refused("archiveChallenge", **again) == [("REQUIRED", "reason"), ("ARCHIVED", "challengeId")]
    for mutation in ("archiveChallenge", "unarchiveChallenge"):
        told = await author.refused(mutation, **again | {"liveSetHash": stale})
        assert told == [("STALE", "liveSetHash")]
    assert rows(owner_url) == before
    await _archive(author, id, back=True)
    now = (await author.standing(id))["liveSetHash"]
    told = await author.refused("unarchiveChallenge", **again | {"liveSetHash": now})
    assert told == [("REQUIRED", "reason"), ("INVALID", "challengeId")]


async def test_an_archived_challenge_is_neither_moved_nor_reviewed(author: Api, owner_url: str) -> None:
    id = await _two(author)
    await _archive(author, id)
    reviewer = await author.as_("reviewer")
    hash = (await author.standing(id))["draft"]["contentHash"]
    before = rows(owner_url)
    assert await author.refused("move", id=id, position=2) == [("ARCHIVED", "id")]
    judged = {"challengeId": id, "contentHash": hash}
    assert await reviewer.refused("approveDraft", **judged) == [("ARCHIVED", "challengeId")]
    assert await reviewer.refused("requestChanges", **judged, note="No.") == [("ARCHIVED", "challengeId")]
    assert await author.refused("requestReview", **judged) == [("ARCHIVED", "challengeId")]
    assert rows(owner_url) == before


async def test_the_plan_of_an_archived_challenge_says_that_it_cannot_be_published(author: Api) -> None:
    id = (await author.challenge())["id"]
    seen = await author.standing(id)
    await author.done("archiveChallenge", challengeId=id, liveSetHash=seen["liveSetHash"], reason="Old.")
    plan = await author.run(
        "query ($id: ID!) { publishPlan(challengeId: $id) { gates { gate state message } } }", id=id
    )
    valid = next(gate for gate in plan["publishPlan"]["gates"] if gate["gate"] == "VALID")
    assert (valid["state"], valid["message"]) == ("FAILED", "It is archived: unarchive it first.")


async def test_the_next_challenge_is_never_an_archived_one(author: Api) -> None:
    ids = [(await author.challenge(slug))["id"] for slug in ("one", "two", "three")]
    seen = await author.standing(ids[1])
    await author.done("archiveChallenge", challengeId=ids[1], liveSetHash=seen["liveSetHash"], reason="Old.")
    found = await author.run("query ($id: ID!) { node(id: $id) { ... on Challenge { next { slug } } } }", id=ids[0])
    assert found["node"] == {"next": {"slug": "three"}}
