"""Keyset pages of every list: whole, in order, in both directions, stable while entries are added, and checked."""

from collections.abc import Callable
from typing import Any

import pytest

from core.ids import new_id
from loaders.pages import cursor_of
from tests.fix_api import Api
from tests.versioning.makers import challenge, of

PATH = "track/module/lesson/one"
PARTS = "edges { cursor node { %s } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
PAGED = {
    "tracks": ("query (%s) { page: tracks(%s) { %s } }", "slug", lambda node: node["slug"]),
    "drafts": ("query (%s) { page: drafts(%s) { %s } }", "title", lambda node: node["title"]),
    "publications": ("query (%s) { page: publications(%s) { %s } }", "seq", lambda node: node["seq"]),
    "users": ("query (%s) { page: users(%s) { %s } }", "displayName", lambda node: node["displayName"]),
    "versions": (
        'query (%s) { challenge(path: "track/module/lesson/one") { page: versions(%s) { %s } } }',
        "label",
        lambda node: node["label"],
    ),
    "history": (
        'query (%s) { challenge(path: "track/module/lesson/one") { page: history(%s) { %s } } }',
        "seq kind",
        lambda node: (node["seq"], node["kind"]),
    ),
}
FORWARD = ("$first: Int, $after: String", "first: $first, after: $after")
BACKWARD = ("$last: Int, $before: String", "last: $last, before: $before")
LISTS = list(PAGED)


@pytest.fixture
async def admin(api: Api) -> Api:
    """The API as an admin, with seven entries or more in every list."""
    found = await api.as_("admin")
    await found.done("applyContent", tracks=of(*(challenge(f"c{number}") for number in range(6))), publish=True)
    await found.challenge("one", title="One")
    id = (await found.run('{ challenge(path: "track/module/lesson/one") { id } }'))["challenge"]["id"]
    for number in range(7):
        await found.edit(id, title=f"Text {number}")
        await found.publish(id)
    for number in range(6):
        await found.done("createTrack", slug=f"t{number}", title="T")
        await found.as_("learner", f"-{number}")
    return found


async def _page(api: Api, name: str, direction: tuple[str, str] = FORWARD, **given: Any) -> tuple[list[Any], Any, Any]:
    """Return the entries of a page as told apart, its cursors and its info."""
    operation, fields, told = PAGED[name]
    answer = await api.run(operation % (*direction, PARTS % fields), **given)
    assert answer.errors == [], answer.errors
    page = (answer.data.get("challenge") or answer.data)["page"]
    key: Callable[[Any], Any] = told
    edges = page["edges"]
    cursors = [edge["cursor"] for edge in edges]
    info = page["pageInfo"]
    assert (info["startCursor"], info["endCursor"]) == ((cursors[0], cursors[-1]) if cursors else (None, None))
    return [key(edge["node"]) for edge in edges], cursors, info


async def _codes(api: Api, name: str, direction: tuple[str, str] = FORWARD, **given: Any) -> list[str]:
    operation, fields, _ = PAGED[name]
    return (await api.run(operation % (*direction, PARTS % fields), **given)).codes


@pytest.mark.parametrize("name", LISTS)
async def test_pages_of_every_size_put_together_are_the_list(admin: Api, name: str) -> None:
    whole, cursors, info = await _page(admin, name, first=100)
    assert len(whole) == len(set(whole)) >= 7
    assert len(set(cursors)) == len(cursors)
    assert (info["hasNextPage"], info["hasPreviousPage"]) == (False, False)
    for size in (1, 2, 3, len(whole), len(whole) + 1):
        walked: list[Any] = []
        after = None
        while True:
            entries, _, info = await _page(admin, name, first=size, after=after)
            walked += entries
            assert info["hasPreviousPage"] == (after is not None)
            assert info["hasNextPage"] == (len(walked) < len(whole))
            if not info["hasNextPage"]:
                break
            assert len(entries) == size
            after = info["endCursor"]
        assert walked == whole


@pytest.mark.parametrize("name", LISTS)
async def test_any_entrys_cursor_goes_on_after_it(admin: Api, name: str) -> None:
    whole, cursors, _ = await _page(admin, name, first=100)
    for index, cursor in enumerate(cursors):
        assert (await _page(admin, name, first=100, after=cursor))[0] == whole[index + 1 :]


