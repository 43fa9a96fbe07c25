"""The tree's own changes: places are dense after every act, names are unique, and each change is in the log."""

import asyncio
from typing import Any

import pytest

from tests.fix_api import TEST, Api
from tests.versioning.makers import challenge, dense, ids, lesson, log, module, order, rows, track, visitor

LEVELS = ("track", "module", "lesson", "challenge")
PATHS = {
    "track": "track",
    "module": "track/module",
    "lesson": "track/module/lesson",
    "challenge": "track/module/lesson/one",
}


async def _grow(author: Api) -> dict[str, str]:
    """Make two tracks; the first has two modules, with two lessons in the first, with three challenges in the first."""
    first = lesson(challenge("one"), challenge("two"), challenge("three"))
    wide = track(module(first, lesson(slug="second")), module(lesson(challenge("far"), slug="l"), slug="other"))
    await author.done("applyContent", tracks=[wide, track(slug="last")], publish=True)
    return await ids(author)


async def _create(author: Api, level: str, found: dict[str, str], slug: str, **given: Any) -> str:
    """Create a node beside the first of its level and return its id."""
    parent = PATHS[level].rpartition("/")[0]
    if parent:
        given[f"{LEVELS[LEVELS.index(level) - 1]}Id"] = found[parent]
    if level == "challenge":
        given |= {"instructions": "Do it.", "tests": [TEST]}
    done = await author.done(f"create{level.capitalize()}", slug=slug, title=slug.capitalize(), **given)
    return str(done[level]["id"])


async def _last(author: Api) -> dict[str, Any]:
    """Return the latest entry of the log with its one record in place of all."""
    entry = (await log(author))[-1]
    (record,) = entry["records"]
    return {"kind": entry["kind"], "reason": entry["reason"], **record}


@pytest.mark.parametrize("level", LEVELS)
async def test_a_new_node_stands_last_or_where_it_was_wanted(author: Api, owner_url: str, level: str) -> None:
    found = await _grow(author)
    seq = len(await log(author))
    await _create(author, level, found, "end")
    await _create(author, level, found, "beyond", position=99)
    await _create(author, level, found, "front", position=1)
    await _create(author, level, found, "middle", position=3)
    slugs = await _siblings(author, level)
    assert slugs[0] == "front"
    assert slugs[2] == "middle"
    assert slugs[-2:] == ["end", "beyond"]
    assert dense(owner_url)
    assert len(await log(author)) == seq, "nobody sees what is new, so the log tells nothing of it"
    assert not {"front", "middle", "end", "beyond"} & set(await order(visitor(author)))


@pytest.mark.parametrize("level", LEVELS)
async def test_a_taken_slug_is_refused_with_all_other_faults(author: Api, owner_url: str, level: str) -> None:
    found = await _grow(author)
    before = rows(owner_url)
    taken = PATHS[level].rpartition("/")[2]
    parents = (
        {f"{LEVELS[LEVELS.index(level) - 1]}Id": found[PATHS[level].rpartition("/")[0]]} if "/" in PATHS[level] else {}
    )
    told = await author.refused(f"create{level.capitalize()}", slug=taken, title="", position=0, **parents)
    assert sorted(told) == [("INVALID", "position"), ("REQUIRED", "title"), ("TAKEN", "slug")]
    for odd in ("\0", "\ud800", "x" * 101, "A b"):
        told = await author.refused(f"create{level.capitalize()}", slug=odd, title="T", **parents)
        assert told == [("TOO_LARGE" if len(odd) > 100 else "INVALID", "slug")]
        told = await author.refused(f"update{level.capitalize()}", slug=odd, **{f"{level}Id": found[PATHS[level]]})
        assert told == [("TOO_LARGE" if len(odd) > 100 else "INVALID", "slug")]
    assert rows(owner_url) == before


