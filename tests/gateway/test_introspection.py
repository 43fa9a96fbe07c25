"""Introspection and suggestions: for whom, how much, how often, and counted by what they really answer."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, execute_sync, get_introspection_query, parse

from core import limits
from core.sealing import Keyring
from gateway.execution.documents import Documents
from gateway.execution.exposure import Exposure, Introspection
from gateway.execution.introspection import Introspector
from gateway.execution.introspection_cost import objects_of
from gateway.execution.operation import root_fields
from resolvers.context import VISITOR
from schema.api import schema
from tests.fix_gateway import GatewayServer, serving

ALL_OPTIONS = get_introspection_query(
    descriptions=True,
    specified_by_url=True,
    directive_is_repeatable=True,
    schema_description=True,
    input_value_deprecation=True,
)
SMALL = '{ __type(name: "Difficulty") { enumValues { name } } }'
DEEP = "{ __schema { types { fields { args { type { name } } type { fields { type { name ofType { name } } } } } } } }"
TYPO = "{ trak }"


@pytest.fixture
def signed_in(gateway_url: str, keyring: Keyring) -> Iterator[GatewayServer]:
    """A server that tells its schema to those who are signed in."""
    with serving(gateway_url, keyring, exposure=Exposure(Introspection.SIGNED_IN)) as made:
        yield made


def codes(answer: dict[str, Any]) -> set[str]:
    return {error["extensions"]["code"] for error in answer["errors"]}


def counted(value: object) -> int:
    """Return the number of objects in an answer."""
    if isinstance(value, dict):
        return 1 + sum(map(counted, value.values()))
    return sum(map(counted, value)) if isinstance(value, list) else 0


def test_a_visitor_introspects_nothing_where_that_is_for_the_signed_in(signed_in: GatewayServer) -> None:
    for query in (get_introspection_query(), '{ tracks { edges { node { id } } } __type(name: "Track") { name } }'):
        assert codes(signed_in.gql(query)) == {"INTROSPECTION_DISABLED"}
    # As for a name that there is not, so that names cannot be tried out.
    assert signed_in.gql(SMALL) == {"data": {"__type": None}}
    assert signed_in.gql("{ __typename }") == {"data": {"__typename": "Query"}}
    learner = signed_in.token("learner")
    assert signed_in.gql(SMALL, token=learner)["data"]["__type"]["enumValues"]
    assert signed_in.gql(get_introspection_query(), token=learner)["data"]["__schema"]["types"]
    assert signed_in.gql(SMALL) == {"data": {"__type": None}}


def test_off_is_off_for_all(gateway_url: str, keyring: Keyring) -> None:
    with serving(gateway_url, keyring, exposure=Exposure(Introspection.OFF)) as server:
        answer = server.gql(ALL_OPTIONS, token=server.token("admin"))
        assert codes(answer) == {"INTROSPECTION_DISABLED"}
        assert "schema.graphql" in answer["errors"][0]["message"]
        assert server.gql(SMALL, token=server.token("admin")) == {"data": {"__type": None}}
        assert "Did you mean" not in str(server.gql(TYPO, token=server.token("admin")))


@pytest.mark.parametrize(
    "query",
    [
        TYPO,
        "{ tracks }",
        "{ tracks(frist: 1) { edges { node { id } } } }",
        "query ($s: PublishingStat) { __typename }",
        "{ drafts(state: DRAFTS) { edges { node { id } } } }",
    ],
)
def test_suggestions_follow_the_setting_also_from_the_cache(signed_in: GatewayServer, query: str) -> None:
    learner = signed_in.token("learner")
    for _ in range(2):
        assert "Did you mean" not in str(signed_in.gql(query))
        assert "Did you mean" in str(signed_in.gql(query, None, learner))


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("query ($s: PublishingState) { drafts(state: $s) { edges { node { id } } } }", {"s": "DRAFTS"}),
        (
            "mutation ($i: LogInInput!) { logIn(input: $i) { token } }",
            {"i": {"email": "a@example.org", "password": "12345678", "passwort": "x"}},
        ),
    ],
)
def test_values_of_variables_are_answered_with_no_suggestion(
    signed_in: GatewayServer, query: str, variables: dict[str, Any]
) -> None:
    for token in (None, signed_in.token("learner")):
        (error,) = signed_in.gql(query, variables, token)["errors"]
        assert error["extensions"]["code"] == "BAD_REQUEST"
        assert "Did you mean" not in error["message"]


@pytest.mark.parametrize("query", [get_introspection_query(), ALL_OPTIONS, DEEP])
def test_cost_is_the_number_of_objects_that_come(query: str) -> None:
    document = parse(query)
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    (operation,) = (one for one in document.definitions if isinstance(one, OperationDefinitionNode))
    node: Any = operation.selection_set.selections[0]
    told = execute_sync(schema._schema, document).data
    assert told is not None
    assert objects_of(schema._schema, fragments, node, None, allowed=10**9, left_out=lambda _: False) == counted(
        told["__schema"]
    )


def test_the_queries_of_tools_are_served_and_larger_ones_are_not(server: GatewayServer) -> None:
    assert server.gql(ALL_OPTIONS)["data"]["__schema"]["queryType"]["name"] == "Query"
    kind = "type { name ofType { name ofType { name ofType { name } } } %s }"
    fields = f"fields {{ args {{ {kind % ''} }} {kind} }}"
    greedy = f"{{ __schema {{ types {{ {fields % (fields % '')} more: {fields % (fields % '')} }} }} }}"
    (error,) = server.gql(greedy)["errors"]
    assert error["extensions"]["code"] == "LIMIT"
    assert error["extensions"]["found"] > error["extensions"]["allowed"] == limits.INTROSPECTION_OBJECTS


def test_introspection_runs_once_in_an_operation(server: GatewayServer) -> None:
    once = "{ a: __schema { queryType { name } } }"
    twice = "{ a: __schema { queryType { name } } ...F } fragment F on Query { b: __schema { queryType { name } } }"
    assert server.gql(once)["data"]["a"]["queryType"]["name"] == "Query"
    assert codes(server.gql(twice)) == {"LIMIT"}
    types = [f'a{number}: __type(name: "Track") {{ name }}' for number in range(limits.INTROSPECTED_TYPES + 1)]
    assert len(server.gql("{" + " ".join(types[1:]) + "}")["data"]) == limits.INTROSPECTED_TYPES
    assert codes(server.gql("{" + " ".join(types) + "}")) == {"LIMIT"}


def test_only_a_little_introspection_stands_beside_other_fields(server: GatewayServer) -> None:
    beside = "{ tracks(first: 1) { edges { node { id } } } %s }"
    answer = server.gql(beside % SMALL[1:-1])
    assert answer["data"]["tracks"] == {"edges": []}
    assert len(answer["data"]["__type"]["enumValues"]) == 3
    assert codes(server.gql(beside % "__schema { types { name } }")) == {"LIMIT"}


def test_answers_are_kept_by_document_operation_and_variables(server: GatewayServer) -> None:
    named = "query ($n: String!, $more: Boolean = false) { __type(name: $n) { name kind @include(if: $more) } }"
    first = server.gql(named, {"n": "Track", "unused": 1})
    assert first == {"data": {"__type": {"name": "Track"}}}
    assert len(server.parts.introspector) == 1
    assert server.gql(named, {"n": "Track", "unused": 2}) == first
    assert len(server.parts.introspector) == 1
    assert server.gql(named, {"n": "Track", "more": True})["data"]["__type"]["kind"] == "OBJECT"
    assert server.gql(named, {"n": "Nothing"}) == {"data": {"__type": None}}
    assert len(server.parts.introspector) == 3
    assert codes(server.gql(named, {})) == {"BAD_REQUEST"}
    assert len(server.parts.introspector) == 3


async def test_the_cache_of_answers_is_bounded_by_their_size() -> None:
    introspector = Introspector(schema._schema, Exposure(Introspection.PUBLIC), kept_bytes=200)
    documents = Documents(schema._schema)
    for number in range(10):
        document, _ = documents.get(f'query q{number} {{ __type(name: "Track") {{ name kind }} }}')
        operation = document.operation(None)
        assert document.node is not None
        fields = root_fields(document.node, operation)
        cost = document.check_cost(schema._schema, operation, {})
        result = await introspector.answer(document, operation, fields, {}, cost, VISITOR)
        assert orjson.loads(orjson.dumps(result.data if result else None)) == {
            "__type": {"name": "Track", "kind": "OBJECT"}
        }
    assert len(introspector) == 200 // len(b'{"__type":{"name":"Track","kind":"OBJECT"}}')
