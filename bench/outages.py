"""A gateway under load while its PostgreSQL is killed, loses back ends or is stopped: what is answered, what is true.

    python -m bench.outages [--rate N] [--kills N] [--backends N] [--stops SECONDS ...]

Half of the requests read, half submit work under an idempotency key each. Counted are the answers by code, the longest
one, and how long after the server's return the first submission succeeds. Then the answers are held against the
tables: what was acknowledged is there once, what was refused is not there, and what was answered with the outcome
UNKNOWN is sent again under the same key and is there once. Status 1 when any of it is not so.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

import orjson
import psycopg

from bench.drawing import Gateways
from bench.scene.classroom import PATH, classroom
from bench.scene.wire import Wire
from core.sealing import Keyring
from embedded import supervisor
from embedded.supervisor import EmbeddedPostgres
from sql.database import Pool
from sql.jobs import install
from sql.migrate import Roles, migrate

READ = "query ($path: String!) { challenge(path: $path) { id version { label title } } }"
SUBMIT = """mutation ($input: SubmitAttemptInput!) { submitAttempt(input: $input) {
    attempt { id } userErrors { code } } }"""
TESTS = [{"id": "t1", "text": "It is.", "code": "assert(1)"}]
LEARNERS = 50
SETTLED = 60.0  # seconds after which a gateway that has not recovered is told

Fault = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Answer:
    """What a request came to: OK or a code, and when it was sent, in seconds of the clock that is told."""

    code: str
    began: float
    seconds: float
    mark: str | None = None


@dataclass(slots=True)
class Figures:
    """What one kind of outage did; ``faults`` is empty when every answer was true."""

    answers: list[Answer] = field(default_factory=list)
    recovered: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def told(self) -> str:
        """Return the figures as one line."""
        codes = Counter(answer.code for answer in self.answers)
        longest = max((answer.seconds for answer in self.answers), default=0.0)
        back = f"{max(self.recovered, default=0.0):.2f} s at the most after {len(self.recovered)} outages"
        counts = ", ".join(f"{count} {code}" for code, count in codes.most_common())
        figures = f"longest answer {longest:.1f} s, back {back}, {len(self.faults)} false"
        return f"{len(self.answers)} requests ({counts}), {figures}"


class Load:
    """So many requests a second to a gateway, as its learners in turn; each submission carries a mark of its own."""

    def __init__(self, address: str, tokens: list[str], challenge_id: str, rate: float, figures: Figures) -> None:
        self.tokens = tokens
        self.challenge_id = challenge_id
        self.figures = figures
        self.wire = Wire(address)
        self.under_way: set[asyncio.Task[None]] = set()
        self._rate = rate
        self._sent = 0
        self.unknown: list[tuple[str, str]] = []

    async def run(self) -> None:
        """Send until cancelled, at even distances."""
        due = time.monotonic()
        while True:
            task = asyncio.ensure_future(self.send(self._sent))
            self.under_way.add(task)
            task.add_done_callback(self.under_way.discard)
            self._sent += 1
            due += 1 / self._rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def end(self) -> None:
        """Wait for every answer, and send again what nobody knew the outcome of."""
        while self.under_way:
            await asyncio.wait(self.under_way)
        for token, mark in self.unknown:
            code = await self.submit(token, mark)
            if code != "OK":
                self.figures.faults.append(f"{mark}, of an unknown outcome, was then answered {code}")
        self.wire.close()

    async def submit(self, token: str, mark: str) -> str:
        """Submit work of this mark, under the mark as its key, and return OK or the code."""
        return code_of(await self.ask(token, SUBMIT, {"input": self.given(mark)}))

    def given(self, mark: str) -> dict[str, Any]:
        """Return the input of a submission."""
        return {"challengeId": self.challenge_id, "code": {"js": mark}, "waitSeconds": 0, "idempotencyKey": mark}

    async def send(self, number: int) -> None:
        """Send the request of this number and note its answer."""
        token, began = self.tokens[number // 2 % len(self.tokens)], time.monotonic()
        mark = f"mark-{id(self)}-{number}" if number % 2 else None
        if mark is None:
            code = code_of(await self.ask(token, READ, {"path": PATH}))
        else:
            code = await self.submit(token, mark)
            if code == "UNKNOWN":
                self.unknown.append((token, mark))
        self.figures.answers.append(Answer(code, began, time.monotonic() - began, mark))

    async def ask(self, token: str | None, query: str, variables: dict[str, Any]) -> dict[str, Any] | str:
        """Return the data, or the code of what was wrong."""
        try:
            return data_of(orjson.loads(await self.wire.post(orjson.dumps(operation(query, variables)), token)))
        except (OSError, EOFError, ValueError) as error:
            return type(error).__name__


def operation(query: str, variables: dict[str, Any]) -> dict[str, Any]:
    """Return an operation as it is sent."""
    return {"query": query, "variables": variables}


def data_of(answer: dict[str, Any]) -> dict[str, Any] | str:
    """Return the data of an answer, or the code (or the outcome) of what was wrong."""
    for told in answer.get("errors") or ():
        extensions = told.get("extensions", {})
        return str(extensions.get("outcome") or extensions.get("code"))
    for payload in answer["data"].values():
        for refused in (payload or {}).get("userErrors", ()):
            return str(refused["code"])
    return dict(answer["data"])


def code_of(answered: dict[str, Any] | str) -> str:
    """Return OK for data, else the code."""
    return answered if isinstance(answered, str) else "OK"


async def outages(
    load: Load, figures: Figures, fault: Fault, times: int, owner_url: str, *, apart: float = 0.5
) -> None:
    """Do a fault so many times under load, each time until submissions succeed again; then look what is true."""
    running = asyncio.create_task(load.run())
    try:
        await recovery(load, figures, time.monotonic())
        figures.recovered.clear()
        for _ in range(times):
            await asyncio.sleep(apart)
            await fault()
            await recovery(load, figures, time.monotonic())
    finally:
        running.cancel()
        await load.end()
    await asyncio.to_thread(check, owner_url, figures, {mark for _, mark in load.unknown})


async def recovery(load: Load, figures: Figures, since: float) -> None:
    """Wait until a submission that was sent since then succeeded, and note how long after that its answer came."""
    while time.monotonic() < since + SETTLED:
        latest = takewhile(lambda a: a.began + a.seconds >= since, reversed(figures.answers))
        if later := [a.began + a.seconds for a in latest if a.mark and a.code == "OK"]:
            figures.recovered.append(min(later) - since)
            return
        await asyncio.sleep(0.02)
    figures.faults.append(f"no submission succeeded for {SETTLED:.0f} s after the outage")


def check(owner_url: str, figures: Figures, unknown: set[str]) -> None:
    """Compare the answers to submissions with the tables; ``unknown`` are marks that were sent again."""
    with psycopg.connect(owner_url) as owner:
        found = Counter(js for (js,) in owner.execute("select code_js from challenge_attempts").fetchall())
    for answer in figures.answers:
        if answer.mark is None:
            continue
        done, wanted = found[answer.mark], answer.code == "OK" or answer.mark in unknown or answer.code == "COMMITTED"
        if done != int(wanted):
            figures.faults.append(f"{answer.mark} was answered {answer.code} and is there {done} times")


def processes(server: EmbeddedPostgres) -> list[int]:
    """Return the process of a server and of everything that it started, the postmaster first."""
    postmaster = int((server.data / "postgres" / "postmaster.pid").read_text().split()[0])
    found = [postmaster]
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = status.read_text().rpartition(")")
        except OSError:
            continue
        if int(rest.split()[1]) == postmaster:
            found.append(int(name.split()[0]))
    return found


def signalled(numbers: Iterable[int], which: signal.Signals) -> None:
    """Send a signal to processes, of which some may have ended."""
    for number in numbers:
        try:
            os.kill(number, which)
        except ProcessLookupError:
            continue


def stopped_for(server: EmbeddedPostgres, seconds: float) -> Fault:
    """Return what stops a server, without ending it, for so long."""

    async def fault() -> None:
        halted = processes(server)
        signalled(halted, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            signalled(halted, signal.SIGCONT)

    return fault


def killed(server: EmbeddedPostgres, by: signal.Signals = signal.SIGKILL) -> Fault:
    """Return what ends a server's postmaster and waits until its keeper has started another; SIGINT: in good order."""

    async def fault() -> None:
        before = processes(server)[0]
        signalled([before], by)
        await _ready(server, lambda lines: lines[:1] != [str(before)])

    return fault