@pytest.mark.parametrize("level", LEVELS)
async def test_a_rename_is_recorded_with_before_and_after_and_the_same_again_is_nothing(
    author: Api, level: str
) -> None:
    found = await _grow(author)
    given: dict[str, Any] = {f"{level}Id": found[PATHS[level]], "slug": "renamed"}
    if level != "challenge":
        given["title"] = "Renamed"
    if level == "track":
        given["description"] = "What it is\r\nabout."
    done = await author.done(f"update{level.capitalize()}", **given)
    assert done[level]["slug"] == "renamed"
    record = await _last(author)
    path = PATHS[level].rpartition("/")[0]
    after = {"path": f"{path}/renamed" if path else "renamed", "position": None, "title": None, "description": None}
    before = after | {"path": PATHS[level]}
    if level != "challenge":
        before["title"], after["title"] = level.capitalize(), "Renamed"
    if level == "track":
        before["description"], after["description"] = "", "What it is\nabout."
    assert (record["kind"], record["subject"]["id"]) == ("RENAME", found[PATHS[level]])
    assert (record["placeBefore"], record["placeAfter"]) == (before, after)
    live = [{"version": {"label": "v1.0"}, "weight": 100}] if level == "challenge" else []
    assert record["before"] == record["after"] == live
    length = len(await log(author))
    await author.done(f"update{level.capitalize()}", **given)
    assert len(await log(author)) == length


@pytest.mark.parametrize("level", LEVELS)
async def test_null_and_a_taken_name_are_refused_in_a_rename(author: Api, owner_url: str, level: str) -> None:
    found = await _grow(author)
    other = {"track": "last", "module": "other", "lesson": "second", "challenge": "two"}[level]
    before = rows(owner_url)
    update, id = f"update{level.capitalize()}", {f"{level}Id": found[PATHS[level]]}
    assert await author.refused(update, slug=other, **id) == [("TAKEN", "slug")]
    assert await author.refused(update, slug=None, **id) == [("REQUIRED", "slug")]
    assert rows(owner_url) == before


MOVES = [
    ("track", "last", None, 1, ["last", "track"]),
    ("module", "track/other", None, 1, ["other", "module"]),
    ("module", "track/module", "last", None, ["module"]),
    ("lesson", "track/module/lesson", None, None, ["second", "lesson"]),
    ("lesson", "track/module/lesson", "track/other", 1, ["lesson", "l"]),
    ("challenge", "track/module/lesson/one", None, 2, ["two", "one", "three"]),
    ("challenge", "track/module/lesson/one", None, 77, ["two", "three", "one"]),
    ("challenge", "track/module/lesson/two", "track/other/l", 1, ["two", "far"]),
    ("challenge", "track/module/lesson/two", "track/other/l", None, ["far", "two"]),
    ("challenge", "track/module/lesson/two", "track/module/second", 5, ["two"]),
]


@pytest.mark.parametrize(("level", "path", "parent", "position", "expected"), MOVES)
async def test_a_move_keeps_places_dense_on_both_sides_and_is_recorded(
    author: Api, owner_url: str, level: str, path: str, parent: str | None, position: int | None, expected: list[str]
) -> None:
    found = await _grow(author)
    given = {"id": found[path], "position": position} | ({"parentId": found[parent]} if parent else {})
    length = len(await log(author))
    await author.done("move", **given)
    assert await _siblings(author, level, parent or path.rpartition("/")[0]) == expected
    assert dense(owner_url)
    record = await _last(author)
    assert (record["kind"], record["subject"]["id"]) == ("MOVE", found[path])
    if parent:
        assert record["placeBefore"]["path"] == path
        assert record["placeAfter"]["path"] == f"{parent}/{path.rpartition('/')[2]}"
    else:
        assert record["placeAfter"]["position"] == expected.index(path.rpartition("/")[2]) + 1
        assert record["placeAfter"]["path"] is None
    await author.done("move", **given)
    assert len(await log(author)) == length + 1, "it stands there already"


