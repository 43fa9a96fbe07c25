"""``applyContent``: what is wanted comes about, all of it or nothing, twice like once, and nothing beside it."""

import asyncio
from typing import Any

import psycopg
import pytest

from core import limits
from tests.fix_api import TEST, Api
from tests.practice.makers import archive
from tests.versioning.makers import challenge, dense, ids, lesson, log, module, of, order, rows, setting, track, visitor
from tests.waits import soon, waiting

AT = "tracks.0.modules.0.lessons.0.challenges"
PATH = "track/module/lesson"


async def _apply(author: Api, tracks: list[dict[str, Any]], **options: Any) -> dict[str, str]:
    """Apply without being refused and return, by path, what happened that is more than UNCHANGED."""
    done = await author.done("applyContent", tracks=tracks, **options)
    changed: dict[str, str] = {}
    for change in done["changes"]:
        if change["action"] != "UNCHANGED":
            changed[change["path"]] = f"{changed.get(change['path'], '')} {change['action']}".strip()
    return changed


async def test_a_dry_run_writes_nothing_and_tells_what_the_real_run_then_does(author: Api, owner_url: str) -> None:
    await author.done("applyContent", tracks=of(challenge("one"), challenge("two")), publish=True)
    wanted = [
        track(
            module(lesson(challenge("three"), challenge("one", title="Changed")), title="Renamed"),
            description="New.",
        ),
        track(slug="other"),
    ]
    before = rows(owner_url)
    dry = await author.done("applyContent", tracks=wanted, publish=True, prune=True, dryRun=True)
    assert rows(owner_url) == before
    real = await author.done("applyContent", tracks=wanted, publish=True, prune=True)
    assert rows(owner_url) != before
    assert real == dry
    assert (real["created"], real["archived"], real["published"]) == (2, 1, 2)


async def test_a_dry_run_keeps_no_idempotency_key(author: Api) -> None:
    dry = await author.done("applyContent", tracks=of(challenge()), dryRun=True, idempotencyKey="k")
    again = await author.done("applyContent", tracks=of(challenge()), dryRun=True, idempotencyKey="k")
    assert dry == again
    assert (await author.done("applyContent", tracks=of(challenge()), idempotencyKey="k"))["created"] == 4


async def test_applied_twice_it_changes_nothing(author: Api, owner_url: str) -> None:
    wanted = [track(module(lesson(challenge("one"), challenge("two")), lesson(slug="empty")), description="a\r\nb")]
    first = await author.done("applyContent", tracks=wanted, publish=True, prune=True)
    assert (first["created"], first["published"]) == (6, 2)
    before = rows(owner_url)
    second = await author.done("applyContent", tracks=wanted, publish=True, prune=True)
    assert rows(owner_url) == before
    assert {change["action"] for change in second["changes"]} == {"UNCHANGED"}
    assert second["unchanged"] == 6


async def test_without_publish_learners_see_nothing_of_it(author: Api) -> None:
    done = await author.done("applyContent", tracks=of(challenge()))
    assert (done["created"], done["published"]) == (4, 0)
    assert await order(visitor(author)) == []
    assert await log(author) == []


async def test_list_order_is_position_and_is_recorded_as_one_move(author: Api, owner_url: str) -> None:
    slugs = ["a", "b", "c", "d"]
    await _apply(author, of(*map(challenge, slugs)), publish=True)
    seq = (await log(author))[-1]["seq"]
    await _apply(author, of(*map(challenge, ["d", "x", "a", "c"])), publish=True)
    assert (await order(author))[3:] == ["d", "x", "a", "c", "b"]
    assert dense(owner_url)
    moved, _published = [entry for entry in await log(author) if entry["seq"] > seq]
    assert moved["kind"] == "MOVE"
    assert [
        (record["subject"]["slug"], record["placeBefore"]["position"], record["placeAfter"]["position"])
        for record in moved["records"]
    ] == [("d", 4, 1), ("a", 1, 3), ("b", 2, 5)], "c kept its place among those that were there"
    for record in moved["records"]:
        assert record["before"] == record["after"] == [{"version": {"label": "v1.0"}, "weight": 100}]


