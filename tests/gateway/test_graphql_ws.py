"""Subscriptions over real WebSockets: the protocol, who hears what, and that nothing is lost."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from resolvers.policy import everyone
from schema.subscription import AUDIENCES
from tests.fix_gateway import GatewayServer
from tests.sql.makers import kill
from tests.waits import eventually

PROTOCOL = Subprotocol("graphql-transport-ws")
PUBLICATIONS = "subscription { publications { seq kind records { challenge { path } } } }"
CREATE = "mutation ($input: CreateTrackInput!) { createTrack(input: $input) { track { id } userErrors { code } } }"
SHOW = "mutation ($input: SetPublishedInput!) { setPublished(input: $input) { userErrors { code } } }"


@contextmanager
def socket(server: GatewayServer, token: str | None = None, **options: Any) -> Iterator[ClientConnection]:
    """A raw socket by the protocol; ``token`` goes as a header of the handshake."""
    options.setdefault("subprotocols", [PROTOCOL])
    if token:
        options["additional_headers"] = {"authorization": f"Bearer {token}"}
    with connect(server.url.replace("http", "ws") + "/graphql", **options) as made:
        yield made


def send(made: ClientConnection, kind: str, **more: Any) -> None:
    made.send(json.dumps({"type": kind, **more}))


def heard(made: ClientConnection, seconds: float = 10) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(made.recv(timeout=seconds))
    return message


def begin(made: ClientConnection, **payload: Any) -> None:
    send(made, "connection_init", payload=payload)
    assert heard(made) == {"type": "connection_ack"}


def ask(made: ClientConnection, query: str = PUBLICATIONS, id: str = "1") -> None:
    send(made, "subscribe", id=id, payload={"query": query})


def subscribe(server: GatewayServer, made: ClientConnection, query: str = PUBLICATIONS, id: str = "1") -> None:
    """Ask for events and wait until they are listened for."""
    before = server.waiting()
    ask(made, query, id)
    assert eventually(lambda: server.waiting() > before)


def closing(made: ClientConnection) -> tuple[int, str]:
    """Wait for the server's close and return its code and reason."""
    with pytest.raises(ConnectionClosed) as closed:
        made.recv(timeout=10)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


def track(server: GatewayServer, slug: str) -> str:
    author = server.token("author")
    made = server.gql(CREATE, {"input": {"slug": slug, "title": slug}}, author)
    return str(made["data"]["createTrack"]["track"]["id"])


def show(server: GatewayServer, id: str, published: bool = True) -> None:
    done = server.gql(SHOW, {"input": {"id": id, "published": published}}, server.token("author"))
    assert done["data"]["setPublished"]["userErrors"] == []


def test_every_publication_is_heard_once_and_in_order(server: GatewayServer) -> None:
    ids = [track(server, f"track-{number}") for number in range(5)]
    with socket(server, server.token("author")) as one, socket(server) as two:
        begin(one)
        begin(two, authorization=f"Bearer {server.token('reviewer')}")
        subscribe(server, one)
        subscribe(server, two, id="another")
        for id in ids:
            show(server, id)
        for made, name in ((one, "1"), (two, "another")):
            messages = [heard(made) for _ in ids]
            assert [message["id"] for message in messages] == [name] * 5
            events = [message["payload"]["data"]["publications"] for message in messages]
            assert [event["seq"] for event in events] == [1, 2, 3, 4, 5]
            assert {event["kind"] for event in events} == {"SHOW"}
        send(one, "complete", id="1")
        assert eventually(lambda: server.waiting() == 1)
        show(server, ids[0], published=False)
        assert heard(two)["payload"]["data"]["publications"]["seq"] == 6
        with pytest.raises(TimeoutError):
            one.recv(timeout=0.5)
        send(one, "ping")
        assert heard(one) == {"type": "pong"}


def test_nothing_is_lost_while_the_ear_is_deaf(server: GatewayServer, owner_url: str) -> None:
    ids = [track(server, f"track-{number}") for number in range(3)]
    with socket(server, server.token("author")) as made:
        begin(made)
        subscribe(server, made)
        for id in ids:
            assert kill(owner_url, "palimpsest signals") == 1
            show(server, id)
            assert heard(made)["payload"]["data"]["publications"]["kind"] == "SHOW"
        show(server, ids[0], published=False)
        assert heard(made)["payload"]["data"]["publications"]["seq"] == 4


