"""The acts of history in a row: publish, edit, publish, roll back, edit, publish; and reading every moment of it."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.fix_api import Api, uuid_of
from versioning.content.definition import Content
from versioning.log.verify import verify_log

LIVE = "query ($path: String!) { challenge(path: $path) { version { label title } } }"
AS_OF = "query ($path: String!, $at: DateTime!) { challenge(path: $path) { version(asOf: $at) { label title } } }"
HISTORY = """
query ($path: String!) { challenge(path: $path) {
    versions(first: 50) { edges { node { label number isActive weight restoredFrom { label } } } }
    history(first: 50) { edges { node {
        seq kind at reason actor { displayName } before { version { label } weight } after { version { label } weight }
    } } }
} }
"""
VERIFY = (
    "query ($id: ID!) { verifyHistory(challengeId: $id) { intact checkedVersions checkedPublications firstFault } }"
)
PATH = "track/module/lesson/one"


async def _story(author: Api) -> tuple[str, list[tuple[str, datetime]]]:
    """Publish v1.0, v1.1, roll back, publish v1.2; return the id, and what was live after each step and when."""
    visitor = Api(author.pool, author.keyring, author.clock)
    id = (await author.challenge(title="First"))["id"]
    lived = []
    for step in ("v1.0", "v1.1", "back", "v1.2"):
        if step == "back":
            await author.rollback(id, "v1.0")
        else:
            if step != "v1.0":
                await author.edit(id, title=f"Text of {step}")
            assert (await author.publish(id))["version"]["label"] == step
        seen = (await visitor.run(LIVE, path=PATH))["challenge"]["version"]
        lived.append((f"{seen['label']} {seen['title']}", datetime.now(UTC)))
    return id, lived


async def test_publish_edit_publish_roll_back_edit_publish(author: Api) -> None:
    id, lived = await _story(author)
    assert [text for text, _ in lived] == ["v1.0 First", "v1.1 Text of v1.1", "v1.0 First", "v1.2 Text of v1.2"]
    found = (await author.run(HISTORY, path=PATH))["challenge"]
    versions = [edge["node"] for edge in found["versions"]["edges"]]
    assert [(one["label"], one["number"], one["isActive"], one["weight"]) for one in versions] == [
        ("v1.2", 3, True, 100),
        ("v1.1", 2, False, 0),
        ("v1.0", 1, False, 0),
    ]
    log = [edge["node"] for edge in found["history"]["edges"]]
    assert [one["kind"] for one in log] == ["PUBLISH", "ROLLBACK", "PUBLISH", "PUBLISH"]
    assert [[arm["version"]["label"] for arm in one["before"]] for one in log] == [["v1.0"], ["v1.1"], ["v1.0"], []]
    assert [[arm["version"]["label"] for arm in one["after"]] for one in log] == [
        ["v1.2"],
        ["v1.0"],
        ["v1.1"],
        ["v1.0"],
    ]
    assert {one["actor"]["displayName"] for one in log} == {"Author"}
    verified = (await author.run(VERIFY, id=id))["verifyHistory"]
    assert verified == {"intact": True, "checkedVersions": 3, "checkedPublications": 4, "firstFault": None}


async def test_as_of_answers_each_moment_between(author: Api) -> None:
    _, lived = await _story(author)
    for text, at in lived:
        version = (await author.run(AS_OF, path=PATH, at=at.isoformat()))["challenge"]["version"]
        assert f"{version['label']} {version['title']}" == text
    before = lived[0][1] - timedelta(hours=1)
    assert (await author.run(AS_OF, path=PATH, at=before.isoformat()))["challenge"]["version"] is None


async def test_as_of_in_the_future_or_with_a_label_is_invalid(author: Api) -> None:
    await _story(author)
    future = datetime.now(UTC) + timedelta(minutes=1)
    assert (await author.run(AS_OF, path=PATH, at=future.isoformat())).codes == ["ReadError"]
    both = (
        'query ($path: String!, $at: DateTime!) { challenge(path: $path) { version(asOf: $at, label: "v1.0") { id } } }'
    )
    assert (await author.run(both, path=PATH, at=datetime.now(UTC).isoformat())).codes == ["ReadError"]


async def test_as_of_while_archived_is_null(author: Api) -> None:
    id, _ = await _story(author)
    seen = await author.standing(id)
    await author.done("archiveChallenge", challengeId=id, liveSetHash=seen["liveSetHash"], reason="Out of date.")
    archived_at = datetime.now(UTC)
    seen = await author.standing(id)
    assert seen["state"] == "ARCHIVED"
    await author.done("unarchiveChallenge", challengeId=id, liveSetHash=seen["liveSetHash"], reason="Needed again.")
    assert (await author.run(AS_OF, path=PATH, at=archived_at.isoformat()))["challenge"]["version"] is None
    assert (await author.run(LIVE, path=PATH))["challenge"]["version"]["label"] == "v1.2"
    assert (await author.run(VERIFY, id=id))["verifyHistory"]["intact"]


async def test_a_rollback_names_the_publication_that_it_undoes(author: Api) -> None:
    id = (await author.challenge())["id"]
    first = (await author.publish(id))["publication"]["seq"]
    await author.edit(id, title="Two")
    second = (await author.publish(id))["publication"]["seq"]
    assert second == first + 1
    back = await author.rollback(id, "v1.0")
    assert back["publication"]["inverseOf"]["seq"] == second
    forth = await author.rollback(id, "v1.1")
    assert forth["publication"]["inverseOf"]["seq"] == back["publication"]["seq"]


async def test_pushing_the_tree_of_what_was_rolled_back_is_held(author: Api) -> None:
    challenge = {
        "slug": "one",
        "title": "One",
        "instructions": "Write a heading.",
        "difficulty": "EASY",
        "points": 10,
        "estimatedTimeMinutes": 10,
        "tests": [{"id": "t1", "text": "It is.", "code": "assert.ok(true);"}],
    }

    def tree(**changes: object) -> list[dict[str, object]]:
        lesson = {"slug": "lesson", "title": "Lesson", "challenges": [challenge | changes]}
        return [{"slug": "track", "title": "Track", "modules": [{"slug": "module", "title": "M", "lessons": [lesson]}]}]

    await author.done("applyContent", tracks=tree(), publish=True)
    second = await author.done("applyContent", tracks=tree(title="Two"), publish=True)
    assert (second["updated"], second["published"]) == (1, 1)
    node = (await author.run('{ challenge(path: "track/module/lesson/one") { id } }'))["challenge"]
    await author.rollback(node["id"], "v1.0")
    pushed = await author.done("applyContent", tracks=tree(title="Two"), publish=True)
    assert pushed["published"] == 0
    assert [change["path"] for change in pushed["changes"] if change["action"] == "HELD"] == [PATH]
    live = (await author.run(LIVE, path=PATH))["challenge"]["version"]
    assert live == {"label": "v1.0", "title": "One"}


CHANGES = (
    [
        ("challenge_versions", column, value)
        for column, value in (
            ("title", "title || '.'"),
            ("instructions", "instructions || ' '"),
            ("difficulty", "'HARD'"),
            ("points", "points + 1"),
            ("estimated_time_minutes", "estimated_time_minutes + 1"),
            ("starter_html", "starter_html || ' '"),
            ("starter_css", "starter_css || ' '"),
            ("starter_js", "starter_js || ' '"),
            ("tests", "jsonb_set(tests, '{0,text}', '\"Other.\"')"),
            ("tests", "jsonb_set(tests, '{0,code}', '\"Other.\"')"),
            ("hints", "'[\"New.\"]'"),
            ("content_hash", "reverse(content_hash)"),
            ("judged_hash", "reverse(judged_hash)"),
            ("chain_hash", "reverse(chain_hash)"),
            ("changelog", "changelog || ' '"),
            ("published_at", "published_at + interval '1 microsecond'"),
            ("minor", "minor + 10"),
            ("tests", "jsonb_set(tests, '{0,weight}', '1.5')"),
            ("is_active", "not is_active, weight = 100 - weight"),
        )
    ]
    + [
        ("publications", column, value)
        for column, value in (
            ("kind", "'ARCHIVE'"),
            ("reason", "coalesce(reason, '') || ' '"),
            ("at", "at + interval '1 microsecond'"),
            ("previous_hash", "reverse(previous_hash)"),
            ("hash", "reverse(hash)"),
        )
    ]
    + [
        ("publication_records", column, value)
        for column, value in (
            ("before", '\'[{"weight": 100, "version": 3}]\''),
            ("after", '\'[{"weight": 100, "version": 2}]\''),
            ("direct", "not direct"),
            ("after", "jsonb_set(after, '{0,weight}', '100.5')"),
            ("published_before", "true"),
            ("seq", "seq + 1000"),
        )
    ]
)


async def test_each_changed_value_is_found(author: Api, owner_url: str) -> None:
    id, _ = await _story(author)
    rows = {"challenge_versions": "version = 1"}
    missed = []
    with psycopg.connect(owner_url, autocommit=True) as owner:
        penultimate = owner.execute("select id from publications order by seq desc offset 1 limit 1").fetchone()
        assert penultimate is not None
        rows["publications"] = f"id = '{penultimate[0]}'"
        rows["publication_records"] = f"publication_id = '{penultimate[0]}'"
        for table, column, value in CHANGES:
            columns = "is_active, weight" if column == "is_active" else column
            kept = owner.execute(f"select {columns} from {table} where {rows[table]}".encode()).fetchone()
            assert kept is not None
            assert owner.execute(f"update {table} set {column} = {value} where {rows[table]}".encode()).rowcount == 1
            verified = (await author.run(VERIFY, id=id))["verifyHistory"]
            if verified["intact"] or not verified["firstFault"]:
                missed.append((table, column))
            names = columns.split(", ")
            undo = ", ".join(f"{name} = %s" for name in names)
            back = [Jsonb(one) if isinstance(one, list | dict) else one for one in kept]
            owner.execute(f"update {table} set {undo} where {rows[table]}".encode(), back)
            assert (await author.run(VERIFY, id=id))["verifyHistory"]["intact"], (table, column)
    assert missed == []
    assert len(CHANGES) == 30


async def test_a_version_from_before_names_were_judged_verifies(
    author: Api, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = (await author.challenge(solution={"js": "class Set {}"}))["id"]
    with monkeypatch.context() as before:
        before.setattr(Content, "judged_hash", Content.judged_hash_before_names)
        await author.edit(id, title="Before")
        await author.publish(id)
        await author.edit(id, title="Saved before, published after")
    await author.publish(id)
    await author.edit(id, title="After")
    await author.publish(id)
    with psycopg.connect(owner_url) as owner:
        rows = owner.execute("select judged_hash from challenge_versions order by version").fetchall()
    first, second, third = (judged for (judged,) in rows)
    assert first != second == third, "a version is judged by the hash of today, whenever its draft was saved"
    assert (await author.run(VERIFY, id=id))["verifyHistory"]["intact"]


async def test_removed_rows_are_found(author: Api, owner_url: str) -> None:
    id, _ = await _story(author)
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("delete from publication_records where seq = (select max(seq) from publications)")
        owner.execute("delete from publications where seq = (select max(seq) from publications)")
    fault = (await author.run(VERIFY, id=id))["verifyHistory"]["firstFault"]
    assert fault == "the end of the log is not where its head says"


FORBIDDEN = [
    "update challenge_versions set title = 'x'",
    "update challenge_versions set chain_hash = 'x'",
    "update challenge_versions set version = 9",
    "delete from challenge_versions",
    "truncate challenge_versions",
    "update publications set reason = 'x'",
    "delete from publications",
    "truncate publications",
    "update publication_records set direct = false",
    "delete from publication_records",
    "delete from publication_head",
    "update version_migrations set policy = 'OFFER'",
    "delete from version_migrations",
    "update version_successions set policy = 'FORCE'",
    "delete from version_successions",
    "delete from solutions",
    "update solutions set sealed = ''",
    "delete from users",
    "delete from challenges",
    "update audit_events set action = 'x'",
    "delete from audit_events",
    "alter table challenge_versions disable trigger all",
    "create trigger t before insert on publications execute function suppress_redundant_updates_trigger()",
    "set role palimpsest_owner",
]


async def test_the_gateways_role_cannot_rewrite_history(author: Api, gateway_url: str) -> None:
    await _story(author)
    with psycopg.connect(gateway_url, autocommit=True) as gateway:
        for statement in FORBIDDEN:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                gateway.execute(statement.encode())


async def test_a_challenge_deleted_whole_is_found(author: Api, owner_url: str) -> None:
    await _story(author)
    with psycopg.connect(owner_url, autocommit=True) as owner:
        for table in ("draft_history", "reviews", "review_requests", "challenge_versions", "challenges"):
            owner.execute(f"delete from {table}".encode())
    found = [one async for one in verify_log(author.pool.database(), author.keyring)]
    assert found[-1].first_fault is not None
    assert found[-1].first_fault.endswith("a challenge that it names is gone")


async def test_the_whole_log_verifies(author: Api) -> None:
    id, _ = await _story(author)
    found = [one async for one in verify_log(author.pool.database(), author.keyring)]
    assert found[-1].intact
    assert found[-1].checked_versions == 3
    assert uuid_of(id)
