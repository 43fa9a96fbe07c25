"""Who may see and do what: every field and every mutation for every audience, as the tables of ``rights/`` say.

The tables are written by hand and know nothing of ``schema/fields.py`` and ``resolvers/policy.py``, which they check.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type, parse, validate

from schema.api import schema
from schema.fields import global_id
from schema.node import parsed_id
from schema.tokens import ApiScope
from sql.embedded import EmbeddedPostgres
from sql.ids import new_id
from sql.sealing import Keyring
from tests.fix_api import Api, uuid_of
from tests.fix_database import ROLES
from tests.schema.rights_table import (
    AUDIENCES,
    GROUPS,
    SCOPES,
    TYPES,
    Entry,
    bound,
    by_mutations,
    entries,
    fields_of,
    given,
    mutation,
    mutations,
    objects,
    query,
    table,
)
from tests.schema.rights_world import World, made
from tests.versioning.makers import challenge, of, rows

ENTRIES = entries()
MUTATIONS = mutations()
PRIVATE = ("Attempt", "ChallengeProgress", "Enrollment", "Notice")
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"


@pytest.fixture(scope="module")
def world(postgres: EmbeddedPostgres, template: str, keyring: Keyring) -> Iterator[World]:
    """One world for the whole file: no test changes in it what another one looks at."""
    with psycopg.connect(postgres.url(), autocommit=True) as owner:
        owner.execute(f'create database "rights" template "{template}"'.encode())
        with made(postgres.url(database="rights"), postgres.url(user=ROLES.gateway, database="rights"), keyring) as all:
            yield all
        owner.execute('drop database "rights" with (force)')


def refusal(audience: str) -> str:
    return "UNAUTHENTICATED" if audience == "visitor" else "FORBIDDEN"


def test_every_field_of_the_schema_has_its_entry() -> None:
    told = {f"{name}.{field}" for name, entry in ENTRIES.items() for field in entry.fields.keys() - entry.variants.keys()}
    for name, (_, answers) in MUTATIONS.items():
        payload = get_named_type(fields_of("Mutation")[name].type).name
        told |= {f"Mutation.{name}", *(f"{payload}.{field}" for field in ["userErrors", *answers])}
    told |= {f"Subscription.{name}" for name in table("subscriptions")}
    there = {
        f"{name}.{field}"
        for name, kind in TYPES.items()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__")
        for field in kind.fields
    }
    assert (there - told, told - there) == (set(), set())
    assert {scope.value for scope in ApiScope} == set(SCOPES)
    assert frozenset().union(*GROUPS.values()) == GROUPS["everyone"] == set(AUDIENCES)


def test_every_field_is_answered_to_those_of_the_table_and_to_nobody_else(world: World) -> None:
    types = {name: entry for name, entry in ENTRIES.items() if entry.ways or entry.by_mutations}
    documents = [parse(query(world.names, types)), parse(by_mutations(world.names, types))]
    assert [validate(schema._schema, document) for document in documents] == [[], []]
    faults: list[str] = []
    for audience in AUDIENCES:
        answers = [world.ask(audience, document) for document in documents]
        data = {name: value for answer in answers for name, value in (answer.data or {}).items()}
        for entry in types.values():
            own = [value for alias, value in data.items() if alias.rpartition("_")[0] == entry.name]
            faults += [f"{audience}: {fault}" for fault in _faults(entry, audience, own)]
        for error in (error for answer in answers for error in answer.errors or ()):
            if getattr(error.original_error, "code", None) != refusal(audience):
                faults.append(f"{audience}: {error}")
        if audience not in GROUPS["graders"]:
            mine = world.viewers[audience].user_id
            faults += [f"{audience}: comes to another's {name}" for name, owner in _private(data) if owner != mine]
    assert faults == []


def _faults(entry: Entry, audience: str, answers: Any) -> Iterator[str]:
    """Yield what is wrong with what somebody was answered of a type."""
    shown, found = entry.shown_to(audience), list(objects(answers))
    if not shown:
        yield from [f"comes to a {entry.name}"] * bool(found)
        return
    answered = {name for one in found for name in entry.fields if one[name] is not None}
    yield from (f"is answered {entry.name}.{name}" for name in sorted(answered - shown))
    if "*" not in entry.may_be_null:
        yield from (f"is not answered {entry.name}.{name}" for name in sorted(shown - answered - entry.may_be_null))


def _private(answer: Any) -> Iterator[tuple[str, Any]]:
    """Yield type and owner of everything in an answer that is somebody's own."""
    if isinstance(answer, dict | list):
        for value in answer.values() if isinstance(answer, dict) else answer:
            yield from _private(value)
    elif isinstance(answer, str) and (parsed := parsed_id(answer)) and parsed[0] in PRIVATE:
        yield parsed[0], parsed[1][0]


