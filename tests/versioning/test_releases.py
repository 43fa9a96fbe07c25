"""Releases: several challenges and flags of the tree published in one entry of the log, or nothing of them."""

from typing import Any

import psycopg

from tests.fix_api import TEST, Api
from tests.versioning.makers import challenge, ids, log, module, of, order, rows, setting, track, visitor

HISTORY = ("challenge_versions", "publications", "publication_records", "publication_head", "challenges", "tracks")
SEEN = """query ($id: ID!) { node(id: $id) { ... on Release { name state changelog lateSeconds endedAt
    createdBy { displayName } scheduledBy { displayName } failures { code message path expected actual }
    publication { seq kind reason inverseOf { seq } } revert { seq inverseOf { seq } reason }
    items { subject { id slug } challenge { path } version { label } contentHash title published liveSetHash changelog
        bump addedBy { displayName } failures { code path } } } } }"""
TESTED = [TEST | {"id": "t2", "text": "It has a paragraph.", "code": "assert.ok(document.querySelector('p'));"}]


async def planned(author: Api, *items: dict[str, Any], changelog: str = "A new chapter.") -> str:
    """Plan a release of these items and return its id."""
    made = await author.done("createRelease", name="Chapter", changelog=changelog)
    id: str = made["release"]["id"]
    for item in items:
        await author.done("addToRelease", releaseId=id, item=item)
    return id


async def text(author: Api, id: str, **more: Any) -> dict[str, Any]:
    """Return the item that publishes a challenge's draft as it is now."""
    return {"challengeId": id, "contentHash": (await author.standing(id))["draft"]["contentHash"]} | more


async def look(author: Api, id: str) -> dict[str, Any]:
    """Return what staff see of a release."""
    return dict((await author.run(SEEN, id=id))["node"])


async def live(author: Api, *challenges: str) -> list[list[str]]:
    """Return the labels that are live of each challenge."""
    found = []
    for id in challenges:
        found.append([arm["version"]["label"] for arm in (await author.standing(id))["live"]])
    return found


async def intact(author: Api, *challenges: str) -> bool:
    """Tell whether these challenges' histories verify."""
    verify = "query ($id: ID!) { verifyHistory(challengeId: $id) { intact firstFault } }"
    found = [(await author.run(verify, id=id))["verifyHistory"] for id in challenges]
    assert [one["firstFault"] for one in found if one["firstFault"]] == []
    return all(one["intact"] for one in found)


async def chapter(author: Api) -> dict[str, str]:
    """Make four challenges and return the ids of all by path: one and two are published as v1.0 and edited since, three
    is at v1.1 after v1.0, four was never published; and there is a second, hidden module."""
    tree = of(*(challenge(slug) for slug in ("one", "two", "three", "four")))
    await author.done("applyContent", tracks=tree)
    await author.done("applyContent", tracks=of(*(challenge(slug) for slug in ("one", "two", "three"))), publish=True)
    await author.done("applyContent", tracks=[track(module(slug="more"))])
    found = {path.rpartition("/")[2]: id for path, id in (await ids(author)).items()}
    await author.edit(found["one"], instructions="Write one, better.")
    await author.edit(found["two"], tests=[TEST, *TESTED])
    await author.edit(found["three"], instructions="Write three, better.")
    await author.publish(found["three"])
    return found


def counted(owner_url: str) -> dict[str, tuple[int, str]]:
    """Return the rows of everything that is history or says what is live."""
    return {name: found for name, found in rows(owner_url).items() if name in (*HISTORY, "modules", "lessons")}


