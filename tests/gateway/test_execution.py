"""Operations that fail, take too long, or that nobody waits for: what is told, what goes on, what is stopped."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest

from core import limits
from tests.fix_gateway import GatewayServer
from tests.waits import eventually, waiting

TRACKS = "{ tracks(first: 1) { edges { node { id } } } }"
SIGN_UP = """mutation { signUp(input: {email: "a@example.org", password: "12345678", displayName: "A"}) {
    userErrors { code } } }"""


@contextmanager
def locked(owner_url: str, table: str) -> Iterator[psycopg.Connection]:
    """Keep everybody else from a table."""
    with psycopg.connect(owner_url) as connection:
        connection.execute(f"lock table {table} in access exclusive mode".encode())
        yield connection


def send_and_leave(server: GatewayServer, query: str, owner_url: str) -> None:
    """Send an operation, wait until the database has it, and hang up."""
    address = urlsplit(server.url)
    body = b'{"query": "' + query.replace("\n", " ").replace('"', '\\"').encode() + b'"}'
    with socket.create_connection((address.hostname or "", address.port or 0)) as connection:
        connection.sendall(
            b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            b"content-length: " + str(len(body)).encode() + b"\r\n\r\n" + body
        )
        assert eventually(lambda: waiting(owner_url) == 1)


def test_error_of_ours_is_masked_and_its_id_is_in_the_log(server: GatewayServer, owner_url: str) -> None:
    with psycopg.connect(owner_url) as connection:
        connection.execute("alter table tracks rename to gone")
        connection.execute("drop view track_nodes cascade")
    answer = server.gql(TRACKS)
    (error,) = answer["errors"]
    error_id = error["extensions"]["errorId"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["message"] == f"Something went wrong on our side; quote the id {error_id}."
    assert "does not exist" not in str(answer)
    told, request = server.log()
    assert told["error"] == error_id
    assert "does not exist" in told["causes"][0]["message"]
    assert request["errors"] == [error_id]
    assert request["status"] == 200


def test_operation_that_takes_too_long_is_stopped_in_the_database_too(
    server: GatewayServer, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "REQUEST_SECONDS", 0.3)
    with locked(owner_url, "tracks"):
        answer = server.gql(TRACKS)
        assert eventually(lambda: waiting(owner_url) == 0)
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"] == {"code": "TIMEOUT"}
    assert "errors" not in server.gql(TRACKS)


def test_query_whose_client_has_gone_is_cancelled(server: GatewayServer, owner_url: str) -> None:
    with locked(owner_url, "tracks"):
        send_and_leave(server, TRACKS, owner_url)
        assert eventually(lambda: waiting(owner_url) == 0)
    assert eventually(lambda: any(line.get("gone") for line in server.log()))
    assert "errors" not in server.gql(TRACKS)


def test_mutation_whose_client_has_gone_is_finished(server: GatewayServer, owner_url: str) -> None:
    with locked(owner_url, "sessions") as connection:
        send_and_leave(server, SIGN_UP, owner_url)
        time.sleep(0.5)
        assert waiting(owner_url) == 1
        connection.rollback()
        assert eventually(lambda: _people(owner_url) == 1)


def _people(owner_url: str) -> int:
    with psycopg.connect(owner_url) as connection:
        row = connection.execute("select count(*) from users u join sessions s on s.user_id = u.id").fetchone()
    assert row is not None
    return int(row[0])


def test_reads_survive_a_restart_of_the_database(server: GatewayServer, owner_url: str) -> None:
    for _ in range(3):
        server.gql(TRACKS)
        with psycopg.connect(owner_url, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        assert server.gql(TRACKS) == {"data": {"tracks": {"edges": []}}}


def test_requests_at_once_after_a_restart_are_all_answered(server: GatewayServer, owner_url: str) -> None:
    answers: list[object] = []
    threads = [threading.Thread(target=lambda: answers.append(server.gql(TRACKS))) for _ in range(8)]
    warm = [threading.Thread(target=server.gql, args=(TRACKS,)) for _ in range(8)]
    for thread in warm:
        thread.start()
    for thread in warm:
        thread.join()
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [{"data": {"tracks": {"edges": []}}}] * 8
