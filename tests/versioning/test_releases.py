"""Releases: several challenges and flags of the tree published in one entry of the log, or nothing of them."""

import psycopg

from tests.fix_api import Api
from tests.versioning.makers import log, order, rows, setting, visitor
from tests.versioning.releasing import SEEN, chapter, counted, intact, live, look, planned, text


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
    for name in ("archiveChallenge", "unarchiveChallenge"):
        hash = (await author.standing(at["one"]))["liveSetHash"]
        await author.done(name, challengeId=at["one"], liveSetHash=hash, reason="Out, and back.")
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


async def test_an_experiment_fails_a_release_whole_whether_it_was_there_before_or_came_since(
    author: Api, owner_url: str
) -> None:
    at = await chapter(author)
    release = await planned(
        author,
        {"challengeId": at["three"], "label": "v1.0"},
        await text(author, at["one"]),
    )
    arms = [{"label": "v1.0", "weight": 50}, {"label": "v1.1", "weight": 50}]
    seen = await author.standing(at["three"])
    started = await author.done(
        "startExperiment",
        challengeId=at["three"],
        name="Which one",
        hypothesis="The first is clearer.",
        arms=arms,
        controlLabel="v1.0",
        liveSetHash=seen["liveSetHash"],
    )
    for _ in range(2):
        before = rows(owner_url)
        assert await author.refused("publishRelease", releaseId=release) == [
            ("EXPERIMENT_RUNNING", "items.0.NO_EXPERIMENT")
        ]
        assert rows(owner_url) == before
        await author.done("addToRelease", releaseId=release, item={"challengeId": at["three"], "label": "v1.0"})
    hash = (await author.standing(at["three"]))["liveSetHash"]
    experiment = started["experiment"]["id"]
    await author.done(
        "stopExperiment", experimentId=experiment, liveSetHash=hash, keepLabel="v1.1", reason="It tells nothing."
    )
    assert await author.refused("publishRelease", releaseId=release) == [("STALE", "items.0.liveSetHash")]
    await author.done("addToRelease", releaseId=release, item={"challengeId": at["three"], "label": "v1.0"})
    await author.done("publishRelease", releaseId=release)
    assert await live(author, at["one"], at["three"]) == [["v1.1"], ["v1.0"]]
    assert await intact(author, at["one"], at["three"])


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