async def test_modules_and_lessons_take_the_order_of_their_lists_too(author: Api, owner_url: str) -> None:
    first = [track(module(slug="m1"), module(lesson(slug="l1"), lesson(slug="l2"), slug="m2"))]
    await _apply(author, first, publish=True)
    second = [track(module(lesson(slug="l2"), lesson(slug="l1"), slug="m2"), module(slug="m1"))]
    await _apply(author, second)
    assert await order(author) == ["track", "m2", "l2", "l1", "m1"]
    assert (await log(author))[-1]["kind"] == "MOVE"
    assert dense(owner_url)


async def test_prune_archives_only_the_topmost_and_only_in_named_tracks(author: Api, owner_url: str) -> None:
    wide = track(
        module(lesson(challenge("keep"), challenge("go")), lesson(challenge("below"), slug="gone")),
        module(lesson(challenge("deep"), slug="l"), slug="whole"),
    )
    await _apply(author, [wide, track(module(lesson(challenge())), slug="other")], publish=True)
    narrow = of(challenge("keep"))
    assert await _apply(author, narrow) == {}
    pruned = await _apply(author, narrow, prune=True)
    assert pruned == {"track/module/gone": "ARCHIVED", "track/module/lesson/go": "ARCHIVED", "track/whole": "ARCHIVED"}
    assert await order(visitor(author)) == ["track", "module", "lesson", "keep", "other", "module", "lesson", "one"]
    found = await ids(author)
    assert (await author.standing(found["track/module/gone/below"]))["state"] == "PUBLISHED"
    assert (await author.standing(found["track/whole/l/deep"]))["state"] == "PUBLISHED"
    assert (await author.standing(found[f"{PATH}/go"]))["state"] == "ARCHIVED"
    before = rows(owner_url)
    assert await _apply(author, narrow, prune=True) == {}, "what an archived node hides stays as it is"
    assert rows(owner_url) == before


RENAMED = challenge("one", formerPath=f"{PATH}/one")
FORMER = {
    "track": ("new/module/lesson/one", [track(module(lesson(challenge())), slug="new", formerPath="track")]),
    "module": ("track/new/lesson/one", [track(module(lesson(challenge()), slug="new", formerPath="track/module"))]),
    "lesson": ("track/module/new/one", [track(module(lesson(challenge(), slug="new", formerPath=PATH)))]),
    "challenge": (
        f"{PATH}/new",
        of(challenge("new", title="One", instructions="Write one.", formerPath=f"{PATH}/one")),
    ),
    "all four at once": (
        "t/m/l/c",
        [
            track(
                module(
                    lesson(
                        RENAMED | {"slug": "c"},
                        slug="l",
                        formerPath=PATH,
                    ),
                    slug="m",
                    formerPath="track/module",
                ),
                slug="t",
                formerPath="track",
            )
        ],
    ),
    "to another track": (
        "b/n/k/one",
        [track(module(lesson(RENAMED, slug="k"), slug="n"), slug="b")],
    ),
}


@pytest.mark.parametrize("level", FORMER)
async def test_a_former_path_keeps_identity_and_history(author: Api, owner_url: str, level: str) -> None:
    path, wanted = FORMER[level]
    await _apply(author, of(challenge()), publish=True)
    id = (await ids(author))[f"{PATH}/one"]
    await _apply(author, wanted, publish=True, prune=True)
    seen = await author.standing(id)
    assert (seen["path"], seen["live"][0]["version"]["label"]) == (path, "v1.0")
    by_former = await visitor(author).run('{ challenge(path: "track/module/lesson/one") { id path } }')
    assert by_former["challenge"] == {"id": id, "path": path}
    verified = await author.run("query ($id: ID!) { verifyHistory(challengeId: $id) { intact } }", id=id)
    assert verified["verifyHistory"]["intact"]
    assert dense(owner_url)
    kinds = {entry["kind"] for entry in await log(author)} - {"SHOW", "PUBLISH"}
    assert kinds == ({"MOVE"} if level == "to another track" else {"RENAME"})
    before = rows(owner_url)
    assert await _apply(author, wanted, publish=True, prune=True) == {}
    assert rows(owner_url) == before


