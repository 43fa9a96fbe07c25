"""Bad input: each fault with its code and path, all at once, and nothing written by a refused mutation."""

from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import pytest

from core import limits
from tests.fix_api import TEST, Api

CODE = {"html": "<h1>x</h1>"}

Counts = dict[str, tuple[int, str]]


@pytest.fixture
def counts(owner_url: str) -> Callable[[], Counts]:
    """Tell, for every table, how many rows it has and a digest of them all."""

    def count() -> Counts:
        with psycopg.connect(owner_url) as owner:
            tables = owner.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
            found: Counts = {}
            for (table,) in tables:
                statement = (
                    f"select count(*), coalesce(md5(string_agg(t::text, '' order by t::text)), '') from {table} t"
                )
                row = owner.execute(statement.encode()).fetchone()
                assert row is not None
                found[table] = (row[0], row[1])
            return found

    return count


@pytest.fixture
async def refusal(author: Api, counts: Callable[[], Counts]) -> Callable[..., Awaitable[list[tuple[str, str]]]]:
    """Send a mutation that must be refused; return codes and paths, having seen that no table changed."""

    async def send(mutation: str, api: Api = author, **input: Any) -> list[tuple[str, str]]:
        before = counts()
        told = await api.refused(mutation, **input)
        assert counts() == before, "a refused mutation wrote something"
        return told

    return send


Refusal = Callable[..., Awaitable[list[tuple[str, str]]]]


def _test(**changes: Any) -> dict[str, Any]:
    return TEST | changes


