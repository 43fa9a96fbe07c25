"""Limits on documents: what a few hundred bytes could cost, refused before it costs anything."""

import time

import pytest
from graphql import GraphQLError, build_schema, get_introspection_query, parse

from core import limits
from gateway.execution.documents import Documents
from gateway.execution.query_cost import COMPARISONS, DEFINITIONS, DIRECTIVES, DOCUMENT_CHARACTERS, check_shape, cost_of
from tests.fix_gateway import GatewayServer

SCHEMA = build_schema(
    """
    type Query { tracks(first: Int, last: Int): TrackConnection! nodes(ids: [ID!]!): [Track]! track: Track node: Track }
    type TrackConnection { edges: [TrackEdge!]! pageInfo: PageInfo! }
    type TrackEdge { node: Track! }
    type PageInfo { hasNextPage: Boolean! }
    type Track { id: ID! title: String! modules: [Track!]! parent: Track }
    """
)


def limit_of(text: str) -> str | None:
    with pytest.raises(GraphQLError) as caught:
        check_shape(parse(text))
    extensions = caught.value.extensions
    assert extensions is not None
    assert extensions["code"] == "LIMIT"
    assert extensions["found"] > extensions["allowed"]
    return str(extensions["limit"])


def cost(text: str, **variables: object) -> int:
    document = parse(text)
    operation = Documents(SCHEMA).get(text)[0].operation(None)
    return cost_of(SCHEMA, document, operation, variables).objects


def doubling(levels: int) -> str:
    """A document whose spreads double at each level: 2 to the power of ``levels`` fields."""
    fragments = "".join(f"fragment f{i} on Query{{...f{i + 1} ...f{i + 1}}}" for i in range(levels))
    return "{...f0}" + fragments + f"fragment f{levels} on Query{{__typename}}"


def nested(depth: int) -> str:
    return "{node" + "{parent" * (depth - 2) + "{id}" + "}" * (depth - 2) + "}"


@pytest.mark.parametrize("levels", [20, 25, 40])
def test_spreads_that_double_are_refused_at_once(levels: int) -> None:
    text = doubling(levels)
    assert len(text) < 2_000
    documents = Documents(SCHEMA)
    began = time.process_time()
    document, _ = documents.get(text)
    assert time.process_time() - began < 0.5
    assert document.node is None
    assert [error.extensions["limit"] for error in document.errors if error.extensions] == ["selections"]


def test_doubling_document_is_refused_over_http(server: GatewayServer) -> None:
    server.gql("{ __typename }")
    began = time.perf_counter()
    answer = server.gql(doubling(25))
    assert time.perf_counter() - began < 5
    assert answer["errors"][0]["extensions"] == {
        "code": "LIMIT",
        "limit": "selections",
        "allowed": limits.OPERATION_TOKENS,
        "found": answer["errors"][0]["extensions"]["found"],
    }


@pytest.mark.parametrize(
    "text",
    [
        "{" + "__typename " * 2400 + "}",
        "{" + ("...{" + "__typename " * 20 + "}") * 100 + "}",
        "{track" + "{parent" * 3 + "{" + "id " * 2000 + "}" + "}" * 4,
        "{" + "track{modules{modules{id}}}" * 90 + "}",
        "{...a} fragment a on Query{...b ...b} fragment b on Query{...a ...a}",
        "{node(id:" + "[" * 2000 + "]" * 2000 + "){id}}",
        "{node(id:" + "{a:" * 1200 + "1" + "}" * 1200 + "){id}}",
        "query($a:" + "[" * 2000 + "Int" + "]" * 2000 + "){__typename}",
        "{" + "...{" * 1200 + "__typename" + "}" * 1200 + "}",
        "{__typename " + "@x " * 2400 + "}",
        "{" + " ".join(f"trak{i}" for i in range(2400)) + "}",
    ],
)
def test_no_document_keeps_the_server_busy(text: str) -> None:
    began = time.process_time()
    document, _ = Documents(SCHEMA).get(text)
    assert time.process_time() - began < 2
    assert document.errors


def test_depth_is_refused_with_what_was_found_and_what_to_do() -> None:
    check_shape(parse(nested(limits.OPERATION_DEPTH)))
    with pytest.raises(GraphQLError, match=r"limit for depth: 16, at most 15 allowed\. Ask for less"):
        check_shape(parse(nested(limits.OPERATION_DEPTH + 1)))


def test_depth_counts_through_fragments() -> None:
    inner = nested(limits.OPERATION_DEPTH)[5:-1]
    assert (
        limit_of("{track{...F}} fragment F on Track{parent{...G}} fragment G on Track{parent" + inner + "}") == "depth"
    )