@pytest.mark.parametrize(("role", "code"), [("learner", "FORBIDDEN"), ("admin", None)])
def test_who_may_not_read_the_log_hears_nothing(server: GatewayServer, role: str, code: str | None) -> None:
    with socket(server, server.token(role)) as made:
        begin(made)
        if code is None:
            subscribe(server, made)
        else:
            ask(made)
        show(server, track(server, "one"))
        message = heard(made)
        if code is None:
            assert message["type"] == "next"
        else:
            assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", code)
            with pytest.raises(TimeoutError):
                made.recv(timeout=0.3)


def test_a_session_that_was_ended_hears_nothing_more(server: GatewayServer) -> None:
    token = server.token("author", "leaving")
    id = track(server, "one")
    with socket(server, token) as made:
        begin(made)
        subscribe(server, made)
        show(server, id)
        assert heard(made)["type"] == "next"
        server.gql("mutation { logOut { userErrors { code } } }", token=token)
        show(server, id, published=False)
        assert closing(made)[0] == 4403


def test_a_credential_that_does_not_hold_is_not_acknowledged(server: GatewayServer) -> None:
    with socket(server) as made:
        send(made, "connection_init", payload={"authorization": "Bearer nobody's"})
        assert closing(made) == (
            4403,
            "Forbidden: The session or API token is unknown, expired or revoked; sign in again.",
        )


def test_visitors_are_refused_while_no_subscription_is_open_to_them(
    server: GatewayServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket(server) as made:
        send(made, "connection_init")
        assert closing(made) == (4403, "Forbidden: sign in; no subscription is open to visitors")
    monkeypatch.setitem(AUDIENCES, "publications", everyone)
    with socket(server) as made:
        begin(made)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { nothing }", "VALIDATION"),
        ("subscription {", "SYNTAX"),
        ("subscription A { publications { seq } } subscription B { publications { seq } }", "BAD_REQUEST"),
    ],
)
def test_what_cannot_be_subscribed_to_is_an_error_of_the_operation(
    server: GatewayServer, query: str, code: str
) -> None:
    with socket(server, server.token("author")) as made:
        begin(made)
        ask(made, query)
        message = heard(made)
        assert (message["type"], message["id"]) == ("error", "1")
        assert {error["extensions"]["code"] for error in message["payload"]} == {code}
        subscribe(server, made)  # the name is free again, and the socket lives
        show(server, track(server, "one"))
        assert heard(made)["type"] == "next"


def _lines(server: GatewayServer) -> list[dict[str, Any]]:
    return [line for line in server.log() if line.get("method") == "WEBSOCKET"]


def test_each_subscription_is_a_line_of_the_log(server: GatewayServer) -> None:
    with socket(server, server.token("author")) as made:
        begin(made)
        subscribe(server, made, "subscription Watch { publications { seq } }")
        show(server, track(server, "one"))
        assert heard(made)["type"] == "next"
        send(made, "complete", id="1")
        assert eventually(lambda: bool(_lines(server)))
    lines = _lines(server)
    assert len(lines) == 1
    assert (lines[0]["operation"], lines[0]["kind"]) == ("Watch", "subscription")
    assert lines[0]["viewer"] == server.user_id("author")
    assert lines[0]["statements"] >= 3
    assert lines[0]["bytes"] > 10


@pytest.mark.long
def test_five_hundred_sockets_that_come_and_go_leave_nothing(server: GatewayServer, owner_url: str) -> None:
    for number in range(500):
        with socket(server, server.token("author")) as made:
            if number % 3:
                begin(made)
            if number % 3 == 2:
                send(made, "subscribe", id="1", payload={"query": PUBLICATIONS})
    until = time.monotonic() + 5
    while server.parts.signals._listeners and time.monotonic() < until:
        time.sleep(0.05)
    assert server.parts.signals._listeners == {}
    assert not _statements_left_running(owner_url, until)


def _statements_left_running(owner_url: str, until: float) -> set[tuple[object, ...]]:
    """What other connections run or hold open and go on holding until then. A statement of the house itself (a
    heartbeat, a look at the queue) may be under way at any moment, so only one that stays is left over."""
    look = (
        "select pid, state_change, state, query from pg_stat_activity"
        " where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()"
    )
    with psycopg.connect(owner_url, autocommit=True) as connection:
        left = set(connection.execute(look).fetchall())
        while left and time.monotonic() < until:
            time.sleep(0.05)
            left &= set(connection.execute(look).fetchall())
    return left
