"""Wrong values for every argument and input field of the schema, over HTTP: told with a code, and never quoted."""

import re
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any

import httpx
import orjson
from graphql import (
    GraphQLInputType,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_scalar_type,
)

from schema.api import schema
from tests.fix_gateway import GatewayServer

SECRET = "hunter2-not-to-be-repeated"
PYTHON = re.compile(
    r"\bNone\b|NoneType|\bTrue\b|\bFalse\b|isoformat|Traceback|Expecting value|has no attribute|<class"
    r"|\b(?:str|int|dict|float|bool|tuple|psycopg|bytes)\b|[A-Z]\w+Error\b|Exception|argument must be|codec|NUL \("
)
DEEP = "DEEP"
LONG = "x" * 100_000
SCALARS: dict[str, list[Any]] = {
    "Int": ["x", 1.5, 2**31, -(2**31) - 1, 10**18, True, [], {}, [[1]], DEEP],
    "Float": ["x", True, {}, 10**18, 1e308],
    "String": [1, True, {}, [SECRET, 1], LONG, "a\0b", "", "\u202e", DEEP],
    "ID": [1.5, True, {}, LONG, "a\0b", "", SECRET, "VHJhY2s6", 10**18, DEEP],
    "Boolean": ["true", 0, 1, {}, [], DEEP],
    "DateTime": ["yesterday", 5, True, {}, "2026-01-01", "2026-01-31T12:00:00", "0001-01-01T00:00:00+14:00", "x\0"],
}
OBJECTS: list[Any] = [SECRET, 5, [], {}, {SECRET: 1, "password": SECRET}, DEEP]
ENUMS: list[Any] = [SECRET, 5, {}, [SECRET, 1]]
# Each place takes the next few, so that all are tried in many places and none of them in all.
_turn = {name: cycle(values) for name, values in {**SCALARS, "": OBJECTS, "enum": ENUMS}.items()}


def wrong(type_: GraphQLInputType) -> list[Any]:
    """Return values that do not belong to a type, or are at the edge of what does."""
    if is_non_null_type(type_):
        return [None, *wrong(type_.of_type)]
    if is_list_type(type_):
        return [[None], [[[1]]], *([one] for one in wrong(type_.of_type)[:1])]
    kind = "" if is_input_object_type(type_) else "enum" if is_enum_type(type_) else str(type_)
    return list(islice(_turn[kind], 2))


def right(type_: Any) -> Any:
    """Return the least value that a type takes."""
    if is_non_null_type(type_):
        return right(type_.of_type)
    if is_list_type(type_):
        return []
    if is_enum_type(type_):
        return next(iter(type_.values))
    if is_input_object_type(type_):
        return {name: right(field.type) for name, field in type_.fields.items() if is_non_null_type(field.type)}
    return {"Int": 1, "Float": 1.0, "Boolean": False, "DateTime": "2026-01-31T12:00:00Z"}.get(type_.name, SECRET)


def below(type_: Any) -> str:
    """Return what to select of a field, with the faults of a mutation."""
    named = get_named_type(type_)
    if is_leaf_type(named):
        return ""
    return "{ userErrors { code message } }" if "userErrors" in getattr(named, "fields", {}) else "{ __typename }"


def cases() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield a field's name, an operation, and variables of which one is wrong."""
    for kind, root in (("query", schema._schema.query_type), ("mutation", schema._schema.mutation_type)):
        assert root is not None
        for name, field in root.fields.items():
            needed = {one: right(given.type) for one, given in field.args.items() if is_non_null_type(given.type)}
            for one, given in field.args.items():
                declared = {other: field.args[other].type for other in (*needed, one)}
                operation = (
                    f"{kind} ({', '.join(f'${other}: {type_}' for other, type_ in declared.items())})"
                    f" {{ {name}({', '.join(f'{other}: ${other}' for other in declared)}) {below(field.type)} }}"
                )
                for value in wrong(given.type):
                    yield name, operation, {**needed, one: value}
                named = get_named_type(given.type)
                if is_input_object_type(named):
                    for part, inner in named.fields.items():
                        for value in wrong(inner.type):
                            yield name, operation, {**needed, one: {**right(named), part: value}}


