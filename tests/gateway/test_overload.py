"""Small requests that ask for much: each kind is refused at once, with a code, and the honest one below is served."""

import time
from typing import Any

import orjson
import pytest

from core import limits
from gateway.execution.query_cost import COMPARISONS, DIRECTIVES
from tests.fix_api import TEST
from tests.fix_gateway import GatewayServer

BIG = {"html": "h" * 120_000, "css": "c" * 120_000, "js": "j" * 15_000}
TEXTS = "... on Challenge { version { instructions starter { html css js } } }"
APPLY = "mutation ($i: ApplyContentInput!) { applyContent(input: $i) { userErrors { message } } }"


def refusal(answer: dict[str, Any]) -> tuple[str, str | None]:
    (error,) = answer["errors"]
    return error["extensions"]["code"], error["extensions"].get("limit")


def directives(number: int) -> str:
    return "{" + " ".join(f"__typename @include(if: {str(one >= 0).lower()})" for one in range(number)) + "}"


def chain(length: int, last: str) -> str:
    """Fragments of which each spreads the next, and the last one spreads ``last``."""
    links = "".join(f" fragment F{one} on Query {{ ...F{one + 1} }}" for one in range(length))
    return f"{{ ...F0 }}{links} fragment F{length} on Query {{ {last} }}"


def nested(depth: int) -> str:
    return '{ challenge(path: "t/m/l/one")' + "{ next" * (depth - 2) + "{ slug }" + " }" * (depth - 1)


def aliases(number: int) -> str:
    return "{" + " ".join(f'a{one}: track(slug: "x") {{ id }}' for one in range(number)) + "}"


@pytest.mark.parametrize(
    ("honest", "attack", "expected"),
    [
        (aliases(limits.OPERATION_ALIASES), aliases(limits.OPERATION_ALIASES + 1), ("LIMIT", "aliases")),
        (aliases(limits.OPERATION_ALIASES), aliases(400), ("LIMIT", "aliases")),
        (directives(DIRECTIVES), directives(DIRECTIVES + 1), ("LIMIT", "directives")),
        ("{ __typename @skip(if: false) }", "{ __typename " + "@aa" * 2_000 + "}", ("LIMIT", "directives")),
        (chain(40, "__typename"), chain(40, "...F0"), ("VALIDATION", None)),
        (chain(40, "__typename"), chain(47, "...F23"), ("VALIDATION", None)),
        (nested(15), nested(16), ("LIMIT", "depth")),
        (
            "{" + "__typename " * int(COMPARISONS**0.5) + "}",
            "{" + "__typename " * 2_000 + "}",
            ("LIMIT", "comparisons of fields"),
        ),
    ],
)
def test_documents_above_a_limit_are_refused_at_once_and_those_below_are_served(
    server: GatewayServer, honest: str, attack: str, expected: tuple[str, str | None]
) -> None:
    assert "errors" not in server.gql(honest)
    began = time.process_time()
    assert refusal(server.gql(attack)) == expected
    assert time.process_time() - began < 1


def test_batches_are_refused(server: GatewayServer) -> None:
    with server.client() as client:
        response = client.post("/graphql", json=[{"query": "{ __typename }"}] * 1_000)
        served = client.post("/graphql", json={"query": "{ __typename }"})
    assert (response.status_code, refusal(response.json())) == (400, ("BAD_REQUEST", None))
    assert served.json() == {"data": {"__typename": "Query"}}


