"""Pages of other origins: what the setting means, CORS on every answer, and the handshake of sockets."""

from typing import Any

import httpx
import psycopg
import pytest
from websockets.exceptions import InvalidStatus

from core.sealing import Keyring
from gateway.config import Config
from gateway.errors import CommandError
from gateway.http.credentials import COOKIE
from gateway.http.origins import Origins
from tests.fix_gateway import serving
from tests.gateway.test_graphql_ws import begin, closing, heard, send, socket
from tests.gateway.test_ws_protocol import operate

APP, FOREIGN = "https://learn.example.org", "https://elsewhere.example"
LISTED = Origins.read(f"{APP}, http://[2001:db8::1]:3000", on_loopback=False)
EVERYBODY = Origins.read("*", on_loopback=False)
LOCAL = Origins.read(None, on_loopback=True)
TYPENAME = {"query": "{ __typename }"}
WHO = "{ viewer { user { role } } }"


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("learn.example.org", "does not begin with http:// or https://"),
        ("ftp://learn.example.org", "does not begin with"),
        ("https://", "does not begin with"),
        ("https://learn.example.org/", "also a slash"),
        ("https://learn.example.org/app", "more than scheme, host and port"),
        ("https://user@learn.example.org", "more than scheme, host and port"),
        ("https://learn.example.org?x", "more than scheme, host and port"),
        ("https://*.example.org", "has a wildcard"),
        ("null", "every sandboxed page"),
        ("https://learn.example.org:443", "write it without :443"),
        ("http://learn.example.org:80", "write it without :80"),
        ("https://learn.example.org:0443", "without :443"),
        ("https://learn.example.org:08443", "write https://learn.example.org:8443"),
        ("https://learn.example.org:", "write https://learn.example.org"),
        ("https://learn.example.org:99999", "is no address"),
        ("https://[::1", "is no address"),
        ("https://lärn.example.org", "xn--"),
        ("* https://learn.example.org", "either [*] alone"),
    ],
)
def test_settings_that_are_no_origin_are_refused_at_start_and_told_why(entry: str, told: str) -> None:
    with pytest.raises(CommandError, match="PALIMPSEST_ORIGINS") as refused:
        Config.read({"PALIMPSEST_ORIGINS": entry})
    assert told.replace("[*]", "*") in str(refused.value)


def test_default_is_pages_of_this_machine_on_loopback_and_nobody_elsewhere() -> None:
    local, public = Config.read({}).origins, Config.read({}, host="0.0.0.0").origins
    ours = ["http://localhost:5173", "https://localhost", "http://127.0.0.1:3000", "http://[::1]:8080"]
    others = [FOREIGN, "http://localhost.example:1", "http://localhost:1.example", "http://127.0.0.2:1", "null", ""]
    assert [local.trusts(origin) for origin in ours + others] == [True] * 4 + [False] * 6
    assert not any(public.trusts(origin) for origin in ours + others)
    assert not Config.read({"PALIMPSEST_ORIGINS": "none"}).origins.trusts(ours[0])
    given = Config.read({"PALIMPSEST_ORIGINS": f"{APP} HTTP://Other.example:81,"}).origins
    assert given == Origins(listed=frozenset({APP, "http://other.example:81"}))


def _preflight(client: httpx.Client, origin: str, headers: str, method: str = "POST") -> httpx.Response:
    asked = {"origin": origin, "access-control-request-method": method, "access-control-request-headers": headers}
    return client.options("/graphql", headers=asked)


def test_listed_pages_may_send_all_that_clients_send(gateway_url: str, keyring: Keyring) -> None:
    sent = "authorization, content-type, graphql-preflight, x-palimpsest, x-palimpsest-visitor, x-request-id"
    with serving(gateway_url, keyring, origins=LISTED) as server, server.client() as client:
        allowed = _preflight(client, APP, sent)
        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == APP
        assert allowed.headers["access-control-allow-credentials"] == "true"
        assert allowed.headers["access-control-max-age"] == "600"
        assert "Origin" in allowed.headers["vary"]
        assert "access-control-allow-private-network" not in allowed.headers
        for refused in (
            _preflight(client, FOREIGN, sent),
            _preflight(client, "null", sent),
            _preflight(client, f"{APP}.evil.example", sent),
            _preflight(client, APP, sent, "PUT"),
            _preflight(client, APP, "x-other"),
        ):
            assert refused.status_code == 400
        assert "access-control-allow-origin" not in _preflight(client, FOREIGN, sent).headers