def test_a_field_of_the_root_is_answered_null_or_refused_as_the_table_says(world: World) -> None:
    entry = ENTRIES["Query"]
    document = parse(bound(entry.selection(), world.names))
    faults: list[str] = []
    for audience in AUDIENCES:
        answer = world.ask(audience, document)
        assert answer.data is not None
        faults += [f"{audience}: {fault}" for fault in _faults(entry, audience, answer.data)]
        refused = {str(error.path[0]): str(error.original_error.code) for error in answer.errors or ()}  # type: ignore
        expected = dict.fromkeys(entry.refused - entry.shown_to(audience), refusal(audience))
        if refused != expected:
            faults.append(f"{audience}: is refused {refused}")
    assert faults == []


def test_what_is_another_learners_own_is_like_nothing_by_its_id_and_costs_as_much(world: World) -> None:
    for name, id in world.names.items():
        kind, *_ = parsed_id(id) or ("",)
        if kind not in (*PRIVATE, "ApiToken") or not name.startswith(("learner_", "token")):
            continue
        unknown = global_id(kind, *(new_id() for _ in range(1 if kind == "ApiToken" else 2)))
        stranger = global_id(kind, uuid_of(id), new_id()) if kind in PRIVATE else unknown
        for audience in AUDIENCES:
            if audience in ENTRIES[kind].fields["id"]:
                continue
            answers = [world.run(audience, NODES, ids=[one, world.names["track"]]) for one in (id, unknown, stranger)]
            for answer in answers:
                assert answer["nodes"] == [None, {"__typename": "Track", "id": world.names["track"]}], (audience, name)
                assert answer.meter == answers[0].meter, (audience, name)


@pytest.fixture(scope="module")
def documents() -> dict[str, str]:
    return {name: mutation(name) for name in MUTATIONS}


@pytest.mark.parametrize("ids", ["known", "unknown"])
def test_a_mutation_is_refused_before_any_look_and_whether_or_not_its_ids_exist(
    world: World, documents: dict[str, str], ids: str
) -> None:
    before = rows(world.owner_url)
    for audience in AUDIENCES:
        for name, (may, _) in MUTATIONS.items():
            if audience not in may:
                answer = world.run(audience, documents[name], input=given(name, world.names if ids == "known" else None))
                assert (answer.codes, answer.data) == ([refusal(audience)], {}), (audience, name)
                assert answer.meter.statements == 0, (audience, name)
    assert rows(world.owner_url) == before


def test_a_mutation_is_not_refused_to_whom_the_table_allows_it(world: World, documents: dict[str, str]) -> None:
    done = set()
    for audience in AUDIENCES:
        for name, (may, answers) in MUTATIONS.items():
            if audience in may:
                answer = world.run(audience, documents[name], input=given(name))
                payload = answer[name]
                assert payload["userErrors"] or all(payload[one] is not None or one == "runId" for one in answers), name
                done |= {name} if not payload["userErrors"] else set()
    assert done >= {"createTrack", "createRelease", "applyContent", "createApiToken", "updateProfile", "logOut"}


@pytest.mark.parametrize("role", ["learner", "author", "reviewer", "admin"])
def test_a_token_of_every_scope_may_what_a_token_of_one_of_them_may(
    world: World, documents: dict[str, str], role: str
) -> None:
    person = world.viewers[role]
    token = replace(person, scopes=frozenset(SCOPES), session=None, token_id=new_id())
    world.viewers["every scope"] = token
    tokens = {f"{role}/{scope}" for scope in SCOPES}
    for name, (may, _) in MUTATIONS.items():
        if not may & tokens:
            answer = world.run("every scope", documents[name], input=given(name, world.names))
            assert (answer.codes, answer.meter.statements) == (["FORBIDDEN"], 0), name


@pytest.mark.parametrize(
    ("scopes", "options", "allowed"),
    [
        ({"content:write"}, {}, True),
        ({"content:write"}, {"dryRun": True}, True),
        ({"content:write"}, {"publish": True}, False),
        ({"content:write"}, {"prune": True}, False),
        ({"content:write"}, {"publish": True, "dryRun": True}, False),
        ({"content:publish"}, {"publish": True}, False),
        ({"content:write", "content:publish"}, {"publish": True, "prune": True}, True),
        ({"content:read"}, {"dryRun": True}, False),
    ],
)
async def test_applying_needs_the_right_of_all_that_it_does(
    author: Api, owner_url: str, scopes: set[str], options: dict[str, bool], allowed: bool
) -> None:
    tool = await author.as_("author", scopes=frozenset(scopes))
    before = rows(owner_url)
    operation = mutation("applyContent")
    answer = await tool.run(operation, input={"tracks": of(challenge()), **options})
    assert answer.codes == ([] if allowed else ["FORBIDDEN"])
    assert (rows(owner_url) == before) == (not allowed or "dryRun" in options)