async def test_moves_that_cannot_be(author: Api, owner_url: str) -> None:
    found = await _grow(author)
    await _create(author, "lesson", found, "l")
    before = rows(owner_url)
    one = found[PATHS["challenge"]]
    assert await author.refused("move", id=one, parentId=found["track/module"]) == [("NOT_FOUND", "parentId")]
    assert await author.refused("move", id=one, position=0) == [("INVALID", "position")]
    assert await author.refused("move", id=found["track"], parentId=found["last"]) != []
    taken = await author.refused("move", id=found["track/other/l"], parentId=found["track/module"])
    assert taken == [("TAKEN", "parentId")]
    assert rows(owner_url) == before


async def test_a_moved_challenge_keeps_its_identity_history_and_live_version(author: Api) -> None:
    found = await _grow(author)
    id = found[PATHS["challenge"]]
    await author.edit(id, title="Second")
    await author.publish(id)
    await author.rollback(id, "v1.0")
    await author.done("move", id=id, parentId=found["track/other/l"])
    await author.done("updateChallenge", challengeId=id, slug="moved")
    seen = (
        await author.run(
            """query ($id: ID!) { node(id: $id) { ... on Challenge { path version { label }
            draft { title } versions { edges { node { label } } } history { edges { node { kind } } } } }
            verifyHistory(challengeId: $id) { intact checkedVersions } }""",
            id=id,
        )
    ).data
    node = seen["node"]
    assert (node["path"], node["version"]["label"]) == ("track/other/l/moved", "v1.0")
    assert node["draft"]["title"] == "Second"
    assert [edge["node"]["label"] for edge in node["versions"]["edges"]] == ["v1.1", "v1.0"]
    kinds = [edge["node"]["kind"] for edge in node["history"]["edges"]]
    assert kinds == ["RENAME", "MOVE", "ROLLBACK", "PUBLISH", "PUBLISH"]
    assert seen["verifyHistory"] == {"intact": True, "checkedVersions": 2}


@pytest.mark.parametrize("level", LEVELS[:3])
async def test_showing_hiding_archiving_and_bringing_back_are_recorded(author: Api, level: str) -> None:
    found = await _grow(author)
    id = found[PATHS[level]]
    reader = visitor(author)
    shown = await order(reader)
    steps: list[tuple[str, dict[str, Any], str, str, tuple[bool, bool], str | None]] = [
        ("setPublished", {"published": False}, "DRAFT", "HIDE", (True, False), None),
        ("setPublished", {"published": True}, "PUBLISHED", "SHOW", (False, True), None),
        ("archive", {"reason": "Out of\r\ndate."}, "ARCHIVED", "ARCHIVE", (True, False), "Out of\ndate."),
        ("unarchive", {"reason": "Needed."}, "DRAFT", "UNARCHIVE", (False, False), "Needed."),
        ("setPublished", {"published": True}, "PUBLISHED", "SHOW", (False, True), None),
    ]
    for mutation, given, state, kind, flags, reason in steps:
        done = await author.done(mutation, id=id, **given)
        assert done["node"] == {"id": id, "state": state}
        record = await _last(author)
        assert (record["kind"], record["reason"], record["subject"]["id"]) == (kind, reason, id)
        assert (record["publishedBefore"], record["publishedAfter"]) == flags
        assert (level in await order(reader)) == (state == "PUBLISHED")
        below = await author.standing(found[PATHS["challenge"]])
        assert below["state"] == "PUBLISHED", "what stands below keeps its state"
    assert await order(reader) == shown
    length = len(await log(author))
    await author.done("setPublished", id=id, published=True)
    assert len(await log(author)) == length


