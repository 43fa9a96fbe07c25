"""Drafts: what is absent stays, what is given replaces whole, nothing is lost, and nothing is written for nothing."""

from typing import Any

import pytest

from tests.fix_api import TEST, Api
from tests.versioning.makers import rows, setting

PATH = "track/module/lesson/one"
FULL: dict[str, Any] = {
    "title": "One",
    "instructions": "Write a heading.",
    "difficulty": "MEDIUM",
    "points": 7,
    "estimatedTimeMinutes": 3,
    "starter": {"html": "<p></p>", "css": "p {}", "js": "let a;"},
    "solution": {"html": "<h1></h1>", "css": "", "js": "let b;"},
    "tests": [TEST, TEST | {"id": "t2", "weight": 2, "hidden": True, "timeoutMs": 5000, "fresh": True}],
    "hooks": {"beforeAll": "let a;", "beforeEach": "let b;", "afterEach": "let c;"},
    "hints": [{"text": "First."}, {"text": "Second."}],
}
OTHER: dict[str, Any] = {
    "title": "Other",
    "instructions": "Write a list.",
    "difficulty": "HARD",
    "points": 8,
    "estimatedTimeMinutes": 4,
    "starter": {"html": "", "css": "", "js": "let c;"},
    "solution": {"html": "<ul></ul>", "css": "", "js": ""},
    "tests": [TEST | {"id": "t9", "text": "It has a list."}],
    "hooks": {"beforeAll": "", "beforeEach": "let d;", "afterEach": ""},
    "hints": [],
}
DRAFT = """query ($id: ID!) { node(id: $id) { ... on Challenge { draft {
    revision contentHash title instructions difficulty points estimatedTimeMinutes
    starter { html css js } solution { html css js } tests { testId text code weight hidden timeoutMs fresh }
    hooks { beforeAll beforeEach afterEach } hints { text } updatedBy { displayName }
} } } }"""
PAST = """query ($id: ID!) { node(id: $id) { ... on Challenge { draft { pastRevisions {
    revision title instructions solution { js } tests { testId } savedBy { displayName }
} } } } }"""


async def _draft(author: Api, id: str) -> dict[str, Any]:
    return dict((await author.run(DRAFT, id=id))["node"]["draft"])


def _shown(fields: dict[str, Any]) -> dict[str, Any]:
    """Return given fields as a draft shows them."""
    tests = [{"weight": 1, "hidden": False, "timeoutMs": 2000, "fresh": False} | test for test in fields["tests"]]
    return fields | {"tests": [{"testId": test.pop("id"), **test} for test in tests]}


def _content(draft: dict[str, Any]) -> dict[str, Any]:
    return {name: draft[name] for name in FULL}


async def test_a_new_challenge_takes_defaults_for_what_is_absent(author: Api) -> None:
    await author.challenge("first")
    tree = (await author.run("{ tracks { edges { node { modules { lessons { id } } } } } }"))["tracks"]["edges"]
    bare = {"lessonId": tree[0]["node"]["modules"][0]["lessons"][0]["id"], "slug": "bare", "title": "Bare"}
    draft = await _draft(author, (await author.done("createChallenge", **bare))["challenge"]["id"])
    empty = {"html": "", "css": "", "js": ""}
    assert _content(draft) == {
        "title": "Bare",
        "instructions": "",
        "difficulty": "EASY",
        "points": 10,
        "estimatedTimeMinutes": 10,
        "starter": empty,
        "solution": empty,
        "tests": [],
        "hooks": {"beforeAll": "", "beforeEach": "", "afterEach": ""},
        "hints": [],
    }
    assert draft["revision"] == 1


@pytest.mark.parametrize("name", FULL)
async def test_one_field_given_leaves_all_others(author: Api, name: str) -> None:
    id = (await author.challenge(**FULL))["id"]
    assert _content(await _draft(author, id)) == _shown(FULL)
    await author.edit(id, **{name: OTHER[name]})
    now = await _draft(author, id)
    assert _content(now) == _shown(FULL) | {name: _shown(OTHER)[name]}
    assert now["revision"] == 2


@pytest.mark.parametrize("name", FULL)
async def test_null_is_refused_where_it_stands(author: Api, owner_url: str, name: str) -> None:
    id = (await author.challenge(**FULL))["id"]
    before = rows(owner_url)
    told = await author.refused("updateChallengeDraft", challengeId=id, expectedRevision=1, **{name: None})
    assert told == [("REQUIRED", name)]
    assert rows(owner_url) == before


