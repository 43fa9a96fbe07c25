"""Limits of sockets: each is shown by a client that is over it, and by an honest one below it that is served."""

import socket as sockets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from starlette.requests import HTTPConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close, Frame, Opcode
from websockets.sync.client import ClientConnection

from core import limits
from gateway.server.client import client_of
from gateway.server.pace import Pace
from tests.fix_gateway import GatewayServer
from tests.gateway.test_execution import locked
from tests.gateway.test_graphql_ws import PROTOCOL, PUBLICATIONS, begin, closing, heard, send, socket
from tests.gateway.test_ws_protocol import TRACKS, acknowledged, listening, operate
from tests.waits import eventually, waiting

LOG_IN = 'mutation { logIn(input: { email: "a@example.org", password: "not the one" }) { userErrors { code } } }'


def served(made: ClientConnection) -> bool:
    """Whether an operation is answered on this socket."""
    operate(made, "served", "{ __typename }")
    return [heard(made)["type"] for _ in range(2)] == ["next", "complete"]


def code_of(message: dict[str, Any]) -> str:
    (error,) = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
    return str(error["extensions"]["code"])


def test_sockets_of_an_address_are_bounded_and_another_address_is_served(
    server: GatewayServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SOCKETS_OF_A_CLIENT", 3)
    with ExitStack() as attacker:
        for _ in range(3):
            attacker.enter_context(socket(server))
        with socket(server) as one_more:
            assert closing(one_more) == (
                1013,
                "3 sockets are open from this address, the most allowed; close one or try again later",
            )
        with socket(server, server.token("learner"), source_address=("127.0.0.2", 0)) as honest:
            begin(honest)
            assert served(honest)
    assert eventually(lambda: _opens(server)), "places are free again"


def test_sockets_of_a_process_are_bounded(server: GatewayServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SOCKETS", 2)
    with acknowledged(server), acknowledged(server) as two:
        with socket(server) as three:
            assert closing(three) == (1013, "Too many sockets are open; try again later")
        two.close()
        assert eventually(lambda: _opens(server))


def _opens(server: GatewayServer) -> bool:
    with socket(server, server.token("learner")) as made:
        send(made, "connection_init")
        try:
            return heard(made) == {"type": "connection_ack"}
        except ConnectionClosed:
            return False


def test_sockets_of_a_user_are_bounded_and_another_user_is_served(
    server: GatewayServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SOCKETS_OF_A_USER", 2)
    with acknowledged(server), acknowledged(server) as second, socket(server, server.token("author")) as third:
        send(third, "connection_init")
        assert closing(third) == (
            1013,
            "2 sockets are open for this user, the most allowed; close one or try again later",
        )
        assert served(second)
        with acknowledged(server, "learner") as other:
            assert served(other)
    assert eventually(lambda: _opens(server))


def test_operations_of_a_socket_are_bounded_and_those_below_go_on(
    server: GatewayServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OPERATIONS_OF_A_SOCKET", 4)
    with acknowledged(server) as made:
        for number in range(5):
            operate(made, str(number), PUBLICATIONS)
        message = heard(made)
        assert (message["id"], code_of(message)) == ("4", "LIMIT")
        assert message["payload"][0]["message"] == (
            "4 operations run on this socket, the most allowed; complete one first."
        )
        send(made, "complete", id="0")
        assert served(made)
        assert listening(server, 3)


def test_a_mutation_counts_until_it_has_ended_also_when_the_client_withdrew(
    server: GatewayServer, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OPERATIONS_OF_A_SOCKET", 1)
    rename = 'mutation { updateProfile(input: { displayName: "Other" }) { userErrors { code } } }'
    name = "{ viewer { user { displayName } } }"
    with acknowledged(server) as made:
        with psycopg.connect(owner_url) as lock:
            lock.execute("select from users for update")
            operate(made, "1", rename)
            assert eventually(lambda: waiting(owner_url) == 1)
            send(made, "complete", id="1")
            operate(made, "2", "{ __typename }")
            assert code_of(heard(made)) == "LIMIT"
        assert eventually(lambda: "Other" in str(server.gql(name, token=server.token("author"))))
        assert eventually(lambda: any(line.get("kind") == "mutation" for line in server.log()))
        assert served(made)


def test_an_idle_socket_is_closed_and_one_that_listens_or_speaks_is_not(
    server: GatewayServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SOCKET_IDLE_SECONDS", 1)
    with acknowledged(server) as idle, acknowledged(server) as listener, acknowledged(server) as talker:
        operate(listener, "1", PUBLICATIONS)
        until = time.monotonic() + 2
        while time.monotonic() < until:
            send(talker, "ping")
            assert heard(talker) == {"type": "pong"}
            time.sleep(0.2)
        assert closing(idle) == (1000, "Nothing ran and no message came for 1 seconds")
        assert served(talker)
        assert served(listener)
        send(listener, "complete", id="1")
        assert closing(listener)[0] == 1000


def test_too_many_messages_end_the_socket_and_a_burst_below_is_answered(
    server: GatewayServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SOCKET_MESSAGES_A_SECOND", 0)
    with acknowledged(server) as honest, acknowledged(server) as attacker:
        for _ in range(limits.SOCKET_MESSAGES - 2):
            send(honest, "ping")
            send(attacker, "ping")
        for _ in range(limits.SOCKET_MESSAGES - 2):
            assert heard(honest) == heard(attacker) == {"type": "pong"}
        send(attacker, "ping")
        assert heard(attacker) == {"type": "pong"}
        send(attacker, "ping")
        assert closing(attacker) == (1008, "Too many messages: at most 0 a second")
        assert served(honest)


def test_a_long_message_counts_by_its_length(server: GatewayServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SOCKET_MESSAGES_A_SECOND", 0)
    with acknowledged(server) as made:
        for number in range(2):
            operate(made, str(number), "{ __typename }" + " " * 950_000)
            assert code_of(heard(made)) == "LIMIT", "the document is too long, but the message is not"
        operate(made, "2", "{ __typename }" + " " * 950_000)
        assert closing(made)[0] == 1008


def test_a_message_larger_than_a_body_ends_the_socket(server: GatewayServer) -> None:
    with acknowledged(server) as made:
        operate(made, "1", " " * (limits.BODY_BYTES + 1))
        assert closing(made)[0] == 1009
    with acknowledged(server) as made:
        made.send(iter(['{"type": "ping", "payload": {"a": "', "x" * 600_000, "x" * 600_000, '"}}']))
        assert closing(made)[0] == 1009


def test_control_frames_and_fragments_are_bounded(server: GatewayServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SOCKET_FRAMES_A_SECOND", 0)
    monkeypatch.setattr(limits, "SOCKET_FRAMES", 50)
    with acknowledged(server) as honest:
        for number in range(20):
            honest.ping(str(number)).wait(5)
        honest.send(iter(['{"type":', *[" "] * 20, '"ping"}']))
        assert heard(honest) == {"type": "pong"}
        assert served(honest)
        with _upgraded(server) as attacker:
            attacker.sendall(b"".join(_frame(Opcode.PING, b"") for _ in range(60)))
            assert _close_of(attacker).code == 1008
        with _upgraded(server) as attacker:
            # An empty fragment adds nothing to a message's size, so only their number bounds them.
            attacker.sendall(_frame(Opcode.TEXT, b"", fin=False) + _frame(Opcode.CONT, b"", fin=False) * 60)
            assert _close_of(attacker).code == 1008
        assert served(honest)


def test_a_client_that_reads_nothing_is_dropped_and_others_are_served(
    server: GatewayServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SOCKET_UNREAD_SECONDS", 0.5)
    with acknowledged(server, "learner") as honest, _upgraded(server) as attacker:
        ping = _frame(Opcode.TEXT, b'{"type":"ping","payload":{"a":"' + b"x" * 900_000 + b'"}}')
        attacker.settimeout(5)
        began = time.monotonic()
        with suppress(ConnectionError):
            for _ in range(50):
                attacker.sendall(ping)
                time.sleep(0.02)
            pytest.fail("it is still connected")
        assert time.monotonic() - began < 5
        assert served(honest)
    assert eventually(lambda: len(server._serving.server_state.connections) == 0)


def test_sockets_close_with_going_away_when_the_process_stops(server: GatewayServer) -> None:
    with acknowledged(server) as made:
        operate(made, "1", PUBLICATIONS)
        assert listening(server, 1)
        server.stop()
        assert closing(made) == (1001, "The server stops; connect again")


def test_an_operation_over_the_deadline_is_told_and_stopped_as_over_http(
    server: GatewayServer, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "REQUEST_SECONDS", 0.3)
    with acknowledged(server) as made, locked(owner_url, "tracks"):
        operate(made, "1", TRACKS)
        message = heard(made)
        assert (message["type"], message["payload"]["data"], code_of(message)) == ("next", None, "TIMEOUT")
        assert heard(made)["type"] == "complete"
        assert served(made)


def test_an_operation_that_costs_too_much_is_refused_as_over_http(server: GatewayServer) -> None:
    page = "edges { node { modules { lessons { challenges { slug } } } } }"
    deep = "{ " + " ".join(f"a{number}: tracks(first: 100) {{ {page} }}" for number in range(29)) + " }"
    with acknowledged(server) as made:
        operate(made, "1", deep)
        over_socket = heard(made)["payload"]
    assert over_socket == server.gql(deep, None, server.token("author"))["errors"]
    assert over_socket[0]["extensions"]["code"] == "LIMIT"


def test_attempts_to_sign_in_count_together_over_both_ways(server: GatewayServer) -> None:
    with acknowledged(server, "learner") as made:
        for number in range(5):
            operate(made, str(number), LOG_IN)
            assert heard(made)["payload"]["data"]["logIn"]["userErrors"] == [{"code": "INVALID_CREDENTIALS"}]
            assert heard(made)["type"] == "complete"
        for _ in range(limits.CLIENT_ACCOUNT_TRIES - 5):
            assert "errors" not in server.gql(LOG_IN)
        operate(made, "last", LOG_IN)
        message = heard(made)
        assert (message["type"], code_of(message)) == ("error", "OVERLOADED")
        assert "try again in" in message["payload"][0]["message"]
        assert server.gql(LOG_IN)["errors"][0]["extensions"]["code"] == "OVERLOADED"


def test_a_socket_whose_session_was_ended_runs_nothing_more(server: GatewayServer) -> None:
    with socket(server, server.token("author", "leaving")) as made:
        begin(made)
        assert served(made)
        server.gql("mutation { logOut { userErrors { code } } }", token=server.token("author", "leaving"))
        operate(made, "1", "{ __typename }")
        assert closing(made) == (4403, "Forbidden: the session or token does not hold any more")


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("a name", "a name"),
        (None, ""),
    ],
)
def test_an_ipv6_household_counts_as_one_client(host: str | None, network: str) -> None:
    scope = {"type": "websocket", "client": (host, 1) if host else None}
    assert client_of(HTTPConnection(scope)) == network


def test_pace_gives_a_burst_and_then_so_many_a_second() -> None:
    now = 0.0
    pace = Pace(3, 2, clock=lambda: now)
    assert [pace.take() for _ in range(4)] == [True, True, True, False]
    now = 0.5
    assert [pace.take() for _ in range(2)] == [True, False]
    now = 100.0
    assert [pace.take(2), pace.take(2), pace.take()] == [True, False, True]


def _frame(opcode: Opcode, data: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=True)


@contextmanager
def _upgraded(server: GatewayServer) -> Iterator[sockets.socket]:
    """A bare connection after the handshake: nothing answers or reads by itself."""
    address = urlsplit(server.url)
    with sockets.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(
            b"GET /graphql HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
            b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            b"sec-websocket-protocol: " + PROTOCOL.encode() + b"\r\n\r\n"
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        assert head.startswith(b"HTTP/1.1 101 ")
        yield connection


def _close_of(connection: sockets.socket) -> Close:
    """Read frames (all short here) until the close frame."""
    connection.settimeout(10)
    with connection.makefile("rb") as stream:
        while True:
            first, length = stream.read(2)
            data = stream.read(length)
            if first & 0x0F == Opcode.CLOSE:
                return Close.parse(data)
