"""What is written down of a request, and what never is; the headers of every answer; the probe."""

import asyncio
import re

import psycopg
import pytest

from core.sealing import Keyring
from gateway.bootstrap import require_keys
from gateway.errors import CommandError
from gateway.log import described
from tests.fix_gateway import GatewayServer

TRACKS = "query Tracks($first: Int) { tracks(first: $first) { edges { node { id } } } }"


def test_line_tells_what_a_request_was_and_cost(server: GatewayServer) -> None:
    token = server.token("author")
    server.gql(TRACKS, {"first": 3}, token=token)
    server.gql(TRACKS, {"first": 4}, token=token)
    first, second = server.log()
    assert (first["method"], first["path"], first["status"]) == ("POST", "/graphql", 200)
    assert (first["operation"], first["kind"]) == ("Tracks", "query")
    assert (first["cached"], second["cached"]) == (False, True)
    assert first["document"] == second["document"]
    assert first["viewer"] == server.user_id("author")
    assert first["statements"] >= 2
    assert first["rows"] >= 1
    assert first["bytes"] == len('{"data":{"tracks":{"edges":[]}}}')
    assert first["ms"] > 0


def test_line_holds_nothing_that_was_sent(server: GatewayServer) -> None:
    variables = {"input": {"email": "secret-mail@example.org", "password": "secret-pass", "displayName": "secret-name"}}
    query = "mutation ($input: SignUpInput!) { signUp(input: $input) { token } }"
    answer = server.gql(query, variables)
    server.gql(query.replace("token", "nothing"), variables)
    server.gql(query, {"input": {"email": "secret-mail"}})
    with server.client() as client:
        client.get("/graphql?query=secret-query", headers={"x-request-id": "forged\\nline", "x-palimpsest": "1"})
    text = "".join(server.lines)
    assert len(server.log()) == 4
    assert "secret" not in text
    assert "forged" not in text
    assert answer["data"]["signUp"]["token"] not in text


def test_codes_of_errors_are_noted(server: GatewayServer) -> None:
    server.gql("{ nothing }")
    with server.client() as client:
        client.post("/graphql", content=b"{", headers={"content-type": "application/json"})
    assert [line["codes"] for line in server.log()] == [["VALIDATION"], ["BAD_REQUEST"]]


def test_request_id_is_answered_and_a_plain_one_is_kept(server: GatewayServer) -> None:
    with server.client() as client:
        made = client.get("/health").headers["x-request-id"]
        kept = client.get("/health", headers={"x-request-id": "abc-123_def.4"}).headers["x-request-id"]
        replaced = client.get("/health", headers={"x-request-id": 'a"b c d e f g'}).headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", made)
    assert kept == "abc-123_def.4"
    assert re.fullmatch("[0-9a-f]{32}", replaced)
    assert [line["id"] for line in server.log()] == [made, kept, replaced]


@pytest.mark.parametrize(
    "path", ["/graphql", "/session", "/health", "/invitation", "/nothing", "/graphiql/assets/x.js", "/"]
)
def test_every_answer_carries_the_security_headers(server: GatewayServer, path: str) -> None:
    with server.client() as client:
        headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers


def test_unknown_paths_are_404_and_the_root_leads_to_the_editor(server: GatewayServer) -> None:
    with server.client() as client:
        assert client.get("/nothing").status_code == 404
        assert client.get("/").headers["location"] == "/graphql"


def test_health_is_503_while_the_database_is_away(server: GatewayServer, owner_url: str) -> None:
    with server.client() as client:
        assert client.get("/health").status_code == 200
        name = owner_url.rsplit("/", 1)[1].partition("?")[0]
        elsewhere = owner_url.replace(f"/{name}?", "/postgres?")
        with psycopg.connect(elsewhere, autocommit=True) as connection:
            connection.execute(f'alter database "{name}" allow_connections false'.encode())
            connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
            try:
                assert client.get("/health").status_code == 503
                refused = client.post(
                    "/graphql", json={"query": "{ __typename }"}, headers={"authorization": "Bearer pas_x"}
                )
            finally:
                connection.execute(f'alter database "{name}" allow_connections true'.encode())
    assert refused.status_code == 503
    assert refused.json()["errors"][0]["extensions"] == {"code": "UNAVAILABLE"}


def test_exception_is_told_without_what_it_quotes() -> None:
    try:
        try:
            int("secret")
        except ValueError as error:
            raise KeyError("secret") from error
    except KeyError as error:
        told = described(error)
    assert [one["type"] for one in told] == ["builtins.KeyError", "builtins.ValueError"]
    assert "secret" not in str([one.get("message") for one in told])
    assert all(one["at"] for one in told)


async def test_first_keys_are_kept_and_others_refused(server: GatewayServer) -> None:
    await asyncio.to_thread(server.do, require_keys(server.pool, server.keyring))
    await asyncio.to_thread(server.do, require_keys(server.pool, server.keyring))
    other = Keyring.parse(Keyring.generate())
    with pytest.raises(CommandError, match="not those of this database"):
        await asyncio.to_thread(server.do, require_keys(server.pool, other))


def test_the_line_of_a_publishing_request_keeps_the_logs_head(server: GatewayServer) -> None:
    lesson = {"slug": "l", "title": "L", "challenges": []}
    tree = [{"slug": "t", "title": "T", "modules": [{"slug": "m", "title": "M", "lessons": [lesson]}]}]
    apply = "mutation A($input: ApplyContentInput!) { applyContent(input: $input) { userErrors { message } } }"
    author = server.token("author")
    server.gql(apply, {"input": {"tracks": tree, "publish": True, "dryRun": True}}, author)
    server.gql(apply, {"input": {"tracks": tree, "publish": True}}, author)
    head = server.gql("{ publications(first: 1) { edges { node { seq hash } } } }", None, author)["data"]
    node = head["publications"]["edges"][0]["node"]
    heads = [line.get("heads") for line in server.log() if line.get("operation") == "A"]
    assert heads == [None, [[node["seq"], node["hash"]]]]