def back_end_killed(server: EmbeddedPostgres, owner_url: str) -> Fault:
    """Return what kills one back end of the gateway's, after which PostgreSQL restarts all of them."""

    async def fault() -> None:
        with psycopg.connect(owner_url) as owner:
            rows = owner.execute(
                "select pid from pg_stat_activity where application_name = 'palimpsest gateway' limit 1"
            ).fetchall()
        signalled([pid for (pid,) in rows], signal.SIGKILL)
        await asyncio.sleep(0.1)
        await _ready(server, lambda lines: True)

    return fault


async def _ready(server: EmbeddedPostgres, holds: Callable[[list[str]], bool]) -> None:
    """Wait until the server's file says that a fitting postmaster accepts connections."""
    path = server.data / "postgres" / "postmaster.pid"
    while True:
        try:
            lines = (await asyncio.to_thread(path.read_text)).splitlines()
        except OSError:
            lines = []
        if holds(lines) and lines[7:8] == ["ready   "]:
            return
        await asyncio.sleep(0.01)


async def _main(rate: float, kills: int, backends: int, stops: list[float]) -> int:
    keys, false = Keyring.generate(), 0
    supervisor.RESTARTS = 1_000  # that it falls often is meant here
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres.start(Path(folder)) as server:
        await migrate(server.url(), gateway_logs_in=True)
        await install(server.url(), Roles())
        pool = Pool(server.url(user=Roles().gateway), role=Roles().gateway)
        await pool.open()
        room = await classroom(server.url(), pool, Keyring.parse(keys), LEARNERS, TESTS)
        challenge = str((await room.standing())["id"])
        await pool.close()
        gateways = Gateways(server.url(user=Roles().gateway), keys)
        await gateways.start(0)
        kinds: list[tuple[str, Fault, int]] = [
            ("postmaster killed", killed(server), kills),
            ("back end killed", back_end_killed(server, server.url()), backends),
            *((f"stopped for {seconds:g} s", stopped_for(server, seconds), 1) for seconds in stops),
        ]
        try:
            for name, fault, times in kinds:
                figures = Figures()
                tokens = [f"learner-{number}" for number in range(LEARNERS)]
                load = Load(gateways.addresses[0], tokens, challenge, rate, figures)
                await outages(load, figures, fault, times, server.url())
                print(f"{name} {times} times at {rate:g} a second: {figures.told()}", flush=True)
                for text in figures.faults[:20]:
                    print(" ", text)
                false += len(figures.faults)
        finally:
            await gateways.end()
    return 1 if false else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--backends", type=int, default=20)
    parser.add_argument("--stops", type=float, nargs="*", default=[10, 60])
    given = parser.parse_args()
    sys.exit(asyncio.run(_main(given.rate, given.kills, given.backends, given.stops)))
