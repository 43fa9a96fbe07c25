"""Mixed load, clients that leave and a database that restarts, in small; the whole is ``python -m bench.endurance``."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from bench.endurance import CONNECTIONS, Endurance, Plan, Sample, endure, judge, lines, scene, slope
from bench.outages import Answer, operation
from bench.scene.mixed import refused
from bench.scene.wire import Wire
from core.sealing import Keyring
from embedded.supervisor import EmbeddedPostgres
from tests.fix_gateway import GatewayServer


async def test_nothing_stays_of_clients_that_left_and_of_a_database_that_restarted(
    postgres: EmbeddedPostgres, owner_url: str, gateway_url: str, unset: None
) -> None:
    plan = Plan(seconds=6, rate=10, restarts=1, sockets=4, idle=30)
    async with scene(owner_url, gateway_url, Keyring.generate()) as (served, tokens, author, challenge):
        found = await endure(postgres, owner_url, served, tokens, author, challenge, plan)
    assert found.faults == []
    assert found.load is not None
    assert (len(found.outages), found.log["INTERNAL"], found.unfinished) == (1, 0, 0)
    assert found.descriptors[1] <= found.descriptors[0]
    assert found.load.sockets >= 4
    assert found.load.hung_up >= 3
    assert [answer for answer in found.figures.answers if answer.code == "OK" and answer.mark]
    assert found.slope is None, "seconds say nothing about memory"
    seen = [sample.connections.total() for sample in found.samples if sample.connections]
    assert seen
    assert max(seen) <= CONNECTIONS


@pytest.mark.parametrize("grows", [0.0, 2.0, -1.5])
def test_a_slope_is_that_of_the_samples_whatever_a_few_of_them_are(grows: float) -> None:
    points = [(float(at), 80 + grows * at + (500 if at % 10 == 3 else 0)) for at in range(60)]
    assert slope(points) == pytest.approx(grows)


def test_outages_excuse_what_is_typed_and_nothing_else() -> None:
    assert refused(Counter(OK=9, UNAVAILABLE=2, TIMEOUT=1, INTERNAL=3, EOFError=1)) == {"INTERNAL": 3, "EOFError": 1}


async def test_a_wire_keeps_its_connections_and_leaves_one_that_was_closed(server: GatewayServer) -> None:
    wire = Wire(server.url)
    body = orjson.dumps(operation("{ __typename }", {}))
    try:
        for _ in range(3):
            assert orjson.loads(await wire.post(body)) == {"data": {"__typename": "Query"}}
        ((_, writer),) = wire._idle
        writer.close()
        assert orjson.loads(await wire.post(body)) == {"data": {"__typename": "Query"}}
        ((_, other),) = wire._idle
        assert other is not writer
        await wire.hang_up(body, None, 0)
    finally:
        wire.close()
    assert wire._idle == []


def leaking(found: Endurance) -> None:
    for sample in found.samples:
        sample.memory += sample.at / 60 * 1.1


BROKEN: list[tuple[Callable[[Endurance], Any], str]] = [
    (leaking, "the memory grew by 1.10 MB a minute"),
    (
        lambda found: setattr(found.samples[5], "connections", Counter(idle=18)),
        "the gateway had 18 connections, not 10 at the most",
    ),
    (
        lambda found: found.samples[5].idle.append("a was idle in transaction for 2.0 s"),
        "a was idle in transaction for 2.0 s",
    ),
    (lambda found: found.figures.answers.append(Answer("INTERNAL", 1, 1)), "1 were answered INTERNAL"),
    (lambda found: found.figures.faults.append("m is there 2 times"), "m is there 2 times"),
    (lambda found: found.log.update(INTERNAL=2), "2 requests were INTERNAL in the log, clients that hung up included"),
    (lambda found: found.outages.clear(), "the database was restarted 0 times, not 1"),
    (lambda found: setattr(found, "descriptors", (15, 17)), "2 descriptors stayed open"),
    (lambda found: setattr(found, "unfinished", 1), "1 transactions were idle after all clients had gone"),
]


@pytest.mark.parametrize(("broken", "fault"), [(None, None), *BROKEN])
def test_each_bound_that_is_broken_is_told(broken: Callable[[Endurance], Any] | None, fault: str | None) -> None:
    found = Endurance(outages=[(60, 61)])
    found.samples += [Sample(float(at), 90.0, 30, Counter(idle=9)) for at in range(180)]
    found.figures.answers += [Answer("OK", 1, 1), Answer("UNAVAILABLE", 1, 1), Answer("TIMEOUT", 1, 1)]
    if broken:
        broken(found)
    judge(found, Plan(seconds=180, rate=1, restarts=1, sockets=0))
    assert found.faults == ([fault] if fault else [])


def test_a_log_is_told_by_what_is_no_request(tmp_path: Path) -> None:
    """A request that nobody waited for counts when it was INTERNAL; one that was served does not."""
    causes = [{"type": "builtins.ValueError", "at": ["gateway/app.py:1 run"]}]
    told = [
        {"method": "POST", "status": 200},
        {"method": "POST", "status": 200, "codes": ["INTERNAL"], "errors": ["1"], "gone": True},
        {"error": "1", "causes": causes},
        {"event": "part ended", "causes": causes},
        {"event": "sandbox"},
        {"level": "warning", "logger": "uvicorn", "message": "<A at 0x7f01>"},
        {"level": "warning", "logger": "uvicorn", "message": "<A at 0x7f02>"},
    ]
    log = tmp_path / "log"
    log.write_text("\n".join(["Serving on http://127.0.0.1/", *(orjson.dumps(line).decode() for line in told)]))
    assert lines(log) == {
        "INTERNAL": 1,
        "error builtins.ValueError  at gateway/app.py:1 run": 1,
        "event part ended": 1,
        "warning uvicorn: <A at …>": 2,
    }