def test_every_answer_carries_the_headers_also_errors(gateway_url: str, keyring: Keyring, owner_url: str) -> None:
    with serving(gateway_url, keyring, origins=LISTED) as server:
        bearer = {"authorization": f"Bearer {server.token('author')}"}
        with server.client(headers={"origin": APP}) as client:
            found = [
                client.post("/graphql", json=TYPENAME),
                client.post("/graphql", json={"query": "{"}, headers={"accept": "application/graphql-response+json"}),
                client.post("/graphql", content=b"x", headers={"content-type": "text/plain"}),
                client.post("/graphql", json=TYPENAME, headers={"authorization": "Bearer nobody's"}),
                client.post("/graphql", content=b"x" * 1_000_001, headers={"content-type": "application/json"}),
                client.put("/graphql"),
                client.get("/session"),
                client.get("/nowhere"),
                client.get("/health"),
                client.get("/", follow_redirects=False),
            ]
            foreign = client.post("/graphql", json=TYPENAME, headers={"origin": FOREIGN})
        with server.client() as client:
            plain = client.post("/graphql", json=TYPENAME)
        with psycopg.connect(owner_url) as owner:
            owner.execute("alter table users rename to gone")
        with server.client(headers={"origin": APP}) as client:
            found.append(client.post("/graphql", json=TYPENAME, headers=bearer))
    assert {one.status_code for one in found} >= {200, 204, 307, 400, 401, 404, 405, 413, 415}
    for response in found:
        assert response.headers["access-control-allow-origin"] == APP, response.request.url
        assert response.headers["access-control-allow-credentials"] == "true"
        assert response.headers["access-control-expose-headers"] == "x-request-id, retry-after"
        assert "Origin" in response.headers["vary"]
    assert "INTERNAL" in found[-1].text or found[-1].status_code == 500
    assert found[0].headers["vary"] == "Accept, Authorization, Cookie, Origin"
    for response in (foreign, plain):
        assert response.json() == {"data": {"__typename": "Query"}}
        assert "access-control-allow-origin" not in response.headers
        assert "Origin" in response.headers["vary"], "a cache must not hand it to a listed page"


def test_a_star_is_for_everybody_and_never_with_credentials(gateway_url: str, keyring: Keyring) -> None:
    with serving(gateway_url, keyring, origins=EVERYBODY) as server:
        token = server.token("author")
        with server.client(headers={"origin": FOREIGN}) as client:
            for response in (_preflight(client, FOREIGN, "authorization"), client.post("/graphql", json=TYPENAME)):
                assert response.status_code == 200
                assert response.headers["access-control-allow-origin"] == "*"
                assert "access-control-allow-credentials" not in response.headers
        cookie = {"cookie": f"{COOKIE}={token}"}
        with socket(server, additional_headers=cookie | {"origin": FOREIGN}) as made:
            send(made, "connection_init")
            assert closing(made)[0] == 4403, "the cookie of a foreign page does not count"
        with socket(server, additional_headers=cookie | {"origin": FOREIGN}) as made:
            begin(made, authorization=f"Bearer {token}")
            assert _role(made) == "AUTHOR"
        with socket(server, additional_headers=cookie | {"origin": server.url}) as made:
            begin(made)
            assert _role(made) == "AUTHOR"


def _role(made: Any) -> str:
    operate(made, "who", WHO)
    role = heard(made)["payload"]["data"]["viewer"]["user"]["role"]
    assert heard(made)["type"] == "complete"
    return str(role)


@pytest.mark.parametrize("origins", [Origins(), LISTED, LOCAL], ids=["none", "listed", "local"])
def test_a_foreign_page_is_refused_at_the_handshake(gateway_url: str, keyring: Keyring, origins: Origins) -> None:
    with serving(gateway_url, keyring, origins=origins) as server:
        cookie = {"cookie": f"{COOKIE}={server.token('author')}"}
        alike = [f"{APP}.evil.example", f"{server.url}.evil.example", "http://localhost@evil.example"]
        for origin in (FOREIGN, "null", *alike):
            for headers in (cookie, {}, {"authorization": f"Bearer {server.token('author')}"}):
                handshake = socket(server, additional_headers=headers | {"origin": origin})
                with pytest.raises(InvalidStatus) as refused, handshake:
                    pass
                response = refused.value.response
                assert response.status_code == 403
                assert b'"code":"FORBIDDEN"' in response.body
                assert b"PALIMPSEST_ORIGINS" in response.body
        line = server.log()[-1]
        assert (line["method"], line["status"], line["codes"]) == ("WEBSOCKET", 403, ["FORBIDDEN"])
        trusted = {Origins(): [], LISTED: [APP], LOCAL: ["http://localhost:5173", "http://[::1]:1"]}[origins]
        for origin in (server.url, *trusted):
            with socket(server, additional_headers=cookie | {"origin": origin}) as made:
                begin(made)
                assert _role(made) == "AUTHOR"
        with socket(server, additional_headers=cookie) as made:
            send(made, "connection_init")
            assert closing(made)[0] == 4403, "a cookie without a page does not count"
        with socket(server, server.token("learner")) as made:
            begin(made)