def body(operation: str, variables: dict[str, Any]) -> bytes:
    """Return a request's body; what is DEEP has 990 levels."""
    text = orjson.dumps({"query": operation, "variables": variables}).decode()
    return text.replace(f'"{DEEP}"', "[" * 990 + "]" * 990).encode()


def faults_of(response: httpx.Response) -> list[str]:
    """Return what is wrong with an answer: no code, a code of ours, Python's words, or a secret."""
    found = [f"status {response.status_code}"] if response.status_code >= 500 else []
    answer = response.json()
    errors = [(one["message"], one.get("extensions", {}).get("code")) for one in answer.get("errors", ())]
    for payload in (answer.get("data") or {}).values():
        if isinstance(payload, dict):
            errors += [(one["message"], one["code"]) for one in payload.get("userErrors", ())]
    for message, code in errors:
        if code in (None, "INTERNAL") or PYTHON.search(message) or SECRET in message or len(message) > 2_000:
            found.append(f"{code}: {message[:300]}")
    return found


def test_each_wrong_value_is_told_with_a_code_in_plain_words(server: GatewayServer) -> None:
    found: dict[str, list[str]] = {}
    refused = sent = 0
    with server.client(server.token("admin")) as admin, server.client() as visitor:
        headers = {"content-type": "application/json", "accept": "application/graphql-response+json"}
        for name, operation, variables in cases():
            client = visitor if name == "logOut" else admin
            response = client.post("/graphql", content=body(operation, variables), headers=headers)
            sent += 1
            refused += b'"errors":' in response.content or b'"code":' in response.content
            if faults := faults_of(response):
                found.setdefault(faults[0], []).append(f"{operation} {str(variables)[:200]}")
    assert {fault: (len(where), where[0]) for fault, where in found.items()} == {}
    assert sent > 500
    assert refused > 0.8 * sent


def test_every_scalar_of_the_schema_is_tried() -> None:
    assert set(SCALARS) == {name for name, one in schema._schema.type_map.items() if is_scalar_type(one)}


DEEP_TWIN = b'{"query": "{ __typename }", "variables": {"query": ' + b"[" * 990 + b"]" * 990 + b"}}"


BODIES = [
    b"",
    b"{",
    b'{"query": "{ __typename }"} x',
    b'{"query": "\\ud800"}',
    b'{"query": "\xff"}',
    b'{"query": "{ __typename }", "variables": {"a": 1e999}}',
    b'{"query": "{ __typename }", "variables": {"a": NaN}}',
    DEEP_TWIN,
    DEEP_TWIN.replace(b"[", b"[" * 6).replace(b"]", b"]" * 6),
    b'{"query": "{ a(", "variables": {}}',
    b'{"query": "{ challenge(path: \\"\\\\ud800\\") { id } }"}',
    b'{"query": "{ nodes(ids: ' + b"[" * 990 + b"]" * 990 + b') { id } }"}',
    b'{"query": "query A { __typename }", "operationName": "' + SECRET.encode() * 200 + b'"}',
    b'{"query": "query A { __typename }", "operationName": 5}',
    b'{"query": "{ __typename }", "variables": [1]}',
    b"[" * 990 + b"]" * 990,
]


def test_each_wrong_body_is_a_400_with_a_code(server: GatewayServer) -> None:
    headers = {"content-type": "application/json", "accept": "application/graphql-response+json"}
    with server.client() as client:
        for sent in BODIES:
            response = client.post("/graphql", content=sent, headers=headers)
            assert response.status_code == 400, sent[:100]
            assert response.json()["errors"], sent[:100]
            assert faults_of(response) == [], sent[:100]


def test_a_null_where_a_value_is_needed_is_told_plainly_when_it_runs(server: GatewayServer) -> None:
    query = "query ($first: Int! = 3) { tracks(first: $first) { edges { node { id } } } }"
    answer = server.gql(query, {"first": None})
    assert [error["message"] for error in answer["errors"]] == [
        "$first must not be null; it is a whole number from -2147483648 to 2147483647."
    ]
