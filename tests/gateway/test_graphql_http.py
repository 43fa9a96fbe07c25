"""GraphQL over HTTP, point by point, on a real socket."""

from typing import Any

import httpx
import pytest

from tests.fix_gateway import GatewayServer

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
TYPENAME = {"query": "{ __typename }"}
TRACKS = "{ tracks(first: 1) { edges { node { id } } } }"


def post(server: GatewayServer, content: bytes | str, **headers: str) -> httpx.Response:
    with server.client() as client:
        return client.post(
            "/graphql",
            content=content,
            headers={"content-type": JSON, **{k.replace("_", "-"): v for k, v in headers.items()}},
        )


def code(response: httpx.Response) -> str:
    codes = {str(error["extensions"]["code"]) for error in response.json()["errors"]}
    assert len(codes) == 1
    return codes.pop()


def test_post_answers_with_data(server: GatewayServer) -> None:
    assert server.gql("query Name { __typename }") == {"data": {"__typename": "Query"}}


def test_variables_and_operation_name_choose(server: GatewayServer) -> None:
    query = "query A { __typename } query B($first: Int) { tracks(first: $first) { edges { node { id } } } }"
    with server.client() as client:
        answer = client.post(
            "/graphql",
            json={"query": query, "operationName": "B", "variables": {"first": 1}, "extensions": None, "more": 1},
        )
    assert answer.json() == {"data": {"tracks": {"edges": []}}}


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL),
        (f"{JSON};q=0.5, {GRAPHQL}", GRAPHQL),
        (f"{JSON}, {GRAPHQL};q=0.9", JSON),
        ("text/html, */*;q=0.1", JSON),
    ],
)
def test_accept_decides_the_media_type(server: GatewayServer, accept: str | None, kind: str) -> None:
    with server.client() as client:
        if accept is None:
            del client.headers["accept"]
        else:
            client.headers["accept"] = accept
        response = client.post("/graphql", json=TYPENAME)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{kind}; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("accept", ["text/plain", f"{JSON};q=0", "image/png, text/*"])
def test_nothing_acceptable_is_406(server: GatewayServer, accept: str) -> None:
    response = post(server, b'{"query": "{ __typename }"}', accept=accept)
    assert (response.status_code, code(response)) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"query": "{"}, "SYNTAX"),
        ({"query": "{ nothing }"}, "VALIDATION"),
        ({"query": "query A { __typename } query B { __typename }"}, "BAD_REQUEST"),
        ({"query": "query A { __typename }", "operationName": "B"}, "BAD_REQUEST"),
        ({"query": "fragment F on Query { __typename }"}, "VALIDATION"),
        ({"query": "query ($n: Int!) { tracks(first: $n) { edges { node { id } } } }"}, "BAD_REQUEST"),
        (
            {"query": "query ($n: Int) { tracks(first: $n) { edges { node { id } } } }", "variables": {"n": "1"}},
            "BAD_REQUEST",
        ),
    ],
)
def test_what_fails_before_execution_is_400_only_for_clients_that_know(
    server: GatewayServer, body: dict[str, Any], expected: str
) -> None:
    with server.client() as client:
        new = client.post("/graphql", json=body, headers={"accept": GRAPHQL})
        old = client.post("/graphql", json=body, headers={"accept": JSON})
    assert (new.status_code, old.status_code) == (400, 200)
    assert new.json() == old.json()
    assert "data" not in new.json()
    assert code(new) == expected


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"nonsense",
        b'{"query": NaN}',
        b'\xff{"query": "{ __typename }"}',
        b'{"query": "\xed\xa0\x80"}',
        b'{"query": "{ __typename }", "variables": {"a": "\\ud800"}}',
        b"[" * 5000,
    ],
)
def test_what_is_not_json_is_400(server: GatewayServer, content: bytes) -> None:
    response = post(server, content)
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")
    assert response.json()["errors"][0]["message"].startswith("The body is not JSON: ")


def test_lone_surrogate_is_named(server: GatewayServer) -> None:
    message = post(server, b'{"query": "\\ud800"}').json()["errors"][0]["message"]
    assert "surrogate" in message


