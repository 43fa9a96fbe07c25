"""Who a request is taken for, and what happens to credentials that do not hold."""

from datetime import timedelta

import psycopg
import pytest

from accounts import people, tokens
from core.write_context import WriteContext
from gateway.app_state import now
from gateway.http.credentials import COOKIE
from tests.fix_gateway import GatewayServer

TYPENAME = {"query": "{ __typename }"}


def api_token(server: GatewayServer, *scopes: str, days: int | None = None) -> str:
    async def make() -> str:
        async with server.pool.database().transaction() as tx:
            owner = await people.command_line(tx, now())
            expires = None if days is None else now() + timedelta(days=days)
            return (await tokens.create(tx, owner, "tool", scopes, expires, WriteContext(owner.id, now()))).secret

    return server.do(make())


def viewer(server: GatewayServer) -> str:
    """Whom the log says the last request came from."""
    return str(server.log()[-1]["viewer"])


def test_without_credential_it_is_a_visitor(server: GatewayServer) -> None:
    server.gql("{ __typename }")
    assert viewer(server) == "visitor"


def test_session_as_bearer_is_the_person(server: GatewayServer) -> None:
    server.gql("{ __typename }", token=server.token("learner"))
    assert viewer(server) == server.user_id("learner")


def test_api_token_is_its_owner_and_named_in_the_log_by_id(server: GatewayServer) -> None:
    secret = api_token(server, "content:read")
    server.gql("{ __typename }", token=secret)
    line = server.log()[-1]
    assert line["viewer"] != "visitor"
    assert len(line["token"]) == 36
    assert secret not in "".join(server.lines)


@pytest.mark.parametrize(
    "header",
    [
        "Bearer nonsense",
        "Bearer pal_nonsense",
        "Bearer pas_" + "x" * 43,
        "Bearer " + "x" * 5000,
        "Bearer",
        "Basic YTpi",
        "x",
    ],
)
def test_bearer_that_does_not_hold_is_401(server: GatewayServer, header: str) -> None:
    with server.client() as client:
        response = client.post("/graphql", json=TYPENAME, headers={"authorization": header})
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    assert "data" not in response.json()


def test_expired_session_is_401(server: GatewayServer, owner_url: str) -> None:
    token = server.token("author")
    with psycopg.connect(owner_url) as connection:
        connection.execute("update sessions set expires_at = now() - interval '1 second'")
    with server.client(token) as client:
        assert client.post("/graphql", json=TYPENAME).status_code == 401


def test_revoked_token_is_401(server: GatewayServer, owner_url: str) -> None:
    secret = api_token(server, "content:read", days=1)
    with server.client(secret) as client:
        before = client.post("/graphql", json=TYPENAME)
        with psycopg.connect(owner_url) as connection:
            connection.execute("update api_tokens set revoked_at = now()")
        after = client.post("/graphql", json=TYPENAME)
    assert (before.status_code, after.status_code) == (200, 401)


def test_cookie_counts_with_a_json_body(server: GatewayServer) -> None:
    with server.client(cookies={COOKIE: server.token("author")}) as client:
        client.post("/graphql", json=TYPENAME)
    assert viewer(server) == server.user_id("author")


def test_cookie_that_does_not_hold_is_cleared_and_ignored(server: GatewayServer) -> None:
    with server.client(cookies={COOKIE: "pas_nonsense"}) as client:
        response = client.post("/graphql", json=TYPENAME)
    assert response.status_code == 200
    assert response.headers["set-cookie"].startswith(f'{COOKIE}=""; expires=')
    assert viewer(server) == "visitor"


def test_api_token_in_a_cookie_is_no_credential(server: GatewayServer) -> None:
    with server.client(cookies={COOKIE: api_token(server, "operate")}) as client:
        client.post("/graphql", json=TYPENAME)
    assert viewer(server) == "visitor"


def test_no_credential_reaches_the_log(server: GatewayServer) -> None:
    secret, session = api_token(server, "content:read"), server.token("admin")
    server.gql("{ __typename }", token=secret)
    with server.client(cookies={COOKIE: session}) as client:
        client.post("/graphql", json=TYPENAME)
        client.post("/graphql", json=TYPENAME, headers={"authorization": f"Bearer {secret}x"})
        client.get(f"/graphql?query={secret}", headers={"x-palimpsest": session})
    assert secret not in "".join(server.lines)
    assert session not in "".join(server.lines)
