"""The one net for errors: coded JSON for every path, ours masked, and the log told what is behind it."""

from collections.abc import Iterator

import httpx
import orjson
import psycopg
import pytest
from starlette.types import Receive, Scope, Send

from accounts.errors import PasswordsBusy, TooManyTries
from gateway.errors import Refusal
from gateway.http.middleware import Envelope
from gateway.log import Log
from sql.errors import Busy, Unavailable
from tests.fix_gateway import GatewayServer


def code_of(response: httpx.Response) -> object:
    """Return the code of the one error, of which every answer has the same form."""
    (error,) = response.json()["errors"]
    assert error["message"] == response.json()["message"]
    return error["extensions"]["code"]


@pytest.fixture
def away(server: GatewayServer, owner_url: str) -> Iterator[GatewayServer]:
    """The server, whose database lets nobody in any more."""
    server.token("author")
    server.pool._patience = 1.0  # the seconds until it gives up, for the suite's time
    name = owner_url.rsplit("/", 1)[1].partition("?")[0]
    with psycopg.connect(owner_url.replace(f"/{name}?", "/postgres?"), autocommit=True) as connection:
        connection.execute(f'alter database "{name}" allow_connections false'.encode())
        connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        try:
            yield server
        finally:
            connection.execute(f'alter database "{name}" allow_connections true'.encode())


def test_paths_beside_graphql_are_503_without_a_database(away: GatewayServer) -> None:
    with away.client(away.token("author")) as client:
        answers = [
            client.get("/screenshots/00000000-0000-0000-0000-000000000000/solution.png"),
            client.get("/session"),
            client.post("/session", json={"email": "a@example.org", "password": "x"}),
        ]
    for response in answers:
        assert (response.status_code, code_of(response)) == (503, "UNAVAILABLE")
        assert int(response.headers["retry-after"]) > 0
    lines = away.log()
    assert [line["codes"] for line in lines if "path" in line] == [["UNAVAILABLE"]] * 3
    assert len([line for line in lines if "causes" in line]) >= 3


def test_paths_and_methods_that_are_not_served_have_codes(server: GatewayServer) -> None:
    with server.client() as client:
        for method, path, status, code in (
            ("GET", "/nothing", 404, "NOT_FOUND"),
            ("DELETE", "/health", 405, "METHOD_NOT_ALLOWED"),
            ("PUT", "/session", 405, "METHOD_NOT_ALLOWED"),
            ("GET", "/screenshots/x/y.png", 404, "NOT_FOUND"),
        ):
            response = client.request(method, path)
            assert (response.status_code, code_of(response)) == (status, code), path
        bearer = client.get("/screenshots/x/y.png", headers={"authorization": "Bearer pas_unknown"})
    assert (bearer.status_code, code_of(bearer)) == (401, "UNAUTHENTICATED")
    assert bearer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RuntimeError("secret"), 500, "INTERNAL"),
        (RecursionError("secret"), 500, "INTERNAL"),
        (Unavailable(), 503, "UNAVAILABLE"),
        (Busy(), 503, "OVERLOADED"),
        (TooManyTries(7), 429, "OVERLOADED"),
        (PasswordsBusy(), 503, "OVERLOADED"),
        (Refusal(418, "BAD_REQUEST", "No."), 418, "BAD_REQUEST"),
    ],
)
async def test_an_exception_of_an_endpoint_is_told_and_logged(error: Exception, status: int, code: str) -> None:
    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        raise error

    lines: list[str] = []
    transport = httpx.ASGITransport(Envelope(endpoint, Log(lines.append)))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        response = await client.get("/x")
    assert (response.status_code, code_of(response)) == (status, code)
    assert "secret" not in response.text + "".join(lines)
    request = orjson.loads(lines[-1])
    assert (request["status"], request["codes"]) == (status, [code])
    if code == "INTERNAL":
        (extensions,) = (one["extensions"] for one in response.json()["errors"])
        assert orjson.loads(lines[0])["error"] == extensions["errorId"] == request["errors"][0]


async def test_an_exception_on_a_socket_closes_it_and_is_logged() -> None:
    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("secret")

    async def receive() -> dict[str, object]:
        return {"type": "websocket.connect"}

    async def send(message: object) -> None:
        sent.append(message)

    sent: list[object] = []
    lines: list[str] = []
    await Envelope(endpoint, Log(lines.append))({"type": "websocket"}, receive, send)
    assert sent == [{"type": "websocket.close", "code": 1011, "reason": "Internal error"}]
    assert orjson.loads(lines[0])["causes"][0]["type"] == "builtins.RuntimeError"
    assert "secret" not in lines[0]