async def test_tracks_page_backward_too(admin: Api) -> None:
    whole, cursors, _ = await _page(admin, "tracks", first=100)
    for size in (1, 2, 3, 100):
        walked: list[str] = []
        before = None
        while True:
            entries, _, info = await _page(admin, "tracks", BACKWARD, last=size, before=before)
            walked = entries + walked
            assert info["hasNextPage"] == (before is not None)
            assert info["hasPreviousPage"] == (len(walked) < len(whole))
            if not info["hasPreviousPage"]:
                break
            before = info["startCursor"]
        assert walked == whole
    for index, cursor in enumerate(cursors):
        assert (await _page(admin, "tracks", BACKWARD, last=100, before=cursor))[0] == whole[:index]


async def test_tracks_page_one_way_at_a_time(admin: Api) -> None:
    both = ("$first: Int, $last: Int", "first: $first, last: $last")
    assert await _codes(admin, "tracks", both, first=1, last=1) == ["INVALID"]
    assert (await _page(admin, "tracks", both, last=1))[0] == ["t5"]


@pytest.mark.parametrize("name", LISTS)
async def test_sizes_from_0_to_100_are_answered_and_no_others(admin: Api, name: str) -> None:
    whole, cursors, _ = await _page(admin, name)
    assert len(whole) >= 7
    entries, _, info = await _page(admin, name, first=0)
    assert (entries, info["hasNextPage"], info["hasPreviousPage"]) == ([], True, False)
    entries, _, info = await _page(admin, name, first=0, after=cursors[-1])
    assert (entries, info["hasNextPage"], info["hasPreviousPage"]) == ([], False, True)
    assert (await _page(admin, name, first=100))[0][: len(whole)] == whole
    for size in (101, -1, 2**31 - 1, -(2**31)):
        assert await _codes(admin, name, first=size) == ["ReadError"], size


GARBAGE = [
    "",
    "nonsense",
    "=",
    "\0",
    "\ud800",
    "é",
    "bnVsbA",
    "W10",
    "eyJhIjoxfQ",
    "W251bGxd",
    "WzEuNV0",
    "W3RydWVd",
    "x" * 100_000,
    cursor_of(1, 2, 3),
    cursor_of(2**31),
    cursor_of(2**63),
    cursor_of(-1),
    cursor_of(2**31, str(new_id())),
    cursor_of(2**61, str(new_id())),
    cursor_of(2**62, str(new_id())),
    cursor_of(-1, str(new_id())),
    cursor_of(1, "no-uuid"),
    cursor_of("2026-01-01T00:00:00", str(new_id())),
    cursor_of("2026-01-01T00:00:00+00:00", "no-uuid"),
    cursor_of("yesterday", str(new_id())),
]


@pytest.mark.parametrize("name", LISTS)
async def test_cursors_that_no_list_gave_are_refused_or_empty_and_never_an_accident(admin: Api, name: str) -> None:
    whole = (await _page(admin, name, first=100))[0]
    refused = 0
    for cursor in GARBAGE:
        codes = await _codes(admin, name, first=5, after=cursor)
        assert codes in ([], ["ReadError"]), cursor[:50]
        refused += codes != []
        if codes == []:
            entries = (await _page(admin, name, first=5, after=cursor))[0]
            assert set(entries) <= set(whole)
    assert refused >= 19


async def test_backward_cursors_are_checked_likewise(admin: Api) -> None:
    for cursor in GARBAGE:
        assert await _codes(admin, "tracks", BACKWARD, last=5, before=cursor) == ["ReadError"], cursor[:50]


@pytest.mark.parametrize("name", LISTS)
async def test_the_cursor_of_another_list_is_refused_where_it_makes_no_sense(admin: Api, name: str) -> None:
    shape = {"tracks": "number and id", "drafts": "number and id", "users": "moment and id"}
    own = shape.get(name, "number")
    for other in LISTS:
        cursor = (await _page(admin, other, first=1))[1][0]
        codes = await _codes(admin, name, first=1, after=cursor)
        same = shape.get(other, "number") == own
        assert codes == ["ReadError"] or (same and codes == []), other
        if not same:
            assert codes == ["ReadError"], other


async def test_what_is_added_in_between_neither_repeats_nor_hides_an_entry(admin: Api) -> None:
    id = (await admin.run('{ challenge(path: "track/module/lesson/one") { id } }'))["challenge"]["id"]
    before = {name: await _page(admin, name, first=100) for name in LISTS}
    first = {name: await _page(admin, name, first=3) for name in LISTS}
    await admin.edit(id, title="Added")
    await admin.publish(id)
    await admin.done("createTrack", slug="t9", title="T")
    await admin.as_("learner", "-late")
    for name in LISTS:
        _, _, info = first[name]
        rest = (await _page(admin, name, first=100, after=info["endCursor"]))[0]
        if name == "tracks":
            assert rest == [*before[name][0][3:], "t9"]
        elif name == "drafts":
            assert rest == before[name][0][3:], "the edited draft was on the first page and stays out of the rest"
        else:
            assert rest == before[name][0][3:], name