@pytest.mark.parametrize(
    "content",
    [
        "null",
        "1",
        '"{ __typename }"',
        "{}",
        '{"query": null}',
        '{"query": 1}',
        '{"query": ["{ __typename }"]}',
        '{"query": "{ __typename }", "operationName": 1}',
        '{"query": "{ __typename }", "variables": "{}"}',
        '{"query": "{ __typename }", "variables": []}',
        '{"query": "{ __typename }", "extensions": 1}',
        '[{"query": "{ __typename }"}]',
        "[]",
        '{"query": "{ __typename }", "query": "{ __typename }"}',
        '{"query": "{ __typename }", "variables": {}, "variables": {}}',
    ],
)
def test_ill_typed_and_doubled_fields_and_batches_are_400(server: GatewayServer, content: str) -> None:
    response = post(server, content)
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


def test_field_names_inside_variables_may_repeat(server: GatewayServer) -> None:
    response = post(server, '{"query": "{ __typename }", "variables": {"query": 1, "a": {"query": 2}}}')
    assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=latin-1",
        "",
    ],
)
def test_every_content_type_but_json_in_utf8_is_415(server: GatewayServer, kind: str) -> None:
    response = post(server, b'{"query": "{ __typename }"}', content_type=kind)
    assert (response.status_code, code(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_json_in_utf8_by_name_is_accepted(server: GatewayServer) -> None:
    response = post(server, b'{"query": "{ __typename }"}', content_type='Application/JSON; charset="UTF-8"')
    assert response.status_code == 200


def test_compressed_body_is_415(server: GatewayServer) -> None:
    assert post(server, b"x", content_encoding="gzip").status_code == 415


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_405_and_told_what_is_allowed(server: GatewayServer, method: str) -> None:
    with server.client() as client:
        response = client.request(method, "/graphql")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("header", ["x-palimpsest", "graphql-preflight"])
def test_get_runs_a_query_behind_a_preflight_header(server: GatewayServer, header: str) -> None:
    query = "query ($n: Int) { tracks(first: $n) { edges { node { id } } } }"
    with server.client() as client:
        response = client.get("/graphql", params={"query": query, "variables": '{"n": 1}'}, headers={header: "1"})
    assert response.json() == {"data": {"tracks": {"edges": []}}}


def test_get_of_another_site_runs_nothing(server: GatewayServer) -> None:
    with server.client() as client:
        response = client.get("/graphql", params={"query": TRACKS}, headers={"accept": "image/*, */*"})
    assert (response.status_code, code(response)) == (400, "PREFLIGHT_REQUIRED")
    assert server.log()[-1]["statements"] == 0


def test_get_never_runs_a_mutation(server: GatewayServer) -> None:
    query = 'mutation { logIn(input: {email: "a@example.org", password: "12345678"}) { token } }'
    with server.client() as client:
        response = client.get("/graphql", params={"query": query}, headers={"x-palimpsest": "1"})
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "query",
    [
        "query=%7B__typename%7D&query=%7B__typename%7D",
        "query=%7B__typename%7D&variables=%5B%5D",
        "query=%7B__typename%7D&variables=%7B",
        "operationName=A",
        "",
    ],
)
def test_doubled_or_ill_typed_parameters_are_400(server: GatewayServer, query: str) -> None:
    with server.client() as client:
        response = client.get(f"/graphql?{query}", headers={"x-palimpsest": "1"})
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


def test_browser_gets_the_page_and_its_own_policy(server: GatewayServer) -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    with server.client() as client:
        response = client.get("/graphql", headers={"accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert (
        "connect-src 'self'" in response.headers["content-security-policy"] or "GraphiQL is not built" in response.text
    )


def test_request_that_is_refused_unread_still_gets_its_answer(server: GatewayServer) -> None:
    with server.client() as client:
        response = client.post("/graphql", content=b"x" * 3_000_000, headers={"content-type": "text/plain"})
        again = client.post("/graphql", json=TYPENAME)
    assert (response.status_code, again.status_code) == (415, 200)


def test_nul_reaches_the_schema_without_a_crash(server: GatewayServer) -> None:
    variables = {"input": {"email": "a\0@example.org", "password": "12345678", "displayName": "A\0"}}
    query = "mutation ($input: SignUpInput!) { signUp(input: $input) { token userErrors { code path } } }"
    payload = server.gql(query, variables)["data"]["signUp"]
    assert payload["token"] is None
    assert {error["code"] for error in payload["userErrors"]} == {"INVALID"}