@pytest.mark.parametrize("level", LEVELS[:3])
async def test_an_archived_node_refuses_everything_but_coming_back(author: Api, owner_url: str, level: str) -> None:
    found = await _grow(author)
    id = found[PATHS[level]]
    await author.done("archive", id=id, reason="Old.")
    before = rows(owner_url)
    child = LEVELS[LEVELS.index(level) + 1]
    content = {"slug": "new", "title": "New"}
    update = {f"{level}Id": id, "slug": "other", "title": "Other"}
    assert await author.refused(f"update{level.capitalize()}", **update) == [("ARCHIVED", f"{level}Id")]
    assert await author.refused("move", id=id, position=2) == [("ARCHIVED", "id")]
    assert await author.refused("setPublished", id=id, published=True) == [("ARCHIVED", "id")]
    assert await author.refused("archive", id=id, reason="Again.") == [("ARCHIVED", "id")]
    assert await author.refused(f"create{child.capitalize()}", **{f"{level}Id": id}, **content) == [
        ("ARCHIVED", f"{level}Id")
    ]
    assert await author.refused("unarchive", id=id, reason=" ") == [("REQUIRED", "reason")]
    assert rows(owner_url) == before
    await author.done("unarchive", id=id, reason="Back.")
    assert await author.refused("unarchive", id=id, reason="Back.") == [("INVALID", "id")]


async def test_nothing_is_moved_under_an_archived_node(author: Api) -> None:
    found = await _grow(author)
    await author.done("archive", id=found["track/other"], reason="Old.")
    told = await author.refused("move", id=found[PATHS["lesson"]], parentId=found["track/other"])
    assert told == [("ARCHIVED", "parentId")]


async def test_challenges_are_neither_shown_nor_archived_as_nodes(author: Api) -> None:
    found = await _grow(author)
    id = found[PATHS["challenge"]]
    for mutation, given in (
        ("setPublished", {"published": False}),
        ("archive", {"reason": "Old."}),
        ("unarchive", {"reason": "Old."}),
    ):
        assert [code for code, _ in await author.refused(mutation, id=id, **given)] == ["INVALID"]


@pytest.mark.parametrize("level", LEVELS)
async def test_writers_at_once_leave_no_gap_and_no_two_in_one_place(author: Api, owner_url: str, level: str) -> None:
    found = await _grow(author)
    made = await asyncio.gather(
        *(_create(author, level, found, f"n{number}", position=1 + number % 3) for number in range(8)),
        author.done("move", id=found[PATHS[level]], position=4),
    )
    assert len(made) == 9
    assert dense(owner_url)
    assert {f"n{number}" for number in range(8)} <= set(await _siblings(author, level))


async def test_of_two_writers_of_one_name_one_is_refused(author: Api) -> None:
    found = await _grow(author)
    given = {"slug": "same", "title": "Same"}
    for mutation, parent in (
        ("createTrack", {}),
        ("createModule", {"trackId": found["track"]}),
        ("createLesson", {"moduleId": found["track/module"]}),
        ("createChallenge", {"lessonId": found["track/module/lesson"]}),
    ):
        answers = await asyncio.gather(*(author.do(mutation, **given, **parent) for _ in range(4)))
        told = [[(error["code"], error["path"]) for error in answer["userErrors"]] for answer in answers]
        assert sorted(told) == [[], *[[("TAKEN", ["slug"])]] * 3], mutation


async def _siblings(author: Api, level: str, parent: str | None = None) -> list[str]:
    """Return the slugs of a level under a parent in order, each at its position."""
    parent = PATHS[level].rpartition("/")[0] if parent is None else parent
    tracks = [edge["node"] for edge in (await author.run(PLACES))["tracks"]["edges"]]
    nodes = tracks
    for depth, slug in enumerate(parent.split("/") if parent else []):
        nodes = next(node for node in nodes if node["slug"] == slug)[("modules", "lessons", "challenges")[depth]]
    assert [node["position"] for node in nodes] == list(range(1, len(nodes) + 1))
    return [node["slug"] for node in nodes]


PLACES = """{ tracks(first: 100) { edges { node { slug position
    modules { slug position lessons { slug position challenges { slug position } } } } } } }"""