async def test_every_null_is_told_at_once(author: Api) -> None:
    id = (await author.challenge())["id"]
    told = await author.refused("updateChallengeDraft", challengeId=id, expectedRevision=1, **dict.fromkeys(FULL))
    assert sorted(told) == sorted(("REQUIRED", name) for name in FULL)


async def test_a_save_without_a_change_keeps_the_revision_and_writes_nothing(author: Api, owner_url: str) -> None:
    id = (await author.challenge(**FULL))["id"]
    other = await author.as_("admin")
    before = rows(owner_url)
    for fields in ({}, FULL, {"title": "One"}, {"instructions": "Write a heading."}, {"tests": FULL["tests"]}):
        done = await other.done("updateChallengeDraft", challengeId=id, expectedRevision=1, **fields)
        assert done["draft"]["revision"] == 1
    assert rows(owner_url) == before


async def test_line_ends_are_normalised_and_make_no_difference(author: Api, owner_url: str) -> None:
    lines: dict[str, Any] = {
        "instructions": "a\r\nb\rc\nd",
        "starter": {"html": "x\r\ny"},
        "solution": {"js": "x\ry"},
        "tests": [TEST | {"text": "One\r\ntwo.", "code": "a;\r\nb;"}],
        "hints": [{"text": "p\r\nq"}],
    }
    id = (await author.challenge(**lines))["id"]
    draft = await _draft(author, id)
    assert draft["instructions"] == "a\nb\nc\nd"
    assert (draft["starter"]["html"], draft["solution"]["js"]) == ("x\ny", "x\ny")
    assert (draft["tests"][0]["text"], draft["tests"][0]["code"]) == ("One\ntwo.", "a;\nb;")
    assert draft["hints"] == [{"text": "p\nq"}]
    before = rows(owner_url)
    await author.done("updateChallengeDraft", challengeId=id, expectedRevision=1, **lines)
    assert rows(owner_url) == before


async def test_tests_without_an_id_get_the_next_free_one(author: Api) -> None:
    bare = {"text": "It is.", "code": "assert.ok(1);"}
    given = [bare, bare | {"id": "t2"}, bare, bare | {"id": "own"}, bare | {"id": None}]
    id = (await author.challenge(tests=given))["id"]
    assert [test["testId"] for test in (await _draft(author, id))["tests"]] == ["t1", "t2", "t3", "own", "t4"]


async def test_a_stale_revision_is_told_alone_with_both_sides(author: Api, owner_url: str) -> None:
    id = (await author.challenge())["id"]
    await author.edit(id, title="Two")
    before = rows(owner_url)
    for mutation, given in (
        ("updateChallengeDraft", {"title": "", "points": -1}),
        ("restoreDraft", {"fromLabel": "v9.9"}),
    ):
        for stated in (1, 3, -5):
            payload = await author.do(mutation, challengeId=id, expectedRevision=stated, **given)
            (error,) = payload["userErrors"]
            assert (error["code"], error["path"]) == ("STALE", ["expectedRevision"])
            assert (error["expected"], error["actual"]) == (str(stated), "2")
    assert rows(owner_url) == before


async def test_every_replaced_text_is_kept_with_who_saved_it(author: Api) -> None:
    id = (await author.challenge(**FULL))["id"]
    other = await author.as_("admin")
    await other.edit(id, title="By another", solution={"js": "2"})
    await author.edit(id, tests=[])
    past = (await author.run(PAST, id=id))["node"]["draft"]["pastRevisions"]
    assert past == [
        {
            "revision": 2,
            "title": "By another",
            "instructions": "Write a heading.",
            "solution": {"js": "2"},
            "tests": [{"testId": "t1"}, {"testId": "t2"}],
            "savedBy": {"displayName": "Admin"},
        },
        {
            "revision": 1,
            "title": "One",
            "instructions": "Write a heading.",
            "solution": {"js": "let b;"},
            "tests": [{"testId": "t1"}, {"testId": "t2"}],
            "savedBy": {"displayName": "Author"},
        },
    ]


async def test_the_last_50_texts_are_kept(author: Api) -> None:
    id = (await author.challenge())["id"]
    for number in range(1, 54):
        given = {"challengeId": id, "expectedRevision": number, "title": f"Text {number + 1}"}
        await author.done("updateChallengeDraft", **given)
    past = (await author.run(PAST, id=id))["node"]["draft"]["pastRevisions"]
    assert [one["revision"] for one in past] == list(range(53, 3, -1))
    assert (past[0]["title"], past[-1]["title"]) == ("Text 53", "Text 4")


