"""Test libraries: kept for ever by hash, named by name, and no version is ever judged by another than it named."""

import hashlib
from typing import Any

import psycopg

from core import limits
from tests.fix_api import Api
from tests.versioning.makers import challenge, ids, of, rows

ONE, TWO = "const helper = () => 1;", "const helper = () => 2;"
PATH = "track/module/lesson/one"
SHOWN = """query ($id: ID!) { node(id: $id) { ... on Challenge {
    draft { libraries { name hash source } }
    version { label libraries { name hash source uploadedBy { id } } hooks { beforeAll } }
    diff(from: "v1.0", to: "draft") { fields { name before after } files { name } }
} } }"""


def _hash(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()


LISTED = """query ($name: String, $first: Int, $after: String) {
    testLibraries(name: $name, first: $first, after: $after) {
        edges { node { hash name } } pageInfo { endCursor hasNextPage } } }"""
SECRETS = """query ($id: ID!) { node(id: $id) { ... on Challenge {
    version { libraries { source } hooks { beforeAll } } } } }"""


async def _uploaded(author: Api, source: str, name: str = "helpers") -> str:
    operation = """mutation ($input: UploadTestLibraryInput!) { uploadTestLibrary(input: $input) {
        library { hash name source } userErrors { code } } }"""
    done = (await author.run(operation, input={"name": name, "source": source}))["uploadTestLibrary"]
    assert done["library"] == {
        "hash": _hash(source.replace("\r\n", "\n")),
        "name": name,
        "source": source.replace("\r\n", "\n"),
    }
    return str(done["library"]["hash"])


async def _challenge(author: Api, **fields: Any) -> str:
    return str((await author.challenge(**fields))["id"])


async def test_a_name_is_settled_when_the_draft_is_saved_and_pinned_by_the_version(author: Api) -> None:
    first = await _uploaded(author, ONE)
    id = await _challenge(author, libraries=["helpers"])
    await author.publish(id)
    second = await _uploaded(author, TWO)
    shown = (await author.run(SHOWN, id=id))["node"]
    assert [one["hash"] for one in shown["draft"]["libraries"]] == [first]
    await author.edit(id, title="Other")
    assert [one["hash"] for one in (await author.run(SHOWN, id=id))["node"]["draft"]["libraries"]] == [first]
    await author.edit(id, libraries=["helpers"])
    shown = (await author.run(SHOWN, id=id))["node"]
    assert [(one["hash"], one["source"]) for one in shown["draft"]["libraries"]] == [(second, TWO)]
    assert [(one["hash"], one["source"]) for one in shown["version"]["libraries"]] == [(first, ONE)]
    assert {"name": "libraries", "before": first, "after": second} in shown["diff"]["fields"]
    done = await author.publish(id)
    assert done["version"]["label"] == "v2.0", "another library can break a learner's work"
    assert (await author.run("query ($id: ID!) { verifyHistory(challengeId: $id) { intact } }", id=id))[
        "verifyHistory"
    ] == {"intact": True}


async def test_a_hook_makes_a_major_version_and_a_diff(author: Api) -> None:
    id = await _challenge(author)
    await author.publish(id)
    await author.edit(id, hooks={"beforeAll": "ready = true;"})
    shown = (await author.run(SHOWN, id=id))["node"]
    assert [file["name"] for file in shown["diff"]["files"]] == ["hooks/beforeAll.js"]
    assert (await author.publish(id))["version"]["label"] == "v2.0"
    assert (await author.run(SHOWN, id=id))["node"]["version"]["hooks"] == {"beforeAll": "ready = true;"}


async def test_the_same_text_again_is_the_same_library_and_what_its_name_means(author: Api) -> None:
    first = await _uploaded(author, ONE)
    await _uploaded(author, TWO)
    assert await _uploaded(author, ONE.replace("\n", "\r\n")) == first
    found = (await author.run(LISTED))["testLibraries"]
    assert [edge["node"]["hash"] for edge in found["edges"]] == [first, _hash(TWO)]
    page = (await author.run(LISTED, first=1))["testLibraries"]
    rest = (await author.run(LISTED, after=page["pageInfo"]["endCursor"]))["testLibraries"]
    assert [edge["node"]["hash"] for edge in rest["edges"]] == [_hash(TWO)]
    assert (await author.run(LISTED, name="others"))["testLibraries"]["edges"] == []
    id = await _challenge(author, libraries=["helpers"])
    await author.publish(id)
    assert [one["hash"] for one in (await author.run(SHOWN, id=id))["node"]["draft"]["libraries"]] == [first]


async def test_a_text_may_have_two_names_and_neither_takes_it_from_the_other(author: Api) -> None:
    await _uploaded(author, ONE)
    second = await _uploaded(author, TWO)
    assert await _uploaded(author, TWO, "others") == second
    id = await _challenge(author, libraries=["helpers"])
    await author.publish(id)
    assert [one["hash"] for one in (await author.run(SHOWN, id=id))["node"]["draft"]["libraries"]] == [second]
    found = (await author.run(LISTED))["testLibraries"]["edges"]
    assert [edge["node"]["name"] for edge in found] == ["others", "helpers", "helpers"]
    same = [{"name": "one", "source": ONE}, {"name": "two", "source": ONE}]
    await author.done("applyContent", tracks=of(challenge("both", libraries=["two"])), libraries=same)


async def test_learners_and_visitors_see_neither_libraries_nor_hooks(author: Api) -> None:
    await _uploaded(author, ONE)
    id = await _challenge(author, libraries=["helpers"], hooks={"beforeAll": "secret = 1;"})
    await author.publish(id)
    for viewer in (await author.as_("learner"), Api(author.pool, author.keyring, author.clock)):
        answer = await viewer.run(SECRETS, id=id)
        assert answer["node"]["version"] == {"libraries": None, "hooks": None}
        assert (await viewer.run("{ testLibraries { edges { node { source } } } }")).codes


async def test_what_means_nothing_is_refused_where_it_stands(author: Api, owner_url: str) -> None:
    await _uploaded(author, ONE)
    id = await _challenge(author)
    before = rows(owner_url)

    async def told(libraries: list[str]) -> list[tuple[str, str]]:
        return await author.refused("updateChallengeDraft", challengeId=id, expectedRevision=1, libraries=libraries)

    assert await told(["helpers", "nothing", "f" * 64]) == [("NOT_FOUND", "libraries.1"), ("NOT_FOUND", "libraries.2")]
    assert await told(["helpers", _hash(ONE)]) == [("INVALID", "libraries.1")]
    assert await told(["helpers", "helpers"]) == [("TAKEN", "libraries.1"), ("INVALID", "libraries.1")]
    assert await told(["a\0b"]) == [("INVALID", "libraries.0"), ("NOT_FOUND", "libraries.0")]
    assert (await told([f"n{number}" for number in range(limits.LIBRARIES + 1)]))[0] == ("TOO_LARGE", "libraries")
    for name, source, code, path in (
        ("Helpers", ONE, "INVALID", "name"),
        ("", ONE, "REQUIRED", "name"),
        ("a" * (limits.LIBRARY_NAME + 1), ONE, "TOO_LARGE", "name"),
        ("helpers", " ", "REQUIRED", "source"),
        ("helpers", "\0", "INVALID", "source"),
        ("helpers", "x" * (limits.LIBRARY_BYTES + 1), "TOO_LARGE", "source"),
    ):
        assert await author.refused("uploadTestLibrary", name=name, source=source) == [(code, path)]
    assert rows(owner_url) == before


async def test_libraries_come_along_with_a_tree_all_of_it_or_nothing(author: Api, owner_url: str) -> None:
    shared = [{"name": "helpers", "source": ONE}]
    tree = of(challenge(libraries=["helpers"], hooks={"beforeEach": "let a;"}))
    before = rows(owner_url)
    await author.done("applyContent", tracks=tree, libraries=shared, dryRun=True)
    await author.done("applyContent", tracks=tree, libraries=shared, dryRun=True, publish=True)
    bad = of(challenge(libraries=["helpers", "others"]))
    assert await author.refused("applyContent", tracks=bad, libraries=shared) == [
        ("NOT_FOUND", "tracks.0.modules.0.lessons.0.challenges.0.libraries.1")
    ]
    twice = [*shared, {"name": "helpers", "source": " "}]
    assert await author.refused("applyContent", tracks=tree, libraries=twice) == [
        ("REQUIRED", "libraries.1.source"),
        ("TAKEN", "libraries.1.name"),
    ]
    assert rows(owner_url) == before
    done = await author.done("applyContent", tracks=tree, libraries=shared, publish=True)
    assert done["published"] == 1
    again = await author.done("applyContent", tracks=tree, libraries=shared, publish=True)
    assert (again["published"], again["updated"]) == (0, 0)
    later = await author.done("applyContent", tracks=tree, libraries=[{"name": "helpers", "source": TWO}], publish=True)
    assert later["published"] == 1
    id = (await ids(author))[PATH]
    shown = (await author.run(SHOWN, id=id))["node"]
    assert (shown["version"]["label"], shown["version"]["libraries"][0]["source"]) == ("v2.0", TWO)


async def test_a_library_that_was_changed_behind_the_gateway_is_noticed(author: Api, owner_url: str) -> None:
    await _uploaded(author, ONE)
    id = await _challenge(author, libraries=["helpers"])
    await author.publish(id)
    with psycopg.connect(owner_url) as owner:
        owner.execute("update test_libraries set source = source || ' '")
    found = await author.run("query ($id: ID!) { verifyHistory(challengeId: $id) { intact firstFault } }", id=id)
    assert found["verifyHistory"]["intact"] is False
    assert "test library" in found["verifyHistory"]["firstFault"]


async def test_the_gateway_cannot_change_a_library(owner_url: str, author: Api) -> None:
    await _uploaded(author, ONE)
    with psycopg.connect(owner_url) as owner:
        granted = owner.execute(
            "select column_name::text from information_schema.column_privileges"
            " where table_name like 'test_librar%' and privilege_type = 'UPDATE' and grantee like '%gateway'"
        ).fetchall()
        assert {name for (name,) in granted} == {"uploaded_at", "uploaded_by"}