def test_aliases_count_at_each_spread() -> None:
    check_shape(parse("{" + " ".join(f"a{i}: __typename" for i in range(limits.OPERATION_ALIASES)) + "}"))
    ten = " ".join(f"a{i}: __typename" for i in range(10))
    spreads = "t0: track{...F} t1: track{...F} t2: track{...F}"
    assert limit_of("{" + spreads + "} fragment F on Track{" + ten + "}") == "aliases"


def test_directives_and_definitions_and_comparisons_are_bounded() -> None:
    assert limit_of("{__typename " + "@skip(if: true) " * (DIRECTIVES + 1) + "}") == "directives"
    assert limit_of(" ".join(f"query q{i}{{__typename}}" for i in range(DEFINITIONS + 1))) == "definitions"
    assert limit_of("{" + "id " * (int(COMPARISONS**0.5) + 1) + "}") == "comparisons of fields"


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("{" + "a " * (limits.OPERATION_TOKENS + 1) + "}", "tokens"),
        ("#\n" * 1001 + "{__typename}", "comments"),
        ("{__typename}" + " " * DOCUMENT_CHARACTERS, "characters"),
    ],
)
def test_long_documents_are_refused_before_they_are_parsed(text: str, limit: str) -> None:
    (error,) = Documents(SCHEMA).get(text)[0].errors
    assert error.extensions is not None
    assert (error.extensions["code"], error.extensions["limit"]) == ("LIMIT", limit)


def test_cost_counts_objects_not_scalars() -> None:
    assert cost("{ __typename track { id title } }") == 1
    assert cost("{ tracks { edges { node { id } } } }") == limits.PAGE * 3
    assert cost("{ tracks(first: 7) { edges { node { id modules { id } } } } }") == 7 * (3 + 5)
    assert cost("query ($n: Int) { tracks(last: $n) { edges { node { id } } } }", n=4) == 4 * 3
    assert cost("query ($n: Int = 3) { tracks(first: $n) { edges { node { id } } } }") == 3 * 3
    assert cost("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["a", "b"]) == 2
    assert cost('{ nodes(ids: ["a", "b", "c"]) { id } }') == 3


def test_cost_of_a_fragment_counts_at_each_spread() -> None:
    spreads = "{ a: tracks(first: 2) { ...C } b: tracks(first: 3) { ...C } }"
    assert cost(spreads + "fragment C on TrackConnection { edges { node { id } } }") == 15


def test_cost_is_checked_with_the_variables_of_each_request(server: GatewayServer) -> None:
    query = """query ($n: Int) { tracks(first: $n) { edges { node {
        modules { lessons { challenges { id history(first: $n) { edges { node { seq } } } } } } } } } }"""
    documents = server.parts.documents
    document, _ = documents.get(query)
    assert document.errors == []
    few, many = (server.gql(query, {"n": n}) for n in (1, 100))
    assert "errors" not in few
    assert many["errors"][0]["extensions"]["limit"] == "cost"
    assert server.gql(query, {"n": 1}) == few


def test_introspection_is_allowed(server: GatewayServer) -> None:
    answer = server.gql(get_introspection_query())
    assert answer["data"]["__schema"]["queryType"]["name"] == "Query"


def test_introspection_that_nests_lists_is_refused(server: GatewayServer) -> None:
    query = "{__schema{types{fields{type{fields{type{fields{type{fields{name}}}}}}}}}}"
    assert server.gql(query)["errors"][0]["extensions"]["code"] == "VALIDATION"


def test_second_request_finds_the_document_in_the_cache() -> None:
    documents = Documents(SCHEMA)
    first, hit = documents.get("{ track { id } }")
    second, hit_again = documents.get("{ track { id } }")
    assert (hit, hit_again) == (False, True)
    assert second is first


def test_errors_are_cached_too() -> None:
    documents = Documents(SCHEMA)
    documents.get("{ nothing }")
    again, hit = documents.get("{ nothing }")
    assert hit
    assert [error.message for error in again.errors] == ["Cannot query field 'nothing' on type 'Query'."]


def test_cache_is_bounded_by_count_and_by_size() -> None:
    by_count = Documents(SCHEMA, count=3)
    for number in range(10):
        by_count.get(f"query q{number} {{ __typename }}")
    by_size = Documents(SCHEMA, characters=1_000)
    for number in range(10):
        by_size.get(f"query q{number} {{ __typename }}" + " " * 300)
    assert (len(by_count), len(by_size)) == (3, 3)
    assert by_count.get("query q9 { __typename }")[1]
    assert not by_count.get("query q0 { __typename }")[1]