async def test_restoring_overwrites_the_draft_and_leaves_what_is_live(author: Api) -> None:
    id = (await author.challenge(**FULL))["id"]
    await author.publish(id)
    await author.edit(id, **OTHER)
    live = (await author.publish(id))["version"]["label"]
    await author.edit(id, title="In work")
    revision = (await author.standing(id))["draft"]["revision"]
    hash = (await author.standing(id))["liveSetHash"]
    done = await author.done("restoreDraft", challengeId=id, fromLabel="v1.0", expectedRevision=revision)
    assert done["draft"]["revision"] == revision + 1
    assert _content(await _draft(author, id)) == _shown(FULL)
    seen = await author.standing(id)
    assert seen["live"][0]["version"]["label"] == live
    assert seen["liveSetHash"] == hash
    past = (await author.run(PAST, id=id))["node"]["draft"]["pastRevisions"]
    assert past[0]["title"] == "In work", "the overwritten text is kept"


async def test_the_version_after_a_restore_names_its_origin_and_only_that_one(author: Api) -> None:
    id = (await author.challenge(title="First"))["id"]
    await author.publish(id)
    await author.edit(id, title="Second")
    await author.publish(id)
    revision = (await author.standing(id))["draft"]["revision"]
    await author.done("restoreDraft", challengeId=id, fromLabel="v1.0", expectedRevision=revision)
    await author.edit(id, points=99)
    await author.publish(id)
    await author.edit(id, points=98)
    await author.publish(id)
    found = await author.run(
        """query ($id: ID!) { node(id: $id) { ... on Challenge { versions { edges { node {
        label title restoredFrom { label } } } } } } }""",
        id=id,
    )
    assert [edge["node"] for edge in found["node"]["versions"]["edges"]] == [
        {"label": "v1.3", "title": "First", "restoredFrom": None},
        {"label": "v1.2", "title": "First", "restoredFrom": {"label": "v1.0"}},
        {"label": "v1.1", "title": "Second", "restoredFrom": None},
        {"label": "v1.0", "title": "First", "restoredFrom": None},
    ]


async def test_restoring_what_the_draft_says_already_changes_nothing(author: Api, owner_url: str) -> None:
    id = (await author.challenge())["id"]
    await author.publish(id)
    before = rows(owner_url)
    done = await author.done("restoreDraft", challengeId=id, fromLabel="v1.0", expectedRevision=1)
    assert done["draft"]["revision"] == 1
    assert rows(owner_url) == before


async def test_restoring_a_version_that_there_is_not(author: Api, owner_url: str) -> None:
    id = (await author.challenge())["id"]
    before = rows(owner_url)
    for label in ("v1.0", "v0.0", "draft", "", "\0", "v99999999999.0"):
        given = {"challengeId": id, "fromLabel": label, "expectedRevision": 1}
        assert await author.refused("restoreDraft", **given) == [("NOT_FOUND", "fromLabel")]
    assert rows(owner_url) == before


async def test_drafts_are_their_creators_alone_when_the_setting_says_so(author: Api, owner_url: str) -> None:
    id = (await author.challenge())["id"]
    await author.publish(id)
    await author.edit(id, title="Two")
    admin = await author.as_("admin")
    second = await author.as_("author", "second")
    await second.edit(id, title="Anyone may")
    await setting(admin, "drafts_editable_by", "creator")
    before = rows(owner_url)
    for other in (admin, second):
        edit = {"challengeId": id, "expectedRevision": 3}
        assert await other.refused("updateChallengeDraft", **edit, title="Mine") == [("INVALID", "challengeId")]
        assert await other.refused("restoreDraft", **edit, fromLabel="v1.0") == [("INVALID", "challengeId")]
    assert rows(owner_url) == before
    await author.edit(id, title="My own")
    await setting(admin, "drafts_editable_by", "anyone")
    await second.edit(id, title="Anyone again")


async def test_editing_never_touches_what_is_published(author: Api) -> None:
    id = (await author.challenge(**FULL))["id"]
    await author.publish(id)
    text = """{ challenge(path: "track/module/lesson/one") { version { contentHash title instructions
        starter { js } solution { js } sourceTests { code } hints { text } } } }"""
    before = (await author.run(text)).data
    await author.edit(id, **OTHER)
    assert (await author.run(text)).data == before