async def test_a_renamed_module_takes_along_what_is_not_named_and_prune_archives_it_once(author: Api) -> None:
    await _apply(author, [track(module(lesson(challenge("one")), lesson(challenge("two"), slug="rest")))], publish=True)
    wanted = [track(module(lesson(challenge("one")), slug="new", formerPath="track/module"))]
    done = await _apply(author, wanted, prune=True)
    assert done == {"track/new": "UPDATED", "track/new/rest": "ARCHIVED"}


async def test_former_paths_that_cannot_be_are_told(author: Api, owner_url: str) -> None:
    await _apply(author, of(challenge("one"), challenge("two")), publish=True)
    before = rows(owner_url)
    cases: list[tuple[list[dict[str, Any]], list[tuple[str, str]]]] = [
        (of(challenge("two", formerPath=f"{PATH}/one")), [("TAKEN", f"{AT}.0.formerPath")]),
        (
            of(challenge("one"), challenge("new", formerPath=f"{PATH}/one")),
            [("INVALID", f"{AT}.1.formerPath")],
        ),
        (
            of(challenge("new", formerPath=f"{PATH}/one"), challenge("newer", formerPath=f"{PATH}/one")),
            [("TAKEN", f"{AT}.1.formerPath")],
        ),
        (of(challenge("new", formerPath=PATH)), [("INVALID", f"{AT}.0.formerPath")]),
        (of(challenge("new", formerPath="a\0b")), [("INVALID", f"{AT}.0.formerPath")]),
        (of(challenge("new", formerPath="x" * 404)), [("TOO_LARGE", f"{AT}.0.formerPath")]),
    ]
    for wanted, told in cases:
        assert (await author.refused("applyContent", tracks=wanted))[-1:] == told
        assert rows(owner_url) == before


async def test_a_former_path_that_never_was_is_no_fault(author: Api) -> None:
    done = await _apply(author, of(challenge(formerPath="a/b/c/d")))
    assert done[f"{PATH}/one"] == "CREATED"


async def test_a_removed_and_an_added_challenge_of_equal_text_ask_for_the_former_path(
    author: Api, owner_url: str
) -> None:
    await _apply(author, of(challenge("one")), publish=True)
    renamed = challenge("uno", title="One", instructions="Write one.")
    before = rows(owner_url)
    payload = await author.do("applyContent", tracks=of(renamed), prune=True)
    (error,) = payload["userErrors"]
    assert (error["code"], error["path"]) == ("INVALID", [*AT.split("."), "0", "formerPath"])
    assert f"{PATH}/one" in error["message"]
    assert rows(owner_url) == before
    done = await _apply(author, of(renamed | {"formerPath": f"{PATH}/one"}), prune=True)
    assert done == {f"{PATH}/uno": "UPDATED"}


async def test_a_draft_that_somebody_else_edited_is_stale_unless_overwritten(author: Api, owner_url: str) -> None:
    await _apply(author, of(challenge("one"), challenge("two")), publish=True)
    other = await author.as_("admin")
    found = await ids(author)
    mine = (await author.standing(found[f"{PATH}/two"]))["draft"]["contentHash"]
    theirs = (await other.edit(found[f"{PATH}/two"], title="By hand"))["draft"]["contentHash"]
    wanted = of(challenge("one", title="New"), challenge("two", title="New"))
    before = rows(owner_url)
    (error,) = (await author.do("applyContent", tracks=wanted))["userErrors"]
    assert (error["code"], ".".join(error["path"])) == ("STALE", f"{AT}.1")
    assert (error["expected"], error["actual"]) == (mine, theirs)
    assert rows(owner_url) == before
    done = await _apply(author, wanted, overwrite=True, publish=True)
    assert done == {f"{PATH}/one": "UPDATED PUBLISHED", f"{PATH}/two": "UPDATED PUBLISHED"}
    past = await author.run(
        "query ($id: ID!) { node(id: $id) { ... on Challenge { draft { pastRevisions { title } } } } }",
        id=found[f"{PATH}/two"],
    )
    assert past["node"]["draft"]["pastRevisions"][0] == {"title": "By hand"}