async def test_a_release_publishes_texts_versions_and_flags_in_one_entry(author: Api) -> None:
    at = await chapter(author)
    release = await planned(
        author,
        await text(author, at["one"]),
        await text(author, at["two"], changelog="A paragraph is asked for.", bump="MAJOR"),
        {"challengeId": at["three"], "label": "v1.0"},
        await text(author, at["four"]),
        {"nodeId": at["more"], "published": True},
    )
    before = await live(author, at["one"], at["two"], at["three"], at["four"])
    assert before == [["v1.0"], ["v1.0"], ["v1.1"], []]
    assert await order(visitor(author)) == ["track", "module", "lesson", "one", "two", "three"]
    seen = await look(author, release)
    assert [item["subject"]["slug"] for item in seen["items"]] == ["one", "two", "three", "four", "more"]
    assert [item["version"] and item["version"]["label"] for item in seen["items"]] == [None, None, "v1.0", None, None]
    assert [item["published"] for item in seen["items"]] == [None, None, None, None, True]
    assert (seen["state"], seen["publication"], seen["failures"]) == ("PLANNED", None, [])
    seq = len(await log(author))
    done = await author.done("publishRelease", releaseId=release)
    assert done["release"]["state"] == "PUBLISHED"
    assert (done["publication"]["kind"], done["publication"]["seq"]) == ("RELEASE", seq + 1)
    assert await live(author, at["one"], at["two"], at["three"], at["four"]) == [["v1.1"], ["v2.0"], ["v1.0"], ["v1.0"]]
    assert await order(visitor(author)) == [
        "track",
        "more",
        "module",
        "lesson",
        *("one", "two", "three", "four"),
    ]
    entry = (await log(author))[-1]
    assert entry["reason"] == "A new chapter."
    told = [
        ([arm["version"]["label"] for arm in record["before"]], [arm["version"]["label"] for arm in record["after"]])
        for record in entry["records"]
    ]
    assert told == [(["v1.0"], ["v1.1"]), (["v1.0"], ["v2.0"]), (["v1.1"], ["v1.0"]), ([], ["v1.0"]), ([], [])]
    flags = [(record["publishedBefore"], record["publishedAfter"]) for record in entry["records"]]
    assert flags == [(None, None)] * 4 + [(False, True)]
    changelogs = "query ($id: ID!) { node(id: $id) { ... on Challenge { version { changelog } } } }"
    for slug, changelog in (("one", "A new chapter."), ("two", "A paragraph is asked for.")):
        assert (await author.run(changelogs, id=at[slug]))["node"]["version"]["changelog"] == changelog
    assert await intact(author, at["one"], at["two"], at["three"], at["four"])


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


async def test_the_stored_text_is_published_whatever_the_draft_says_meanwhile(author: Api) -> None:
    at = await chapter(author)
    other = await author.as_("author", "other")
    release = await planned(author, await text(author, at["one"]))
    later = await other.edit(at["one"], instructions="Something else entirely.")
    await author.done("publishRelease", releaseId=release)
    version = """query ($id: ID!) { node(id: $id) { ... on Challenge { version { label instructions contentHash
        createdBy { displayName } } draft { contentHash instructions } } } }"""
    seen = (await author.run(version, id=at["one"]))["node"]
    assert seen["version"]["instructions"] == "Write one, better."
    assert seen["version"]["createdBy"]["displayName"] == "Author", "who edited the text that was published"
    assert seen["draft"]["contentHash"] == later["draft"]["contentHash"]
    assert await intact(author, at["one"])
    await author.publish(at["one"])
    assert await live(author, at["one"]) == [["v1.2"]]


async def test_an_item_is_brought_up_to_date_by_adding_it_again(author: Api, owner_url: str) -> None:
    at = await chapter(author)
    first = await text(author, at["one"])
    release = await planned(author, first, await text(author, at["two"]))
    await author.edit(at["one"], instructions="Write one, best.")
    await author.rollback(at["three"], "v1.0")
    await author.done("updateChallenge", challengeId=at["one"], slug="uno")
    before = counted(owner_url)
    stale = (await author.do("publishRelease", releaseId=release))["userErrors"]
    assert [(error["code"], error["path"]) for error in stale] == [("STALE", ["items", "0", "liveSetHash"])]
    assert counted(owner_url) == before
    assert await author.refused("addToRelease", releaseId=release, item=first | {"liveSetHash": "0" * 64}) == [
        ("STALE", "item.liveSetHash")
    ]
    renewed = await author.done("addToRelease", releaseId=release, item=first)
    assert [item["subject"]["id"] for item in renewed["release"]["items"]] == [at["one"], at["two"]]
    await author.done("publishRelease", releaseId=release)
    seen = (await author.run(SEEN, id=release))["node"]
    assert seen["items"][0]["contentHash"] == first["contentHash"], "the text that it held is kept"
    assert await live(author, at["one"], at["two"]) == [["v1.1"], ["v2.0"]]