async def test_pages_of_many_challenges_are_cut_for_each(admin: Api) -> None:
    operation = """query ($first: Int, $after: String) { track(slug: "track") { modules { lessons { challenges {
        slug versions(first: $first, after: $after) { edges { cursor node { label } } pageInfo { hasNextPage } }
        history(first: $first) { edges { node { seq } } pageInfo { hasNextPage } } } } } } }"""
    found = (await admin.run(operation, first=2))["track"]["modules"][0]["lessons"][0]["challenges"]
    told = {
        one["slug"]: (
            [edge["node"]["label"] for edge in one["versions"]["edges"]],
            one["versions"]["pageInfo"]["hasNextPage"],
            one["history"]["pageInfo"]["hasNextPage"],
        )
        for one in found
    }
    assert told.pop("one") == (["v1.6", "v1.5"], True, True)
    assert set(told) == {f"c{number}" for number in range(6)}
    assert list(told.values()) == [(["v1.0"], False, False)] * 6
    aliased = (
        await admin.run(
            """{ challenge(path: "track/module/lesson/one") { two: versions(first: 2) { edges { node { label } } }
            three: versions(first: 3) { edges { node { label } } } none: versions(first: 0) { edges { cursor } } } }"""
        )
    )["challenge"]
    assert [len(page["edges"]) for page in aliased.values()] == [2, 3, 0]


async def test_the_log_of_one_track_holds_what_is_about_it(admin: Api) -> None:
    await admin.done("applyContent", tracks=[of(challenge())[0] | {"slug": "t1"}], publish=True)
    operation = "query ($id: ID) { publications(first: 100, trackId: $id) { edges { node { seq } } } }"

    async def told(id: str | None) -> list[int]:
        edges = (await admin.run(operation, id=id))["publications"]["edges"]
        return [edge["node"]["seq"] for edge in edges]

    every = await told(None)
    tracks = (await admin.run("{ tracks(first: 100) { edges { node { id slug } } } }"))["tracks"]["edges"]
    by_slug = {edge["node"]["slug"]: edge["node"]["id"] for edge in tracks}
    parts = {slug: await told(id) for slug, id in by_slug.items()}
    assert len(parts["t1"]) == 3
    assert parts["t2"] == []
    assert sorted(parts["track"] + parts["t1"], reverse=True) == every
    assert await told(by_slug["t1"][:-4] + "AAAA") == []
    assert await told("nonsense") == []


async def test_drafts_of_one_state(admin: Api) -> None:
    operation = "query ($state: PublishingState) { drafts(first: 100, state: $state) { edges { node { title } } } }"
    lesson = await admin.run('{ challenge(path: "track/module/lesson/one") { lesson { id } id liveSetHash } }')
    one = lesson["challenge"]
    await admin.done("createChallenge", lessonId=one["lesson"]["id"], slug="new", title="New")
    given = {"challengeId": one["id"], "liveSetHash": one["liveSetHash"], "reason": "Old."}
    await admin.done("archiveChallenge", **given)
    found = {}
    for state in ("DRAFT", "PUBLISHED", "ARCHIVED", None):
        edges = (await admin.run(operation, state=state))["drafts"]["edges"]
        found[state] = [edge["node"]["title"] for edge in edges]
    assert found["DRAFT"] == ["New"]
    assert found["ARCHIVED"] == ["Text 6"]
    assert sorted(found["PUBLISHED"]) == [f"C{number}" for number in range(6)]
    assert found[None][:2] == ["New", "Text 6"], "the last edited first"
    assert len(found[None]) == 8


async def test_readers_page_what_they_see_and_no_gap_shows(admin: Api) -> None:
    reader = Api(admin.pool, admin.keyring, admin.clock)
    tracks = (await admin.run("{ tracks(first: 100) { edges { node { id slug } } } }"))["tracks"]["edges"]
    for edge in tracks[2::2]:
        await admin.done("setPublished", id=edge["node"]["id"], published=True)
    shown = ["track", *(edge["node"]["slug"] for edge in tracks[2::2])]
    assert (await _page(reader, "tracks"))[0] == shown
    entries, _, info = await _page(reader, "tracks", first=2)
    assert (entries, info["hasNextPage"]) == (shown[:2], True)
    rest, _, info = await _page(reader, "tracks", first=2, after=info["endCursor"])
    assert (rest, info["hasNextPage"]) == (shown[2:], False)