async def test_a_draft_edited_elsewhere_to_what_is_wanted_is_not_stale(author: Api) -> None:
    await _apply(author, of(challenge("one")))
    other = await author.as_("admin")
    await other.edit((await ids(author))[f"{PATH}/one"], title="Wanted")
    assert await _apply(author, of(challenge("one", title="Wanted"))) == {}
    assert await _apply(author, of(challenge("one", title="Next"))) == {f"{PATH}/one": "UPDATED"}


async def test_a_draft_that_is_its_creators_alone_is_not_applied_over(author: Api) -> None:
    await _apply(author, of(challenge("one"), challenge("two")))
    admin = await author.as_("admin")
    await setting(admin, "drafts_editable_by", "creator")
    wanted = of(challenge("one", title="Mine now"), challenge("two"))
    assert await admin.refused("applyContent", tracks=wanted, overwrite=True) == [("INVALID", f"{AT}.0")]
    assert await _apply(author, wanted) == {f"{PATH}/one": "UPDATED"}


async def test_faults_of_publishing_are_told_for_all_challenges_at_once_and_nothing_is_written(
    author: Api, owner_url: str
) -> None:
    challenges = [challenge(f"c{number}") for number in range(201)]
    challenges[0] |= {"instructions": " "}
    challenges[100] |= {"tests": []}
    challenges[199] |= {"tests": [], "instructions": ""}
    before = rows(owner_url)
    assert await author.refused("applyContent", tracks=of(*challenges), publish=True) == [
        ("GATE_FAILED", f"{AT}.0.VALID"),
        ("GATE_FAILED", f"{AT}.100.HAS_TESTS"),
        ("GATE_FAILED", f"{AT}.199.VALID"),
        ("GATE_FAILED", f"{AT}.199.HAS_TESTS"),
    ]
    assert rows(owner_url) == before


async def test_required_reviews_hold_for_applied_content_too(author: Api) -> None:
    await setting(await author.as_("admin"), "reviewers_required", "1")
    await author.done("applyContent", tracks=of(challenge()))
    assert await author.refused("applyContent", tracks=of(challenge()), publish=True) == [
        ("GATE_FAILED", f"{AT}.0.REVIEWED")
    ]
    id = (await ids(author))[f"{PATH}/one"]
    reviewer = await author.as_("reviewer")
    seen = (await author.standing(id))["draft"]["contentHash"]
    await reviewer.done("approveDraft", challengeId=id, contentHash=seen)
    assert (await _apply(author, of(challenge()), publish=True))[f"{PATH}/one"] == "PUBLISHED"


async def test_a_tree_that_was_rolled_back_is_held_and_the_rest_published(author: Api) -> None:
    await _apply(author, of(challenge("one"), challenge("two")), publish=True)
    pushed = of(challenge("one", title="Bad"), challenge("two", title="Good"))
    await _apply(author, pushed, publish=True)
    id = (await ids(author))[f"{PATH}/one"]
    await author.rollback(id, "v1.0")
    again = of(challenge("one", title="Bad"), challenge("two", title="Better"))
    done = await _apply(author, again, publish=True)
    assert done == {f"{PATH}/one": "HELD", f"{PATH}/two": "UPDATED PUBLISHED"}
    assert (await author.standing(id))["live"][0]["version"]["label"] == "v1.0"
    mended = of(challenge("one", title="Mended"), challenge("two", title="Better"))
    assert (await _apply(author, mended, publish=True)) == {f"{PATH}/one": "UPDATED PUBLISHED"}


async def test_archived_nodes_that_are_named_again_are_refused(author: Api, owner_url: str) -> None:
    await _apply(author, [track(module(lesson(challenge("one"), challenge("two")), lesson(slug="old")))], publish=True)
    await _apply(author, of(challenge("one")), prune=True)
    before = rows(owner_url)
    wanted = [track(module(lesson(challenge("one"), challenge("two")), lesson(slug="old")))]
    assert await author.refused("applyContent", tracks=wanted, publish=True) == [
        ("ARCHIVED", "tracks.0.modules.0.lessons.1"),
        ("ARCHIVED", f"{AT}.1"),
    ]
    assert rows(owner_url) == before


