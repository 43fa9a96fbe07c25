"""Probes: each answers in its time, whatever the database does, and names the part that does not stand."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import psycopg

from tests.fix_gateway import GatewayServer

WELL = {"database": "ok", "migrations": "ok", "worker": "elsewhere", "listener": "ok"}


def asked(server: GatewayServer, path: str) -> tuple[int, dict[str, Any], float]:
    """Return a probe's status and body, and how many seconds it took."""
    began = time.monotonic()
    answer = httpx.get(server.url + path, timeout=20)
    return answer.status_code, answer.json(), time.monotonic() - began


def soon(true: Callable[[], bool], seconds: float = 15) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


def ready(server: GatewayServer) -> bool:
    return asked(server, "/readyz")[0] == 200


def test_readiness_names_every_part(server: GatewayServer) -> None:
    soon(lambda: ready(server))
    status, body, _ = asked(server, "/readyz")
    assert (status, body) == (200, {"status": "ready", "parts": WELL})
    assert asked(server, "/healthz")[:2] == (200, {"status": "ok"})


def test_a_database_that_hangs_holds_up_no_probe(server: GatewayServer, owner_url: str) -> None:
    soon(lambda: ready(server))
    with psycopg.connect(owner_url) as owner:
        owner.execute("lock table schema_migrations in access exclusive mode")
        for _ in range(3):
            status, body, seconds = asked(server, "/readyz")
            assert (status, body["parts"]["database"], body["parts"]["listener"]) == (503, "does not answer", "ok")
            assert seconds < 1.5
            status, _, seconds = asked(server, "/healthz")
            assert status == 200
            assert seconds < 0.6
        status, body, seconds = asked(server, "/health")
        assert (status, body) == (503, {"status": "the database does not answer"})
        assert seconds < 4
    soon(lambda: ready(server))


def test_a_database_without_our_migrations_is_not_ready(server: GatewayServer, owner_url: str) -> None:
    soon(lambda: ready(server))
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("delete from schema_migrations where number = (select max(number) from schema_migrations)")
    status, body, _ = asked(server, "/readyz")
    assert (status, body["parts"]) == (503, WELL | {"migrations": "missing"})


def test_the_listener_s_connection_is_made_anew_and_readiness_tells(server: GatewayServer, owner_url: str) -> None:
    soon(lambda: ready(server))
    for _ in range(2):
        with psycopg.connect(owner_url, autocommit=True) as owner:
            ended = owner.execute(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                " where application_name = 'palimpsest signals' and datname = current_database()"
            ).fetchone()
        assert ended == (1,)
        soon(lambda: asked(server, "/readyz")[1]["parts"]["listener"] == "not connected")
        soon(lambda: ready(server))


def test_the_probe_s_own_connection_is_made_anew(server: GatewayServer, owner_url: str) -> None:
    soon(lambda: ready(server))
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'palimpsest probe' and datname = current_database()"
        )
    assert asked(server, "/health")[:2] == (200, {"status": "ok"})
