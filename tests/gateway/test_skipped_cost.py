"""What ``@skip`` and ``@include`` leave out is free, and nothing else is."""

import time
from typing import Any

import pytest
from graphql import GraphQLError, build_schema, parse

from core import limits
from gateway.execution.documents import Documents
from gateway.execution.query_cost import cost_of
from tests.fix_gateway import GatewayServer

SCHEMA = build_schema(
    """
    type Query { tracks(first: Int): [Track!]! nodes(ids: [ID!]!): [Track]! track: Track }
    type Track { id: ID! tracks(first: Int): [Track!]! }
    """
)
INNER = "tracks(first: 100) { tracks(first: 100) { id } }"
FULL = 100 * 101


def cost(text: str, variables: dict[str, Any] | None = None) -> int:
    document = parse(text)
    assert Documents(SCHEMA).get(text)[0].errors == []
    operation = Documents(SCHEMA).get(text)[0].operation(None)
    return cost_of(SCHEMA, document, operation, variables or {}).objects


@pytest.mark.parametrize(
    ("directive", "variables", "free"),
    [
        ("@skip(if: true)", {}, True),
        ("@skip(if: false)", {}, False),
        ("@include(if: false)", {}, True),
        ("@include(if: true)", {}, False),
        ("@include(if: true) @skip(if: true)", {}, True),
        ("@skip(if: false) @include(if: false)", {}, True),
        ("@skip(if: $yes)", {"yes": True}, True),
        ("@skip(if: $yes)", {"yes": False}, False),
        ("@include(if: $yes)", {"yes": False}, True),
        ("@include(if: $no)", {}, True),
        ("@include(if: $no)", {"no": True}, False),
        ("@skip(if: $no)", {}, False),
        # No Boolean: the executor refuses these, and they lower no price.
        ("@include(if: $yes)", {}, False),
        ("@include(if: $no)", {"no": None}, False),
        ("@include(if: $yes)", {"yes": 0}, False),
        ("@skip(if: $yes)", {"yes": 1}, False),
        ("@skip(if: $yes)", {"yes": "true"}, False),
        ("@skip(if: $yes)", {"yes": [True]}, False),
        ("@skip(if: $yes)", {"yes": {"yes": True}}, False),
    ],
)
@pytest.mark.parametrize("shape", ["field", "inline", "spread", "inside"])
def test_what_a_directive_leaves_out_is_free(shape: str, directive: str, variables: dict[str, Any], free: bool) -> None:
    given = "".join(f"${name}: Boolean! = {default}" for name, default in (("no", "false"),) if f"${name}" in directive)
    given += "$yes: Boolean!" if "$yes" in directive else ""
    head = f"query({given})" if given else ""
    texts = {
        "field": f"{{ track {{ id {INNER.replace(')', f') {directive}', 1)} }} }}",
        "inline": f"{{ track {{ id ... {directive} {{ {INNER} }} }} }}",
        "spread": f"{{ track {{ id ...F {directive} }} }} fragment F on Track {{ {INNER} }}",
        "inside": f"{{ track {{ id ...F }} }} fragment F on Track {{ {INNER.replace(')', f') {directive}', 1)} }}",
    }
    assert cost(head + texts[shape], variables) == (1 if free else 1 + FULL)


@pytest.mark.parametrize(
    "directive", ["@skip", "@skip(if: null)", '@skip(if: "true")', "@skip(if: 1)", "@include(if: [])"]
)
def test_a_malformed_directive_neither_crashes_nor_lowers_the_cost(directive: str) -> None:
    text = f"{{ track {directive} {{ {INNER} }} }}"
    document = parse(text)
    assert Documents(SCHEMA).get(text)[0].errors != [], "it is refused before anybody asks for its cost"
    operation: Any = document.definitions[0]
    assert cost_of(SCHEMA, document, operation, {}).objects == 1 + FULL


def test_a_fragment_costs_at_each_spread_that_is_not_left_out() -> None:
    spreads = "{ track { ...F ...F @skip(if: true) } tracks(first: 2) { ...F @include(if: true) } }"
    assert cost(spreads + "fragment F on Track { tracks(first: 3) { id } }") == (1 + 3) + 2 * (1 + 3)


def test_spreads_that_double_with_directives_are_priced_in_a_moment() -> None:
    levels = 40
    names = "".join(f"fragment f{i} on Track {{ ...f{i + 1} @skip(if: $s) ...f{i + 1} }}" for i in range(levels))
    text = (
        "query($s: Boolean!) { track { ...f0 } }"
        + names
        + f"fragment f{levels} on Track {{ tracks(first: 1) {{ id }} }}"
    )
    document = parse(text)
    operation: Any = document.definitions[0]
    began = time.process_time()
    assert cost_of(SCHEMA, document, operation, {"s": True}).objects == 2
    assert cost_of(SCHEMA, document, operation, {"s": False}).objects >= 10**9
    assert time.process_time() - began < 0.5


def test_a_kept_cost_is_never_that_of_other_variables() -> None:
    text = """query($s: Boolean = true, $a: Int, $b: Int, $ids: [ID!]!) {
        x: track @include(if: $s) { tracks(first: $a) { id } }
        y: track @skip(if: $s) { tracks(first: $b) { id } }
        nodes(ids: $ids) { id } }"""
    requests: list[dict[str, Any]] = [
        {"s": s, "a": a, "b": b, "ids": ["x"]}
        for s in (True, False)
        for a in (5, 100, None, [1] * 100)
        for b in (5, 100, None)
    ]
    requests += [{"a": 5, "ids": ["x"]}, {"s": None, "a": 5, "ids": ["x"]}, {"s": 1, "a": 5, "ids": ["x"]}]
    for order in (requests, requests[::-1]):
        document, _ = Documents(SCHEMA).get(text)
        assert document.errors == []
        operation = document.operation(None)
        for variables in [*order, *order]:
            assert document.node is not None
            alone = cost_of(SCHEMA, document.node, operation, variables)
            assert document.check_cost(SCHEMA, operation, variables) == alone, variables


def test_what_is_skipped_is_served_and_what_is_not_is_refused(server: GatewayServer) -> None:
    query = """query($n: Boolean!) { tracks(first: 100) { edges { node { slug modules @include(if: $n) { lessons {
        challenges { versions(first: 100) { edges { node { label } } } } } } } } } }"""
    assert "errors" not in server.gql(query, {"n": False})
    refused = server.gql(query, {"n": True})["errors"][0]["extensions"]
    assert (refused["code"], refused["limit"]) == ("LIMIT", "cost")
    introspection = """query($n: Boolean!) { __schema { queryType { name }
        types @include(if: $n) { fields { args { name } type { name ofType { name } } } } } }"""
    assert "errors" not in server.gql(introspection, {"n": False})


def test_a_cost_over_the_limit_is_refused_whatever_was_skipped_before() -> None:
    text = "query($s: Boolean!) { tracks(first: 100) @skip(if: $s) { tracks(first: 1000) { id } } }"
    document, _ = Documents(SCHEMA).get(text)
    operation = document.operation(None)
    assert document.check_cost(SCHEMA, operation, {"s": True}).objects == 0
    with pytest.raises(GraphQLError, match="limit for cost"):
        document.check_cost(SCHEMA, operation, {"s": False})
    assert limits.OPERATION_COST < 100 * 1001