def test_variables_have_so_many_values_at_every_depth(server: GatewayServer) -> None:
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    wide = {"ids": ["x"] * 100, "more": [[1] * 99] * ((limits.VARIABLE_VALUES - 102) // 100)}
    assert server.gql(query, wide)["data"] == {"nodes": [None] * 100}
    attacks: list[dict[str, Any]] = [
        {"ids": ["x"] * 190_000},
        {"ids": [], "more": [[[]] * 100] * 101},
        {str(n): n for n in range(20_000)},
    ]
    for attack in attacks:
        began = time.process_time()
        assert refusal(server.gql(query, attack)) == ("LIMIT", "values in variables")
        assert time.process_time() - began < 1
    author = server.token("author")
    assert server.gql(query, {"ids": [], "more": [0] * 20_000}, author) == {"data": {"nodes": []}}


def big_challenge(server: GatewayServer) -> str:
    """Publish a challenge with a quarter of a megabyte of text and return its id."""
    challenge: dict[str, Any] = {
        "slug": "one",
        "title": "One",
        "instructions": "i" * 40_000,
        "starter": BIG,
        "tests": [TEST],
    }
    challenge |= {"difficulty": "EASY", "points": 1, "estimatedTimeMinutes": 1}
    lesson = {"slug": "l", "title": "L", "challenges": [challenge]}
    tree = [{"slug": "t", "title": "T", "modules": [{"slug": "m", "title": "M", "lessons": [lesson]}]}]
    applied = server.gql(APPLY, {"i": {"tracks": tree, "publish": True}}, server.token("author"))
    assert applied["data"]["applyContent"]["userErrors"] == []
    return str(server.gql('{ challenge(path: "t/m/l/one") { id } }')["data"]["challenge"]["id"])


def test_an_answer_ends_where_it_becomes_too_large(server: GatewayServer) -> None:
    id = big_challenge(server)
    times = limits.ANSWER_BYTES // (sum(map(len, BIG.values())) + 40_000 + 100)
    query = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {TEXTS} }} }}"
    eight = " ".join(f"a{one}: nodes(ids: $ids) {{ {TEXTS} }}" for one in range(8))
    with server.client() as client:
        served = client.post("/graphql", json={"query": query, "variables": {"ids": [id] * times}})
        began = time.process_time()
        asked = {"query": f"query ($ids: [ID!]!) {{ {eight} }}", "variables": {"ids": [id] * 100}}
        refused = client.post("/graphql", json=asked, headers={"accept": "application/graphql-response+json"})
    assert time.process_time() - began < 2
    assert len(served.json()["data"]["nodes"]) == times
    assert limits.ANSWER_BYTES * 0.9 < len(served.content) <= limits.ANSWER_BYTES
    assert refusal(refused.json()) == ("LIMIT", None)
    assert (refused.status_code, refused.json()["data"]) == (200, None)
    assert len(asked["query"]) + len(str(asked["variables"])) < 8_600
    line = server.log()[-1]
    assert line["codes"] == ["LIMIT"]
    # Equal ids are looked up once.
    assert line["statements"] <= 6
    allowed = server.gql(query, {"ids": [id] * 90}, _content_token(server))
    assert len(allowed["data"]["nodes"]) == 90
    assert len(orjson.dumps(allowed)) > limits.ANSWER_BYTES


def _content_token(server: GatewayServer) -> str:
    create = "mutation ($i: CreateApiTokenInput!) { createApiToken(input: $i) { token userErrors { message } } }"
    given = {"i": {"name": "export", "scopes": ["CONTENT_READ"]}}
    return str(server.gql(create, given, server.token("author"))["data"]["createApiToken"]["token"])


def test_long_names_in_an_answer_count_as_well(server: GatewayServer) -> None:
    id = big_challenge(server)
    name = "n" * 90_000
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Challenge { %s: slug } } }"
    assert "errors" not in server.gql(query % name, {"ids": [id] * 80})
    assert refusal(server.gql(query % name, {"ids": [id] * 100})) == ("LIMIT", None)


def test_a_mutation_whose_answer_is_too_large_is_done_and_tells_what_there_is_room_for(server: GatewayServer) -> None:
    author = server.token("author")
    id = big_challenge(server)
    texts = {"html": "h" * 250_000, "css": "c" * 5_000, "js": ""}
    given = {"challengeId": id, "starter": texts, "solution": texts}

    def save(revision: int, title: str, copies: int) -> dict[str, Any]:
        starters = " ".join(f"a{one}: starter {{ html css }}" for one in range(copies))
        mutation = f"""mutation ($i: UpdateChallengeDraftInput!) {{ updateChallengeDraft(input: $i) {{
            draft {{ revision starter {{ html css }} solution {{ html css }} {starters} }} }} }}"""
        return server.gql(mutation, {"i": given | {"expectedRevision": revision, "title": title}}, author)

    assert save(1, "Two", 29)["data"]["updateChallengeDraft"]["draft"]["revision"] == 2
    answer = save(2, "Three", 30)
    assert refusal(answer) == ("LIMIT", None)
    assert answer["data"] == {"updateChallengeDraft": {"draft": None}}
    draft = f'{{ node(id: "{id}") {{ ... on Challenge {{ draft {{ revision title }} }} }} }}'
    assert server.gql(draft, token=author)["data"]["node"]["draft"] == {"revision": 3, "title": "Three"}