async def test_a_publish_of_one_challenge_in_between_fails_the_release_whole(author: Api, owner_url: str) -> None:
    at = await chapter(author)
    release = await planned(author, await text(author, at["one"]), await text(author, at["two"]))
    await author.publish(at["two"])
    before = rows(owner_url)
    stale = (await author.do("publishRelease", releaseId=release))["userErrors"]
    assert [(error["code"], error["path"]) for error in stale] == [("STALE", ["items", "1", "liveSetHash"])]
    assert rows(owner_url) == before
    removed = await author.done("removeFromRelease", releaseId=release, id=at["two"])
    assert [item["subject"]["id"] for item in removed["release"]["items"]] == [at["one"]]
    await author.done("publishRelease", releaseId=release)
    assert await live(author, at["one"], at["two"]) == [["v1.1"], ["v2.0"]]


async def test_every_gate_is_read_again_for_the_stored_text_and_all_faults_come_at_once(
    author: Api, owner_url: str
) -> None:
    at = await chapter(author)
    await author.edit(at["one"], tests=[])
    await author.edit(at["four"], instructions="")
    release = await planned(
        author,
        await text(author, at["one"], changelog=" "),
        await text(author, at["two"], bump="MINOR"),
        await text(author, at["four"]),
    )
    before = rows(owner_url)
    assert await author.refused("publishRelease", releaseId=release) == [
        ("GATE_FAILED", "items.0.HAS_TESTS"),
        ("GATE_FAILED", "items.0.CHANGELOG"),
        ("GATE_FAILED", "items.1.bump"),
        ("GATE_FAILED", "items.2.VALID"),
    ]
    assert rows(owner_url) == before
    assert await author.refused("publishRelease", releaseId=await planned(author)) == [("REQUIRED", "releaseId")]


async def test_an_approval_holds_for_the_stored_text_and_its_editors(author: Api, api: Api) -> None:
    admin = await api.as_("admin")
    reviewer = await api.as_("admin", "reviewer")
    at = await chapter(author)
    await setting(admin, "reviewers_required", "1")
    release = await planned(author, await text(author, at["one"]))
    assert await author.refused("publishRelease", releaseId=release) == [("GATE_FAILED", "items.0.REVIEWED")]
    hash = (await author.standing(at["one"]))["draft"]["contentHash"]
    await reviewer.done("approveDraft", challengeId=at["one"], contentHash=hash)
    await reviewer.edit(at["one"], instructions="Edited by who approved the text before.")
    await author.done("publishRelease", releaseId=release)
    reviewed = "query ($id: ID!) { node(id: $id) { ... on Challenge { version { reviewedBy { displayName } } } } }"
    assert (await author.run(reviewed, id=at["one"]))["node"]["version"]["reviewedBy"]["displayName"] == "Adminreviewer"
    # Who edited the draft since may not approve what it says now, although the text before was published.
    mine = (await author.standing(at["one"]))["draft"]["contentHash"]
    refused = await reviewer.refused("approveDraft", challengeId=at["one"], contentHash=mine)
    assert refused == [("GATE_FAILED", "REVIEWED")]


