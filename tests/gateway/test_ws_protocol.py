"""The protocol graphql-transport-ws, requirement by requirement, in the words and the order of its PROTOCOL.md."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from websockets.sync.client import ClientConnection
from websockets.typing import Subprotocol

from core import limits
from tests.fix_gateway import GatewayServer
from tests.gateway.test_execution import locked
from tests.gateway.test_graphql_ws import PUBLICATIONS, begin, closing, heard, send, show, socket, track
from tests.waits import eventually, waiting

TRACKS = "{ tracks(first: 1) { edges { node { slug } } } }"
CREATE = """mutation Make($input: CreateTrackInput!) {
    createTrack(input: $input) { track { slug } userErrors { code } } }"""


@contextmanager
def acknowledged(server: GatewayServer, role: str = "author") -> Iterator[ClientConnection]:
    """A socket of a person with this role, ready for operations."""
    with socket(server, server.token(role)) as made:
        begin(made)
        yield made


def operate(made: ClientConnection, id: str, query: str, **payload: Any) -> None:
    send(made, "subscribe", id=id, payload={"query": query, **payload})


def silent(made: ClientConnection, seconds: float = 0.3) -> bool:
    """Whether nothing comes but the answer to a ping."""
    time.sleep(seconds)
    send(made, "ping")
    return heard(made) == {"type": "pong"}


def listening(server: GatewayServer, number: int) -> bool:
    return eventually(lambda: sum(map(len, server.parts.signals._listeners.values())) == number)


def created(slug: str) -> dict[str, Any]:
    return {"input": {"slug": slug, "title": slug}}


def tracks_of(owner_url: str) -> list[str]:
    with psycopg.connect(owner_url) as owner:
        return [str(row[0]) for row in owner.execute("select slug from tracks order by slug").fetchall()]


def test_connection_init_must_come_in_time_else_4408(server: GatewayServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SOCKET_INIT_SECONDS", 0.3)
    with socket(server) as made:
        assert closing(made) == (4408, "Connection initialisation timeout")
    with acknowledged(server) as made:
        assert silent(made, 0.5)  # the time is over, and the greeted socket lives


@pytest.mark.parametrize("payload", [{}, {"payload": None}, {"payload": {}}])
def test_connection_init_is_acknowledged_with_any_payload_that_the_protocol_allows(
    server: GatewayServer, payload: dict[str, Any]
) -> None:
    with socket(server, server.token("learner")) as made:
        send(made, "connection_init", **payload)
        assert heard(made) == {"type": "connection_ack"}


def test_more_than_one_connection_init_is_4429(server: GatewayServer) -> None:
    with socket(server, server.token("learner")) as made:
        send(made, "connection_init")
        send(made, "connection_init")
        assert heard(made) == {"type": "connection_ack"}
        assert closing(made) == (4429, "Too many initialisation requests")


def test_pings_are_answered_at_any_time_and_pongs_may_come_unasked(server: GatewayServer) -> None:
    with socket(server, server.token("learner")) as made:
        send(made, "ping", payload={"n": 1})
        assert heard(made) == {"type": "pong", "payload": {"n": 1}}
        send(made, "pong")
        send(made, "pong", payload={"n": 2})
        begin(made)
        send(made, "ping", payload=None)
        assert heard(made) == {"type": "pong"}


def test_a_query_is_one_next_and_then_complete(server: GatewayServer) -> None:
    with acknowledged(server, "learner") as made:
        operate(made, "q", "query Name($n: Int) { tracks(first: $n) { edges { node { slug } } } }", variables={"n": 1})
        assert heard(made) == {"id": "q", "type": "next", "payload": {"data": {"tracks": {"edges": []}}}}
        assert heard(made) == {"id": "q", "type": "complete"}
        operate(made, "q", "query A { __typename } query B { b: __typename }", operationName="B", extensions={})
        assert heard(made)["payload"] == {"data": {"b": "Query"}}
        assert heard(made)["type"] == "complete"
        assert silent(made)
    line = next(one for one in server.log() if one.get("operation") == "Name")
    assert (line["method"], line["kind"], line["viewer"]) == ("WEBSOCKET", "query", server.user_id("learner"))
    assert line["statements"] > 0


def test_a_mutation_is_one_next_and_then_complete_and_a_key_is_honoured_once(
    server: GatewayServer, owner_url: str
) -> None:
    with acknowledged(server) as made:
        for id in ("1", "2"):
            operate(made, id, CREATE, variables={"input": {**created("one")["input"], "idempotencyKey": "k"}})
            data = {"createTrack": {"track": {"slug": "one"}, "userErrors": []}}
            assert heard(made) == {"id": id, "type": "next", "payload": {"data": data}}
            assert heard(made) == {"id": id, "type": "complete"}
    assert tracks_of(owner_url) == ["one"]


def test_errors_of_fields_are_in_the_next_message_and_masked(server: GatewayServer, owner_url: str) -> None:
    with acknowledged(server, "learner") as made:
        operate(made, "1", "{ drafts(first: 1) { edges { node { id } } } }")
        message = heard(made)
        assert message["type"] == "next"
        assert message["payload"]["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert heard(made)["type"] == "complete"
        with psycopg.connect(owner_url) as owner:
            owner.execute("drop view track_nodes cascade")
        operate(made, "2", TRACKS)
        (error,) = heard(made)["payload"]["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert any(line.get("error") == error["extensions"]["errorId"] for line in server.log())


@pytest.mark.parametrize(
    ("query", "code"),
    [("{", "SYNTAX"), ("{ nothing }", "VALIDATION"), ("query ($n: Int!) { tracks(first: $n) { __typename } }", None)],
)
def test_errors_before_execution_are_one_error_message_and_the_id_is_free(
    server: GatewayServer, query: str, code: str | None
) -> None:
    with acknowledged(server, "learner") as made:
        operate(made, "1", query)
        message = heard(made)
        assert (message["id"], message["type"]) == ("1", "error")
        assert {error["extensions"]["code"] for error in message["payload"]} == {code or "BAD_REQUEST"}
        assert silent(made), "neither next nor complete follows"
        operate(made, "1", "{ __typename }")
        assert heard(made)["type"] == "next"


def test_thirty_subscriptions_on_one_socket_hear_every_event(server: GatewayServer) -> None:
    id = track(server, "one")
    with acknowledged(server) as made:
        for number in range(30):
            operate(made, str(number), PUBLICATIONS)
        assert listening(server, 30)
        operate(made, "query", "{ __typename }")
        assert [heard(made)["type"] for _ in range(2)] == ["next", "complete"], "a query is answered between them"
        for published in (True, False):
            show(server, id, published)
            messages = [heard(made) for _ in range(30)]
            assert {message["id"] for message in messages} == {str(number) for number in range(30)}
            assert len({json.dumps(message["payload"]) for message in messages}) == 1


def test_an_id_in_use_is_4409_whatever_operation_uses_it(server: GatewayServer, owner_url: str) -> None:
    for first in (PUBLICATIONS, TRACKS):
        with acknowledged(server) as made, locked(owner_url, "tracks"):
            operate(made, "twice", first)
            assert first == PUBLICATIONS or eventually(lambda: waiting(owner_url) == 1)
            operate(made, "twice", TRACKS)
            assert closing(made) == (4409, "Subscriber for twice already exists")


def test_subscribe_before_the_acknowledgement_is_4401(server: GatewayServer) -> None:
    with socket(server, server.token("author")) as made:
        operate(made, "1", "{ __typename }")
        assert closing(made) == (4401, "Unauthorized")


def test_after_complete_of_the_client_nothing_more_comes(server: GatewayServer) -> None:
    id = track(server, "one")
    with acknowledged(server) as made:
        operate(made, "1", PUBLICATIONS)
        assert listening(server, 1)
        send(made, "complete", id="1")
        assert listening(server, 0)
        show(server, id)
        assert silent(made)
        operate(made, "1", PUBLICATIONS)
        assert listening(server, 1), "the id may be used again"


def test_complete_of_the_client_stops_a_query_and_hides_a_mutations_result(
    server: GatewayServer, owner_url: str
) -> None:
    with acknowledged(server) as made:
        with locked(owner_url, "tracks"):
            operate(made, "1", TRACKS)
            assert eventually(lambda: waiting(owner_url) == 1)
            send(made, "complete", id="1")
            assert eventually(lambda: waiting(owner_url) == 0), "nobody waits for a query, so it is stopped"
            operate(made, "2", CREATE, variables=created("kept"))
            assert eventually(lambda: waiting(owner_url) == 1)
            send(made, "complete", id="2")
            assert silent(made)
            assert waiting(owner_url) == 1
        assert eventually(lambda: tracks_of(owner_url) == ["kept"]), "a mutation that has begun runs to its end"
        assert silent(made)


def test_a_mutation_whose_socket_is_gone_runs_to_its_end(server: GatewayServer, owner_url: str) -> None:
    with locked(owner_url, "tracks"):
        with acknowledged(server) as made:
            operate(made, "1", CREATE, variables=created("kept"))
            assert eventually(lambda: waiting(owner_url) == 1)
        time.sleep(0.3)
        assert waiting(owner_url) == 1
    assert eventually(lambda: tracks_of(owner_url) == ["kept"])


def test_complete_for_an_unknown_or_finished_id_is_ignored(server: GatewayServer) -> None:
    with acknowledged(server, "learner") as made:
        send(made, "complete", id="never begun")
        operate(made, "1", "{ __typename }")
        assert [heard(made)["type"] for _ in range(2)] == ["next", "complete"]
        send(made, "complete", id="1")
        assert silent(made)


MALFORMED: list[str | bytes] = [
    "not json",
    "[]",
    "{}",
    '{"type": 1}',
    '{"type": "nonsense"}',
    '{"type": "connection_ack"}',
    '{"type": "next", "id": "1", "payload": {}}',
    '{"type": "error", "id": "1", "payload": []}',
    '{"type": "connection_init", "payload": []}',
    '{"type": "ping", "payload": "x"}',
    '{"type": "pong", "payload": 1}',
    '{"type": "complete"}',
    '{"type": "complete", "id": ""}',
    '{"type": "subscribe"}',
    '{"type": "subscribe", "id": 1, "payload": {"query": "{ __typename }"}}',
    '{"type": "subscribe", "id": "", "payload": {"query": "{ __typename }"}}',
    '{"type": "subscribe", "id": "1"}',
    '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }", "operationName": 1}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }", "variables": []}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }", "extensions": "x"}}',
    '{"type": "ping", "payload": ' + '{"a":' * 2000 + "1" + "}" * 2001,
    b"bytes",
]


def test_a_message_that_is_not_of_the_protocol_is_4400_with_a_reason(server: GatewayServer) -> None:
    for message in MALFORMED:
        with socket(server) as made:
            made.send(message)
            code, reason = closing(made)
        assert (code, bool(reason)) == (4400, True), message
    assert all("error" not in line for line in server.log())


def test_only_this_subprotocol_is_acceptable_and_it_is_confirmed(server: GatewayServer) -> None:
    for offered in (None, [Subprotocol("graphql-ws")]):
        with socket(server, subprotocols=offered) as made:
            assert closing(made) == (4406, "Subprotocol not acceptable: graphql-transport-ws is spoken here")
    both = [Subprotocol("graphql-ws"), Subprotocol("graphql-transport-ws")]
    with socket(server, subprotocols=both) as made:
        assert made.subprotocol == "graphql-transport-ws"


def test_a_client_may_close_normally_in_the_middle_of_everything(server: GatewayServer) -> None:
    with acknowledged(server) as made:
        operate(made, "1", PUBLICATIONS)
        assert listening(server, 1)
        made.close(1000)
    assert listening(server, 0)