async def test_a_name_freed_by_archiving_an_unpublished_challenge_is_taken_afresh(author: Api) -> None:
    await _apply(author, of(challenge("one"), challenge("two")))
    old = (await ids(author))[f"{PATH}/two"]
    await _apply(author, of(challenge("one")), prune=True)
    assert (await _apply(author, of(challenge("one"), challenge("two"))))[f"{PATH}/two"] == "CREATED"
    new = (await author.run('{ challenge(path: "track/module/lesson/two") { id } }'))["challenge"]["id"]
    assert new != old
    assert (await author.standing(old))["state"] == "ARCHIVED"


async def test_more_than_5000_challenges_are_too_many(author: Api) -> None:
    bare = {"title": "C", "instructions": "", "difficulty": "EASY", "points": 1, "estimatedTimeMinutes": 1, "tests": []}
    challenges = [bare | {"slug": f"c{number}"} for number in range(limits.CHALLENGES_OF_AN_APPLY + 1)]
    told = await author.refused("applyContent", tracks=of(*challenges))
    assert told == [("TOO_LARGE", "tracks")]


async def test_one_address_named_twice_is_refused(author: Api) -> None:
    twice = [track(module(lesson(challenge("one"), challenge("one")), lesson())), track()]
    assert await author.refused("applyContent", tracks=twice) == [
        ("TAKEN", f"{AT}.1.slug"),
        ("TAKEN", "tracks.0.modules.0.lessons.1.slug"),
        ("TAKEN", "tracks.1.slug"),
    ]


async def test_what_is_published_together_is_one_entry_of_the_log(author: Api) -> None:
    await _apply(author, of(challenge("one"), challenge("two")), publish=True, changelog="The first of all.")
    entries = await log(author)
    assert [(entry["kind"], entry["reason"], len(entry["records"])) for entry in entries] == [
        ("SHOW", "The first of all.", 3),
        ("PUBLISH", "The first of all.", 2),
    ]
    assert [record["after"][0]["version"]["label"] for record in entries[1]["records"]] == ["v1.0", "v1.0"]


async def test_content_survives_the_way_through_the_tree(author: Api) -> None:
    full = challenge(
        "one",
        instructions="a\r\nb",
        difficulty="HARD",
        points=7,
        starter={"html": "<p>\r</p>"},
        solution={"js": "1\r\n2"},
        tests=[{k: v for k, v in TEST.items() if k != "id"} | {"weight": 3, "hidden": True}],
        hints=[{"text": "Look."}],
    )
    await _apply(author, of(full), publish=True)
    seen = await author.run(
        """{ challenge(path: "track/module/lesson/one") { version { instructions difficulty points
        starter { html } solution { js } sourceTests { testId weight hidden } hints { text } } } }"""
    )
    assert seen["challenge"]["version"] == {
        "instructions": "a\nb",
        "difficulty": "HARD",
        "points": 7,
        "starter": {"html": "<p>\n</p>"},
        "solution": {"js": "1\n2"},
        "sourceTests": [{"testId": "t1", "weight": 3, "hidden": True}],
        "hints": [{"text": "Look."}],
    }


async def test_prune_leaves_what_somebody_archived_while_it_waited(author: Api, owner_url: str) -> None:
    await author.done("applyContent", tracks=of(challenge("one"), challenge("two")), publish=True)
    two = (await ids(author))[f"{PATH}/two"]
    with psycopg.connect(owner_url) as holding:
        holding.execute("select from publication_head for update")
        archiving = asyncio.create_task(archive(author, two))
        await soon(lambda: waiting(owner_url) == 1)
        applying = asyncio.create_task(_apply(author, of(challenge("one")), publish=True, prune=True))
        await soon(lambda: waiting(owner_url) == 2)
        holding.rollback()
        await archiving
        assert await applying == {}
    assert [entry["kind"] for entry in await log(author)].count("ARCHIVE") == 1
    await archive(author, two, back=True)
    assert (await author.run("query ($p: String!) { challenge(path: $p) { version { label } } }", p=f"{PATH}/two"))[
        "challenge"
    ]["version"] == {"label": "v1.0"}