async def test_what_cannot_become_part_of_a_release_is_told(author: Api, owner_url: str) -> None:
    at = await chapter(author)
    release = await planned(author)
    hash = (await author.standing(at["three"]))["draft"]["contentHash"]
    one = await author.standing(at["one"])
    before = rows(owner_url)
    for item, wanted in (
        ({"challengeId": at["one"], "label": "v1.0"}, [("ALREADY_LIVE", "item.label")]),
        ({"challengeId": at["one"], "label": "v9.9"}, [("NOT_FOUND", "item.label")]),
        ({"challengeId": at["one"], "contentHash": "0" * 64}, [("STALE", "item.contentHash")]),
        ({"challengeId": at["three"], "contentHash": hash}, [("NOTHING_TO_PUBLISH", "item.contentHash")]),
        ({"challengeId": at["one"]}, [("INVALID", "item")]),
        ({"challengeId": at["one"], "label": "v1.0", "published": True}, [("INVALID", "item")]),
        ({}, [("INVALID", "item")]),
        ({"nodeId": at["more"], "published": False}, [("INVALID", "item.published")]),
        ({"nodeId": at["more"]}, [("INVALID", "item")]),
        ({"nodeId": at["one"], "published": True}, [("NOT_FOUND", "item.nodeId")]),
    ):
        assert await author.refused("addToRelease", releaseId=release, item=item) == wanted, item
    assert await author.refused("addToRelease", releaseId=at["one"], item={}) == [
        ("NOT_FOUND", "releaseId"),
        ("INVALID", "item"),
    ]
    assert await author.refused("removeFromRelease", releaseId=release, id=at["one"]) == [("NOT_FOUND", "id")]
    assert await author.refused("createRelease", name=" ", changelog="x" * 2001) == [
        ("REQUIRED", "name"),
        ("TOO_LARGE", "changelog"),
    ]
    assert rows(owner_url) == before
    await author.done("archiveChallenge", challengeId=at["one"], liveSetHash=one["liveSetHash"], reason="Out.")
    item = {"challengeId": at["one"], "contentHash": one["draft"]["contentHash"]}
    assert await author.refused("addToRelease", releaseId=release, item=item) == [("ARCHIVED", "item.challengeId")]
    await author.rollback(at["three"], "v1.0")
    again = {"challengeId": at["three"], "contentHash": hash}
    assert await author.refused("addToRelease", releaseId=release, item=again) == [
        ("IDENTICAL_TO_VERSION", "item.contentHash")
    ]


async def test_a_text_that_was_changed_behind_the_gateway_is_not_published(author: Api, owner_url: str) -> None:
    at = await chapter(author)
    release = await planned(author, await text(author, at["one"]))
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("update release_items set instructions = 'Write something bad.'")
    assert await author.refused("publishRelease", releaseId=release) == [("STALE", "items.0.contentHash")]


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


async def test_releases_are_paged_newest_first_and_by_state(author: Api) -> None:
    at = await chapter(author)
    names = [f"Release {number}" for number in range(5)]
    made = [(await author.done("createRelease", name=name))["release"]["id"] for name in names]
    await author.done("addToRelease", releaseId=made[1], item={"nodeId": at["more"], "published": True})
    await author.done("publishRelease", releaseId=made[1])
    paged = """query ($after: String, $state: ReleaseState) { releases(first: 2, after: $after, state: $state) {
        edges { node { name state } } pageInfo { hasNextPage endCursor } } }"""
    found: list[str] = []
    after = None
    for _ in range(3):
        page = (await author.run(paged, after=after))["releases"]
        found += [edge["node"]["name"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
    assert (found, page["pageInfo"]["hasNextPage"]) == (names[::-1], False)
    published = (await author.run(paged, state="PUBLISHED"))["releases"]["edges"]
    assert [edge["node"]["name"] for edge in published] == ["Release 1"]
    assert (await author.run(paged, after="bm8")).codes == ["ReadError"]
    assert (await (await author.as_("learner")).run(paged)).codes == ["FORBIDDEN"]
    assert (await visitor(author).run(SEEN, id=made[1]))["node"] is None


async def test_the_same_key_publishes_a_release_once(author: Api, owner_url: str) -> None:
    at = await chapter(author)
    release = await planned(author, await text(author, at["one"]))
    first = await author.done("publishRelease", releaseId=release, idempotencyKey="k")
    before = counted(owner_url)
    assert await author.done("publishRelease", releaseId=release, idempotencyKey="k") == first
    assert counted(owner_url) == before


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
