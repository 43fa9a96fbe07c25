"""Who may see and do what: every field and every mutation for every audience, as the tables of ``rights/`` say.

The tables are written by hand and know nothing of ``schema/fields.py`` and ``resolvers/policy.py``, which they check.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any, cast, get_args
from uuid import UUID

import psycopg
import pytest
from graphql import DocumentNode, GraphQLInterfaceType, GraphQLObjectType, get_named_type, parse, validate
from starlette.routing import Match, WebSocketRoute
from websockets.exceptions import ConnectionClosed

from core import limits
from core.ids import new_id
from core.sealing import Keyring
from embedded.supervisor import EmbeddedPostgres
from gateway.app import application
from gateway.http.credentials import COOKIE
from resolvers.context import Scope
from schema.api import schema
from schema.fields import global_id
from schema.inputs import text_of
from schema.node import parsed_id
from schema.people.tokens import ApiScope
from tests.fix_api import Api, uuid_of
from tests.fix_database import ROLES
from tests.gateway.test_graphql_ws import heard, send, socket
from tests.schema.rights_table import (
    AUDIENCES,
    FIELD,
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
    query,
    table,
)
from tests.schema.rights_world import IdempotentCall, World, made
from tests.versioning.makers import challenge, of, rows

ENTRIES = entries()
MUTATIONS = mutations()
# A sample of what the tables hold, to be sent by HTTP as well.
OVER_HTTP = (
    "{ challenge(path: $path) { liveSetHash viewerProgress { status } version { label solution { html } } } }",
    "{ nodes(ids: [$learner_attempt, $draft, $learner_user, $token, $run]) { __typename id } }",
    "{ viewer { user { displayName role } } }",
    "{ drafts(first: 1) { edges { node { id } } } }",
    "{ users(first: 1) { edges { node { id } } } }",
    'mutation { setPublished(input: {id: "nobody", published: true}) { userErrors { code } } }',
    'mutation { revokeApiToken(input: {apiTokenId: "nobody"}) { userErrors { code } } }',
    'mutation { gradeAttempt(input: {attemptId: "nobody", results: []}) { userErrors { code } } }',
)
PRIVATE = ("Attempt", "ChallengeProgress", "Enrollment", "Notice")
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"


@pytest.fixture(scope="module")
def world(postgres: EmbeddedPostgres, template: str, keyring: Keyring) -> Iterator[World]:
    """One world for the whole file: no test changes in it what another one looks at. All of it is one client."""
    with pytest.MonkeyPatch.context() as unlimited:
        for name in ("CLIENT_SIGN_UPS", "CLIENT_TRIES", "CLIENT_ACCOUNT_TRIES", "ACCOUNT_TRIES"):
            unlimited.setattr(limits, name, 1_000_000)
        yield from _world(postgres, template, keyring)


def _world(postgres: EmbeddedPostgres, template: str, keyring: Keyring) -> Iterator[World]:
    with psycopg.connect(postgres.url(), autocommit=True) as owner:
        owner.execute(f'create database "rights" template "{template}"'.encode())
        with made(postgres.url(database="rights"), postgres.url(user=ROLES.gateway, database="rights"), keyring) as all:
            yield all
        owner.execute('drop database "rights" with (force)')


def refusal(audience: str) -> str:
    return "UNAUTHENTICATED" if audience == "visitor" else "FORBIDDEN"


def test_every_field_of_the_schema_has_its_entry() -> None:
    told = {
        f"{name}.{field}" for name, entry in ENTRIES.items() for field in entry.fields.keys() - entry.variants.keys()
    }
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
    assert [text_of(scope) for scope in ApiScope] == SCOPES
    assert frozenset().union(*GROUPS.values()) == GROUPS["everyone"] == set(AUDIENCES)


def test_every_field_is_answered_to_those_of_the_table_and_to_nobody_else(world: World) -> None:
    types = [entry for entry in ENTRIES.values() if entry.name != "Query"]
    documents = [parse(text) for text in (query(world.names, types), *by_mutations(world.names, types))]
    assert [fault for document in documents for fault in validate(schema._schema, document)] == []
    faults: list[str] = []
    for audience in AUDIENCES:
        answers = world.ask(audience, *((document, {}) for document in documents))
        data = [answer.data for answer in answers]
        faults += [f"{audience}: {fault}" for entry in types for fault in _faults(entry, audience, data)]
        errors = {error for answer in answers for error in answer.errors if error[1] != refusal(audience)}
        faults += [f"{audience}: {where} {what}" for where, what in sorted(errors)]
        if audience not in GROUPS["graders"]:
            mine = world.viewers[audience].user_id
            faults += [f"{audience}: comes to another's {name}" for name, owner in _private(data) if owner != mine]
    assert faults == []


def _faults(entry: Entry, audience: str, answers: Any) -> Iterator[str]:
    """Yield what is wrong with what somebody was answered of a type."""
    shown, found = entry.shown_to(audience), list(entry.found(answers))
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
        (answer,) = world.ask(audience, (document, {}))
        faults += [f"{audience}: {fault}" for fault in _faults(entry, audience, answer.data)]
        expected = {FIELD + name: refusal(audience) for name in entry.refused - entry.shown_to(audience)}
        if dict(answer.errors) != expected:
            faults.append(f"{audience}: is refused {answer.errors}")
    assert faults == []


@pytest.mark.parametrize("what", ["learner_attempt", "learner_one", "learner_enrollment", "learner_notice", "token"])
def test_what_is_anothers_own_is_like_nothing_by_its_id_and_costs_as_much(world: World, what: str) -> None:
    id, track = world.names[what], world.names["track"]
    kind, uuids = cast("tuple[str, list[UUID]]", parsed_id(id))
    unknown = [global_id(kind, *(new_id() for _ in uuids)), global_id(kind, *uuids[:-1], new_id())]
    document = parse(NODES)
    for audience in set(AUDIENCES) - ENTRIES[kind].fields["id"]:
        answers = world.ask(audience, *((document, {"ids": [one, track]}) for one in (id, *unknown)))
        for answer in answers:
            assert (answer.data["nodes"], answer.errors) == ([None, {"id": track}], []), audience
            assert answer.meter == answers[0].meter, audience


@pytest.fixture(scope="module")
def documents() -> dict[str, DocumentNode]:
    """The document of each mutation, valid."""
    found = {name: parse(mutation(name)) for name in MUTATIONS}
    assert [fault for document in found.values() for fault in validate(schema._schema, document)] == []
    return found


@pytest.mark.parametrize("ids", ["known", "unknown"])
def test_a_mutation_is_refused_before_any_look_and_whether_or_not_its_ids_exist(
    world: World, documents: dict[str, DocumentNode], ids: str
) -> None:
    before = rows(world.owner_url)
    inputs = {name: {"input": given(name, world.names if ids == "known" else None)} for name in MUTATIONS}
    for audience in AUDIENCES:
        refused = [name for name, (may, _) in MUTATIONS.items() if audience not in may]
        for name, answer in zip(
            refused, world.ask(audience, *((documents[one], inputs[one]) for one in refused)), strict=True
        ):
            assert (answer.data, answer.errors) == ({}, [(name, refusal(audience))]), audience
            assert answer.meter.statements == 0, (audience, name)
    assert rows(world.owner_url) == before


def test_a_mutation_is_not_refused_to_whom_the_table_allows_it(
    world: World, documents: dict[str, DocumentNode]
) -> None:
    done = set()
    for audience in AUDIENCES:
        allowed = [name for name, (may, _) in MUTATIONS.items() if audience in may]
        asked = [(documents[name], {"input": given(name)}) for name in allowed]
        for name, answer in zip(allowed, world.ask(audience, *asked), strict=True):
            assert answer.errors == [], (audience, name)
            payload, shown = answer.data[name], MUTATIONS[name][1]
            if payload["userErrors"] == []:
                assert all(payload[one] is not None or one == "runId" for one in shown), (audience, name)
                done.add(name)
    assert done >= {"createTrack", "createRelease", "applyContent", "createApiToken", "updateProfile", "logOut"}


@pytest.mark.parametrize("name", ["dismissNotice", "rejudgeAttempt", "revokeApiToken"])
def test_a_mutation_finds_nothing_of_what_is_anothers_own(
    world: World, documents: dict[str, DocumentNode], name: str
) -> None:
    before = rows(world.owner_url)
    asked = [(documents[name], {"input": given(name, names)}) for names in (world.names, None)]
    for audience in GROUPS["persons"] - {"learner", "author" if name == "revokeApiToken" else ""}:
        if (name, audience) == ("revokeApiToken", "admin"):
            continue  # who may end anybody's
        known, unknown = world.ask(audience, *asked)
        assert known.data[name]["userErrors"][0]["code"] == "NOT_FOUND", audience
        assert known == unknown, audience
    assert rows(world.owner_url) == before


def test_a_version_of_another_challenge_is_like_none_when_it_is_stated(world: World) -> None:
    begin = (
        "mutation ($input: StartChallengeInput!) { startChallenge(input: $input) { userErrors { expected actual } } }"
    )
    one, five = world.names["one"], uuid_of(world.names["five"])
    (hidden, *_), *_ = world.back("select id from challenge_versions where challenge_id = %s", five)
    told = [
        world.run("other", begin, input={"challengeId": one, "versionId": global_id("ChallengeVersion", id)}).data
        for id in (hidden, new_id())
    ]
    assert told[0] == told[1]


HIDDEN = (
    "{ nodes(ids: [$learner_attempt]) { ... on Attempt { challenge { id } version { challenge { id } } } } }",
    "{ viewer { attempts { edges { node { version { challenge { id } } } } } } }",
    "{ nodes(ids: [$learner_enrollment, $learner_one]) { id } viewer { dashboard { track { id } } } }",
)


def test_ones_own_work_in_a_track_that_is_hidden_is_no_fault_of_ours(world: World) -> None:
    documents: list[IdempotentCall] = [(parse(bound(text, world.names)), {}) for text in HIDDEN]
    admin, given = world.api("admin"), {"id": world.names["track"]}
    world.server.do(admin.done("setPublished", **given, published=False))
    try:
        attempt, history, own = world.ask("learner", *documents)
    finally:
        world.server.do(admin.done("setPublished", **given, published=True))
    assert [one.errors for one in (attempt, history)] == [[("nodes", "NOT_FOUND")], [("viewer", "NOT_FOUND")]]
    assert (own.data, own.errors) == ({"nodes": [None, None], "viewer": {"dashboard": []}}, [])
    for answer in world.ask("learner", *documents):
        assert answer.errors == []


@pytest.mark.parametrize("role", ["learner", "author", "reviewer", "admin"])
def test_a_token_of_every_scope_may_what_a_token_of_one_of_them_may(
    world: World, documents: dict[str, DocumentNode], role: str
) -> None:
    world.viewers["every scope"] = replace(world.viewers[role], scopes=frozenset(get_args(Scope)), token_id=new_id())
    tokens = {f"{role}/{scope}" for scope in SCOPES}
    refused = [name for name, (may, _) in MUTATIONS.items() if not may & tokens]
    asked = [(documents[name], {"input": given(name, world.names)}) for name in refused]
    for name, answer in zip(refused, world.ask("every scope", *asked), strict=True):
        assert (answer.errors, answer.meter.statements) == ([(name, "FORBIDDEN")], 0)


def test_a_credential_that_has_ended_is_nobody_whatever_it_asks_for(world: World) -> None:
    types = [entry for entry in ENTRIES.values() if entry.name != "Query" and entry.ways]
    asked: list[dict[str, Any]] = [{"query": query(world.names, types)}]
    asked += [{"query": mutation(name), "variables": {"input": given(name, world.names)}} for name in MUTATIONS]
    assert len(world.dead) == 9
    before = rows(world.owner_url)
    with world.server.client() as client:
        for why, secret in world.dead.items():
            for body in asked if why in ("expired session", "suspended") else asked[:1]:
                answer = client.post("/graphql", json=body, headers=bearer(secret))
                told = answer.json()
                assert (answer.status_code, list(told)) == (401, ["errors"]), why
                assert [error["extensions"]["code"] for error in told["errors"]] == ["UNAUTHENTICATED"], why
    assert rows(world.owner_url) == before


def bearer(secret: str | None) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"} if secret else {}


def test_over_http_everybody_is_answered_as_without(world: World) -> None:
    asked = [bound(text, world.names) for text in OVER_HTTP]
    with world.server.client() as client:
        for audience in AUDIENCES:
            for text, without in zip(asked, world.ask(audience, *((parse(text), {}) for text in asked)), strict=True):
                over = client.post("/graphql", json={"query": text}, headers=bearer(world.secrets[audience])).json()
                codes = [error["extensions"]["code"] for error in over.get("errors", [])]
                assert (over["data"] or {}, codes) == (without.data, [code for _, code in without.errors]), audience
        # A cookie comes unasked, so one that holds no more makes nobody of whoever has it.
        cookie = {"cookie": f"{COOKIE}={world.dead['expired session']}"}
        for text, visitor in zip(asked, world.ask("visitor", *((parse(text), {}) for text in asked)), strict=True):
            assert (client.post("/graphql", json={"query": text}, headers=cookie).json()["data"] or {}) == visitor.data


def test_a_subscription_is_heard_by_those_of_the_table_and_by_nobody_else(world: World) -> None:
    for name, told in table("subscriptions").items():
        document = bound(f"subscription {{ {told['document']} }}", world.names)
        for audience in AUDIENCES:
            hears = audience in GROUPS[told["heard_by"]]
            answer = _listen(world, world.secrets[audience], document, publishes=hears and name == "publications")
            if hears:
                assert answer == name, audience
            elif audience in told.get("INVALID", "").split():
                assert answer == "INVALID", (audience, name)
            else:
                assert answer == refusal(audience) or (answer, audience) == ("closed", "visitor"), (audience, name)
        for why, secret in world.dead.items():
            assert _listen(world, secret, document) == "closed", (why, name)


def _listen(world: World, secret: str | None, document: str, *, publishes: bool = False) -> str:
    """Subscribe and return the field that is told, or the code of the error, or that the socket was closed."""
    with socket(world.server, secret) as made:
        send(made, "connection_init")
        try:
            if heard(made) != {"type": "connection_ack"}:
                return "not acknowledged"
        except ConnectionClosed as closed:
            return "closed" if closed.rcvd and closed.rcvd.code in (4401, 4403) else str(closed)
        send(made, "subscribe", id="1", payload={"query": document})
        message = None
        while message is None:  # nothing tells when it listens
            if publishes:
                world.server.do(_publish(world))
            with suppress(TimeoutError):
                message = heard(made, 0.2 if publishes else 10)
        if message["type"] != "next":
            return str(message["payload"][0]["extensions"]["code"])
        return ", ".join(message["payload"]["data"])


async def _publish(world: World) -> None:
    """Make an entry of the log that changes nothing for anybody."""
    author, id = world.api("author"), world.names["more"]
    for shown in (True, False):
        await author.do("setPublished", id=id, published=shown)


def test_every_path_answers_the_status_of_the_table(world: World) -> None:
    known = world.names | {"run_uuid": str(uuid_of(world.names["run"])), "no_uuid": str(new_id())}
    told = table("paths")
    with world.server.client(headers={"accept": "text/html"}) as client:
        for name, groups in told.items():
            path = re.sub(r"\$([a-z_]+)", lambda found: known[found[1]], name)
            # Of several groups that somebody is in, the first one counts.
            statuses = {one: groups[group] for group in reversed(groups) if group != "dead" for one in GROUPS[group]}
            assert statuses.keys() == set(AUDIENCES), name
            for audience, status in statuses.items():
                answer = client.get(path, headers=bearer(world.secrets[audience]))
                assert answer.status_code == status, (name, audience)
            for why, secret in world.dead.items():
                assert client.get(path, headers=bearer(secret)).status_code == groups["dead"], (name, why)
                answer = client.get(path, headers={"cookie": f"{COOKIE}={secret}"})
                assert answer.status_code == statuses["visitor"], (name, why)
    app = cast("Any", application(world.server.pool, world.server.keyring))
    for route in app.app._inner.routes:
        scopes = [{"type": "http", "method": "GET", "path": path} for path in told]
        assert isinstance(route, WebSocketRoute) or any(route.matches(scope)[0] is Match.FULL for scope in scopes), (
            route.path
        )


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
