"""The cookie's endpoint, as a browser uses it."""

import httpx
import pytest

from gateway.http.credentials import COOKIE
from tests.fix_gateway import GatewayServer

SIGN_UP = "mutation ($input: SignUpInput!) { signUp(input: $input) { token userErrors { code } } }"
EMAIL, PASSWORD = "ada@example.org", "correct horse"


def sign_up(server: GatewayServer) -> None:
    answer = server.gql(SIGN_UP, {"input": {"email": EMAIL, "password": PASSWORD, "displayName": "Ada"}})
    assert answer["data"]["signUp"]["userErrors"] == []


def sign_in(client: httpx.Client, password: str = PASSWORD) -> httpx.Response:
    return client.post("/session", json={"email": EMAIL, "password": password})


def test_signing_in_sets_a_cookie_out_of_reach_of_scripts(server: GatewayServer) -> None:
    sign_up(server)
    with server.client() as client:
        response = sign_in(client)
        assert (response.status_code, response.json()) == (200, {"displayName": "Ada", "role": "LEARNER"})
        cookie = response.headers["set-cookie"]
        assert client.get("/session").json() == {"displayName": "Ada", "role": "LEARNER"}
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert response.cookies[COOKIE] not in response.text


def test_wrong_password_is_401_with_a_message(server: GatewayServer) -> None:
    sign_up(server)
    with server.client() as client:
        response = sign_in(client, "wrong horse")
    assert response.status_code == 401
    message = "The e-mail address and the password do not belong together."
    assert response.json() == {
        "message": message,
        "errors": [{"message": message, "extensions": {"code": "INVALID_CREDENTIALS"}}],
    }
    assert "set-cookie" not in response.headers


def test_nobody_signed_in_is_204(server: GatewayServer) -> None:
    with server.client() as client:
        assert client.get("/session").status_code == 204


def test_signing_out_ends_the_session_itself(server: GatewayServer) -> None:
    sign_up(server)
    with server.client() as client:
        secret = sign_in(client).cookies[COOKIE]
        assert client.delete("/session", headers={"x-palimpsest": "1"}).status_code == 204
        assert COOKIE not in client.cookies
    with server.client(cookies={COOKIE: secret}) as client:
        response = client.get("/session")
    assert response.status_code == 204
    assert response.headers["set-cookie"].startswith(f'{COOKIE}=""')


def test_another_site_cannot_sign_somebody_out(server: GatewayServer) -> None:
    sign_up(server)
    with server.client() as client:
        sign_in(client)
        assert client.delete("/session").status_code == 400
        assert client.get("/session").status_code == 200


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        ("email=a&password=b", "application/x-www-form-urlencoded", 415),
        ("{", "application/json", 400),
        ("[]", "application/json", 400),
        ('{"email": "a"}', "application/json", 400),
        ('{"email": 1, "password": 2}', "application/json", 400),
        ('{"email": "' + "a" * 11_000 + '", "password": ""}', "application/json", 413),
        ('{"email": "a\\u0000", "password": "\\u0000"}', "application/json", 401),
    ],
)
def test_other_bodies_are_refused(server: GatewayServer, content: str, kind: str, status: int) -> None:
    with server.client() as client:
        response = client.post("/session", content=content, headers={"content-type": kind})
    assert response.status_code == status
    assert response.json()["message"]


def test_other_methods_are_405(server: GatewayServer) -> None:
    with server.client() as client:
        assert client.put("/session").status_code == 405


def test_guessing_is_slowed_for_one_address_through_both_doors(server: GatewayServer) -> None:
    query = "mutation ($input: LogInInput!) { logIn(input: $input) { token } }"
    with server.client() as client:
        statuses = [sign_in(client, "wrong horse").status_code for _ in range(9)]
        variables = {"input": {"email": EMAIL.upper(), "password": "wrong horse"}}
        tenth = client.post("/graphql", json={"query": query, "variables": variables})
        refused = client.post("/graphql", json={"query": query, "variables": variables})
        page = sign_in(client)
        other = client.post("/session", json={"email": "other@example.org", "password": PASSWORD})
    assert statuses == [401] * 9
    assert tenth.json() == {"data": {"logIn": {"token": None}}}
    for response in (refused, page):
        assert response.status_code == 429
        assert response.json()["errors"][0]["extensions"]["code"] == "OVERLOADED"
        assert int(response.headers["retry-after"]) > 0
    assert other.status_code == 401


def test_aliases_count_as_attempts(server: GatewayServer) -> None:
    tries = " ".join(f'a{i}: logIn(input: {{email: "{EMAIL}", password: "{i}2345678"}}) {{ token }}' for i in range(11))
    with server.client() as client:
        response = client.post("/graphql", json={"query": f"mutation {{ {tries} }}"})
    assert response.status_code == 429
    assert "data" not in response.json()