DRAFTS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"title": ""}, [("REQUIRED", "title")]),
    ({"title": "   "}, [("REQUIRED", "title")]),
    ({"title": "x" * 201}, [("TOO_LARGE", "title")]),
    ({"title": "two\nlines"}, [("INVALID", "title")]),
    ({"title": "a\0b"}, [("INVALID", "title")]),
    ({"title": "\ud800"}, [("INVALID", "title")]),
    ({"title": None}, [("REQUIRED", "title")]),
    ({"instructions": "x" * (limits.INSTRUCTIONS_BYTES + 1)}, [("TOO_LARGE", "instructions")]),
    ({"instructions": "é" * (limits.INSTRUCTIONS_BYTES // 2 + 1)}, [("TOO_LARGE", "instructions")]),
    ({"instructions": "x" * 5_000_000}, [("TOO_LARGE", "instructions")]),
    ({"instructions": "nul \0"}, [("INVALID", "instructions")]),
    ({"instructions": "lone \udfff"}, [("INVALID", "instructions")]),
    ({"points": -1}, [("INVALID", "points")]),
    ({"points": 2_000_000}, [("INVALID", "points")]),
    ({"estimatedTimeMinutes": 0}, [("INVALID", "estimatedTimeMinutes")]),
    ({"starter": {"html": "x" * 5_000_000}}, [("TOO_LARGE", "starter")]),
    ({"starter": {"js": "\0"}}, [("INVALID", "starter.js")]),
    ({"solution": {"css": "\udc00"}}, [("INVALID", "solution.css")]),
    ({"solution": {"css": "x" * limits.CODE_BYTES, "js": "y"}}, [("TOO_LARGE", "solution")]),
    ({"tests": [TEST, TEST]}, [("TAKEN", "tests.1.id")]),
    ({"tests": [_test(text="")]}, [("REQUIRED", "tests.0.text")]),
    ({"tests": [_test(text="x" * 2001)]}, [("TOO_LARGE", "tests.0.text")]),
    ({"tests": [_test(code=" ")]}, [("REQUIRED", "tests.0.code")]),
    ({"tests": [_test(code="x" * (limits.TEST_CODE_BYTES + 1))]}, [("TOO_LARGE", "tests.0.code")]),
    ({"tests": [_test(code="\0")]}, [("INVALID", "tests.0.code")]),
    ({"tests": [_test(weight=-1)]}, [("INVALID", "tests.0.weight")]),
    ({"tests": [_test(id="")]}, [("REQUIRED", "tests.0.id")]),
    ({"tests": [_test(id="\ud800")]}, [("INVALID", "tests.0.id")]),
    ({"tests": [_test(id=f"t{n}") for n in range(101)]}, [("TOO_LARGE", "tests")]),
    ({"hints": [{"text": ""}]}, [("REQUIRED", "hints.0.text")]),
    ({"hints": [{"text": "x" * 2001}]}, [("TOO_LARGE", "hints.0.text")]),
    ({"hints": [{"text": "x"}] * 21}, [("TOO_LARGE", "hints")]),
    (
        {"title": "", "points": -1, "tests": [TEST, _test(text="")], "hints": [{"text": " "}]},
        [
            ("REQUIRED", "title"),
            ("INVALID", "points"),
            ("TAKEN", "tests.1.id"),
            ("REQUIRED", "tests.1.text"),
            ("REQUIRED", "hints.0.text"),
        ],
    ),
]


async def test_bad_drafts(author: Api, refusal: Refusal) -> None:
    id = (await author.challenge())["id"]
    for fields, told in DRAFTS:
        assert await refusal("updateChallengeDraft", challengeId=id, expectedRevision=1, **fields) == told, fields


async def test_bad_new_challenges(author: Api, refusal: Refusal) -> None:
    await author.challenge()
    found = (await author.run("{ tracks { edges { node { modules { id lessons { id } } } } } }"))["tracks"]
    module = found["edges"][0]["node"]["modules"][0]
    lesson = module["lessons"][0]["id"]
    create = {"lessonId": lesson, "slug": "two", "title": "Two"}
    assert await refusal("createChallenge", **create | {"slug": "Not A Slug"}) == [("INVALID", "slug")]
    assert await refusal("createChallenge", **create | {"slug": ""}) == [("REQUIRED", "slug")]
    assert await refusal("createChallenge", **create | {"slug": "x" * 101}) == [("TOO_LARGE", "slug")]
    assert await refusal("createChallenge", **create | {"slug": "one"}) == [("TAKEN", "slug")]
    assert await refusal("createChallenge", **create | {"position": 0}) == [("INVALID", "position")]
    assert await refusal("createChallenge", **create | {"lessonId": module["id"]}) == [("NOT_FOUND", "lessonId")]
    assert await refusal("createChallenge", **create | {"lessonId": "nonsense"}) == [("NOT_FOUND", "lessonId")]
    told = await refusal("createChallenge", **create | {"slug": "-", "title": "", "points": -1})
    assert sorted(told) == [("INVALID", "points"), ("INVALID", "slug"), ("REQUIRED", "title")]


async def test_bad_nodes(author: Api, refusal: Refusal) -> None:
    await author.challenge()
    assert await refusal("createTrack", slug="track", title="Again") == [("TAKEN", "slug")]
    told = await refusal("createTrack", slug="A", title="", description="x" * 5001)
    assert told == [("INVALID", "slug"), ("REQUIRED", "title"), ("TOO_LARGE", "description")]
    assert await refusal("createTrack", slug="t", title="\0") == [("INVALID", "title")]
    unknown = "TW9kdWxlOjAwMDAwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMA"
    assert await refusal("createLesson", moduleId=unknown, slug="l", title="L") == [("NOT_FOUND", "moduleId")]
    assert await refusal("updateModule", moduleId=unknown, slug="l") == [("NOT_FOUND", "moduleId")]
    assert await refusal("move", id=unknown) == [("NOT_FOUND", "id")]


async def test_stale_revision_and_stale_hashes_tell_both_sides(author: Api, refusal: Refusal) -> None:
    id = (await author.challenge())["id"]
    first = await author.standing(id)
    await author.edit(id, title="Two")
    now = await author.standing(id)
    payload = await author.do("updateChallengeDraft", challengeId=id, expectedRevision=1, title="Three")
    (error,) = payload["userErrors"]
    assert (error["code"], error["path"], error["expected"], error["actual"]) == (
        "STALE",
        ["expectedRevision"],
        "1",
        "2",
    )
    publish = {"challengeId": id, "changelog": "", "contentHash": now["draft"]["contentHash"]}
    publish["liveSetHash"] = now["liveSetHash"]
    told = await refusal("publishChallenge", **publish | {"contentHash": first["draft"]["contentHash"]})
    assert told == [("STALE", "contentHash")]
    told = await refusal("publishChallenge", **publish | {"liveSetHash": "0" * 64})
    assert told == [("STALE", "liveSetHash")]
    told = await refusal("publishChallenge", **publish | {"liveSetHash": "x", "contentHash": "y"})
    assert told == [("STALE", "contentHash"), ("STALE", "liveSetHash")]
    stale = {"challengeId": id, "liveSetHash": "x", "reason": ""}
    assert await refusal("rollbackChallenge", toLabel="v1.0", **stale) == [("STALE", "liveSetHash")]
    assert await refusal("archiveChallenge", **stale) == [("STALE", "liveSetHash")]


async def test_gates_are_all_told_at_once(author: Api, refusal: Refusal) -> None:
    id = (await author.challenge(instructions="", tests=[]))["id"]
    seen = await author.standing(id)
    publish = {"challengeId": id, "contentHash": seen["draft"]["contentHash"], "liveSetHash": seen["liveSetHash"]}
    told = await refusal("publishChallenge", **publish, changelog=" ")
    assert told == [("GATE_FAILED", "VALID"), ("GATE_FAILED", "HAS_TESTS"), ("GATE_FAILED", "CHANGELOG")]
    told = await refusal("publishChallenge", **publish, changelog="x" * 2001)
    assert ("TOO_LARGE", "changelog") in told


async def test_publishing_without_change_or_what_was_published_before(author: Api, refusal: Refusal) -> None:
    id = (await author.challenge(title="First"))["id"]
    await author.publish(id)

    async def publish() -> list[tuple[str, str]]:
        seen = await author.standing(id)
        hashes = {"contentHash": seen["draft"]["contentHash"], "liveSetHash": seen["liveSetHash"]}
        return await refusal("publishChallenge", challengeId=id, changelog="Again.", **hashes)

    assert await publish() == [("NOTHING_TO_PUBLISH", "CHANGED")]
    await author.edit(id, title="Second")
    await author.publish(id)
    await author.edit(id, title="First")
    assert await publish() == [("IDENTICAL_TO_VERSION", "CHANGED")]


async def test_rollbacks_that_cannot_be(author: Api, refusal: Refusal) -> None:
    id = (await author.challenge())["id"]
    seen = await author.standing(id)
    back = {"challengeId": id, "liveSetHash": seen["liveSetHash"], "reason": "Why."}
    assert await refusal("rollbackChallenge", toLabel="v1.0", **back) == [("NOT_PUBLISHED", "challengeId")]
    await author.publish(id)
    back["liveSetHash"] = (await author.standing(id))["liveSetHash"]
    assert await refusal("rollbackChallenge", toLabel="v1.0", **back) == [("ALREADY_LIVE", "toLabel")]
    assert await refusal("rollbackChallenge", toLabel="v9.0", **back) == [("NOT_FOUND", "toLabel")]
    assert await refusal("rollbackChallenge", toLabel="1", **back) == [("INVALID", "toLabel")]
    told = await refusal("rollbackChallenge", toLabel="v1.0", **back | {"reason": " "})
    assert told == [("REQUIRED", "reason"), ("ALREADY_LIVE", "toLabel")]


async def test_archived_challenges_refuse_everything_but_coming_back(author: Api, refusal: Refusal) -> None:
    id = (await author.challenge())["id"]
    await author.publish(id)
    await author.edit(id, title="Two")
    seen = await author.standing(id)
    await author.done("archiveChallenge", challengeId=id, liveSetHash=seen["liveSetHash"], reason="Old.")
    seen = await author.standing(id)
    hashes = {"contentHash": seen["draft"]["contentHash"], "liveSetHash": seen["liveSetHash"]}
    archived = [("ARCHIVED", "challengeId")]
    assert await refusal("updateChallengeDraft", challengeId=id, expectedRevision=2, title="x") == archived
    assert await refusal("restoreDraft", challengeId=id, expectedRevision=2, fromLabel="v1.0") == archived
    assert await refusal("publishChallenge", challengeId=id, changelog="x", **hashes) == archived
    back = {"challengeId": id, "liveSetHash": seen["liveSetHash"], "reason": "Why."}
    assert await refusal("rollbackChallenge", toLabel="v1.0", **back) == archived
    assert await refusal("archiveChallenge", **back) == archived
    assert await refusal("updateChallenge", challengeId=id, slug="other") == archived


async def test_own_approval_and_approval_of_an_old_text(author: Api, refusal: Refusal) -> None:
    admin = await author.as_("admin")
    id = (await admin.challenge())["id"]
    old = (await admin.standing(id))["draft"]["contentHash"]
    told = await refusal("approveDraft", api=admin, challengeId=id, contentHash=old)
    assert told == [("GATE_FAILED", "REVIEWED")]
    await admin.edit(id, title="Two")
    reviewer = await author.as_("reviewer")
    told = await refusal("approveDraft", api=reviewer, challengeId=id, contentHash=old)
    assert told == [("STALE", "contentHash")]


async def test_a_minor_label_for_a_major_change_is_refused(author: Api, refusal: Refusal) -> None:
    id = (await author.challenge())["id"]
    await author.publish(id)
    await author.edit(id, tests=[TEST, _test(id="t2")])
    seen = await author.standing(id)
    hashes = {"contentHash": seen["draft"]["contentHash"], "liveSetHash": seen["liveSetHash"]}
    told = await refusal("publishChallenge", challengeId=id, changelog="x", bump="MINOR", **hashes)
    assert told == [("GATE_FAILED", "bump")]
    assert (await author.publish(id))["version"]["label"] == "v2.0"


async def test_a_tree_with_a_fault_in_its_200th_challenge(author: Api, refusal: Refusal) -> None:
    challenges = [
        {
            "slug": f"c{number}",
            "title": f"C{number}",
            "instructions": "Do it.",
            "difficulty": "EASY",
            "points": 10,
            "estimatedTimeMinutes": 5,
            "tests": [TEST],
        }
        for number in range(250)
    ]
    challenges[199] |= {"points": -5, "tests": [TEST, TEST]}
    challenges[200] |= {"slug": "c0"}
    lesson = {"slug": "l", "title": "L", "challenges": challenges}
    tree = [{"slug": "t", "title": "T", "modules": [{"slug": "m", "title": "M", "lessons": [lesson]}]}]
    at = "tracks.0.modules.0.lessons.0.challenges"
    assert await refusal("applyContent", tracks=tree, publish=True) == [
        ("INVALID", f"{at}.199.points"),
        ("TAKEN", f"{at}.199.tests.1.id"),
        ("TAKEN", f"{at}.200.slug"),
    ]
    challenges[199] |= {"points": 5, "tests": []}
    challenges[200] |= {"slug": "c200", "instructions": " "}
    assert await refusal("applyContent", tracks=tree, publish=True) == [
        ("GATE_FAILED", f"{at}.199.HAS_TESTS"),
        ("GATE_FAILED", f"{at}.200.VALID"),
    ]


async def test_one_key_with_another_input_is_refused(author: Api, refusal: Refusal) -> None:
    await author.done("createTrack", slug="a", title="A", idempotencyKey="k1")
    assert await refusal("createTrack", slug="b", title="B", idempotencyKey="k1") == [
        ("IDEMPOTENCY_MISMATCH", "idempotencyKey")
    ]
    assert await refusal("createTrack", slug="c", title="C", idempotencyKey="") == [("REQUIRED", "idempotencyKey")]
    assert await refusal("createTrack", slug="c", title="C", idempotencyKey="x" * 201) == [
        ("TOO_LARGE", "idempotencyKey")
    ]


async def test_odd_texts_in_queries_find_nothing_and_break_nothing(api: Api) -> None:
    track = "query ($slug: String!) { track(slug: $slug) { id } }"
    challenge = "query ($path: String!) { challenge(path: $path) { id } }"
    for odd in ("", "\0", "\ud800", "x" * 5_000_000, "a/b/c/d/e", "////", "%", "'; drop table users; --"):
        assert (await api.run(track, slug=odd)).data == {"track": None}
        assert (await api.run(challenge, path=odd)).data == {"challenge": None}
        assert (await api.run(challenge, path=f"{odd}/a/b/c")).data == {"challenge": None}
        assert (await api.run("query ($id: ID!) { node(id: $id) { id } }", id=odd)).data == {"node": None}
