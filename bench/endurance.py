"""A gateway for minutes under mixed load, with clients that leave and a database that restarts: does anything pile up?

    python -m bench.endurance [--minutes N] [--rate N] [--restarts N] [--sockets N]

Requests are sent at even distances (``bench.scene.mixed``): visitors and learners read, learners submit under an
idempotency key each, some hang up. Beside them an author saves and publishes, and sockets are opened, used and closed
or dropped. PostgreSQL is shut down and killed in turn, and comes back by its supervisor. Each second the gateway's
private memory and descriptors and the database's connections are looked at. Status 1 when one of these does not hold:

- memory grows by less than 1 MB a minute (the median of the slopes between all pairs of samples, after a warm-up)
- the gateway never has more connections than its pool and its listener, outages included, and no descriptor stays
- no transaction stays idle for more than a second
- no answer is INTERNAL, no error is masked in the log, no connection of an honest client breaks
- what was acknowledged is in the tables once, what was refused is not
"""

import argparse
import asyncio
import os
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import orjson
import psycopg

from bench.edge import Gateway, gateway
from bench.outages import Figures, check, killed, recovery
from bench.scene.classroom import Classroom, classroom
from bench.scene.mixed import Mixed, churn, refused, saving
from core.sealing import Keyring
from embedded import supervisor
from embedded.supervisor import EmbeddedPostgres
from sql.database import Pool
from sql.jobs import install
from sql.migrate import Roles, migrate

LEARNERS = 50
TESTS = [{"id": "t1", "text": "It is.", "code": "assert(1)"}]
CONNECTIONS = 8 + 1 + 1  # the pool's, the listener's, and the probe's while somebody asks for the health
SLOPE_MOST = 1.0  # MB a minute
SLOPE_SECONDS = 120.0  # over less than that a slope says nothing
AFTER_OUTAGE = 5.0  # seconds in which the pool may still be growing again
SETTLED = 20.0
UNSENT_MOST = 0.02  # of all requests: during a restart, or the machine cannot carry the rate
INTERNAL = "INTERNAL"
SESSIONS = """select application_name, state, extract(epoch from clock_timestamp() - state_change)::float8
    from pg_stat_activity
    where backend_type = 'client backend' and datname = current_database() and pid <> pg_backend_pid()"""


@dataclass(slots=True)
class Plan:
    """How long, how much, and what counts as idle; ``warm_up`` and ``every`` are seconds."""

    seconds: float
    rate: float
    restarts: int
    sockets: int
    warm_up: float = 0.0
    every: float = 1.0
    idle: float = 1.0


@dataclass(slots=True)
class Sample:
    """The gateway at one moment; ``connections`` (by state) is None while the database cannot be asked."""

    at: float
    memory: float
    descriptors: int
    connections: Counter[str] | None = None
    idle: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Endurance:
    """What was done and what was seen; ``faults`` is empty when everything held."""

    figures: Figures = field(default_factory=Figures)
    samples: list[Sample] = field(default_factory=list)
    outages: list[tuple[float, float]] = field(default_factory=list)
    log: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0
    began: float = 0.0
    warm_up: float = 0.0
    load: Mixed | None = None
    used: str = ""
    slope: float | None = None
    descriptors: tuple[int, int] = (0, 0)
    unfinished: int = 0

    def calm(self) -> list[Sample]:
        """Return the samples after the warm-up, in which no outage was under way or just over."""
        begin = self.began + self.warm_up
        windows = [(start, end + AFTER_OUTAGE) for start, end in self.outages]
        return [
            sample
            for sample in self.samples
            if sample.at >= begin
            and sample.connections is not None
            and not any(start <= sample.at <= end for start, end in windows)
        ]

    def told(self) -> str:
        """Return the figures, a line each."""
        assert self.load is not None
        calm, load = self.calm(), self.load
        codes = Counter(answer.code for answer in self.figures.answers)
        outside = Counter(a.code for a in self.figures.answers if a.code != "OK" and not self._in_outage(a.began))
        longest = max((answer.seconds for answer in self.figures.answers), default=0.0)
        calmest = max((a.seconds for a in self.figures.answers if not self._in_outage(a.began)), default=0.0)
        states: Counter[str] = Counter()
        for sample in calm:
            states |= sample.connections or Counter()
        slope = "not judged" if self.slope is None else f"{self.slope:+.2f} MB a minute"
        return "\n".join(
            (
                f"{len(self.figures.answers)} answers in {self.seconds:.0f} s, {self.rate():.0f} a second:"
                f" {_counts(codes)}; outside of outages not OK: {_counts(outside)}; {load.unsent} not sent",
                f"longest answer {longest:.1f} s, outside of outages {calmest:.1f} s; {load.hung_up} hung up;"
                f" {load.sockets} sockets, {load.heard} messages of subscriptions",
                f"{len(self.outages)} restarts, back {max(self.figures.recovered, default=0):.2f} s at the most",
                f"private memory {_range([s.memory for s in calm])} MB, slope {slope}; by minute {self._by_minute()}",
                f"connections {_range([(s.connections or Counter()).total() for s in calm])}, at the most"
                f" {_counts(states)}; idle in transaction {sum(len(s.idle) for s in self.samples)}",
                f"descriptors {_range([s.descriptors for s in calm])}; without those of the database"
                f" {self.descriptors[0]} before, {self.descriptors[1]} after",
                f"gateway: {self.used}; log: {_counts(self.log)}",
                f"{len(self.faults)} faults",
            )
        )

    def rate(self) -> float:
        return len(self.figures.answers) / self.seconds if self.seconds else 0.0

    def _by_minute(self) -> str:
        minutes: dict[int, list[float]] = {}
        for sample in self.samples:
            minutes.setdefault(int((sample.at - self.began) // 60), []).append(sample.memory)
        return " ".join(f"{median(memory):.1f}" for memory in minutes.values())

    def _in_outage(self, began: float) -> bool:
        # A request that was sent before is met by it as well.
        return any(start - 1 <= began <= end for start, end in self.outages)


async def endure(
    server: EmbeddedPostgres,
    owner_url: str,
    served: Gateway,
    tokens: list[str],
    author: str,
    challenge: str,
    plan: Plan,
) -> Endurance:
    """Carry out the plan against a gateway; the tokens are learners', and the author's has the scopes of content."""
    found = Endurance(warm_up=plan.warm_up)
    load = found.load = Mixed(str(served.url), tokens, challenge, plan.rate, found.figures)
    for number in range(20):  # some of each kind, so that what is opened at first use is open
        await load.send(number)
    load.wire.close()
    await asyncio.sleep(1)
    first = await _sample(served, owner_url, plan.idle)
    before = first.descriptors - (first.connections or Counter()).total()
    found.began = time.monotonic()
    working = [
        asyncio.create_task(load.run()),
        asyncio.create_task(saving(load, author, max(0.2, 100 / plan.rate))),
        *(asyncio.create_task(churn(load, author, number, 1.0)) for number in range(plan.sockets)),
        asyncio.create_task(_watch(served, owner_url, plan, found)),
    ]
    restarting = asyncio.create_task(_restarts(server, load, plan, found))
    try:
        done, _ = await asyncio.wait({*working, restarting}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            await task  # none but the restarts ends by itself, unless by a fault of this command
    finally:
        for task in (*working, restarting):
            task.cancel()
        await asyncio.gather(*working, restarting, return_exceptions=True)
    found.seconds = time.monotonic() - found.began
    await load.end()
    await asyncio.to_thread(check, owner_url, found.figures, {mark for _, mark in load.unknown})
    left, found.unfinished = await _settled(served, owner_url, before)
    found.descriptors = before, left
    found.used, found.log = served.used(), lines(served.log)
    judge(found, plan)
    return found


async def _restarts(server: EmbeddedPostgres, load: Mixed, plan: Plan, found: Endurance) -> None:
    """End the database at even distances, in good order and by a kill in turn; return when the time is over."""
    for number in range(plan.restarts):
        due = found.began + plan.seconds * (number + 1) / (plan.restarts + 1)
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        start = time.monotonic()
        await killed(server, signal.SIGKILL if number % 2 else signal.SIGINT)()
        await recovery(load, load.figures, time.monotonic())
        found.outages.append((start, time.monotonic()))
    await asyncio.sleep(max(0.0, found.began + plan.seconds - time.monotonic()))


async def _watch(served: Gateway, owner_url: str, plan: Plan, found: Endurance) -> None:
    while True:
        found.samples.append(await _sample(served, owner_url, plan.idle))
        await asyncio.sleep(plan.every)


async def _sample(served: Gateway, owner_url: str, idle: float) -> Sample:
    folder = Path(f"/proc/{served.process.pid}")
    private = re.findall(r"^Private_\w+:\s+(\d+) kB", (folder / "smaps_rollup").read_text(), re.MULTILINE)
    sample = Sample(time.monotonic(), sum(map(int, private)) / 1024, len(os.listdir(folder / "fd")))
    try:
        async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True, connect_timeout=5) as owner:
            rows = await (await owner.execute(SESSIONS)).fetchall()
    except psycopg.OperationalError:
        return sample
    sample.connections = Counter(state or "starting" for name, state, _ in rows if name.startswith("palimpsest"))
    sample.idle = [
        f"{name} was {state} for {seconds:.1f} s"
        for name, state, seconds in rows
        if state and state.startswith("idle in transaction") and seconds > idle
    ]
    return sample


async def _settled(served: Gateway, owner_url: str, before: int) -> tuple[int, int]:
    """Return what is left when all clients have gone: descriptors beside the database's, and open transactions."""
    until = time.monotonic() + SETTLED
    while True:
        sample = await _sample(served, owner_url, SETTLED)
        states = sample.connections or Counter()
        left, open = sample.descriptors - states.total(), states["idle in transaction"]
        if (left <= before and not open) or time.monotonic() > until:
            return left, open
        await asyncio.sleep(0.2)


def judge(found: Endurance, plan: Plan) -> None:
    """Add what did not hold to ``faults``."""
    faults = found.faults
    codes = Counter(answer.code for answer in found.figures.answers)
    faults += [f"{count} were answered {code}" for code, count in refused(codes).items()]
    if found.log[INTERNAL]:
        faults.append(f"{found.log[INTERNAL]} requests were {INTERNAL} in the log, clients that hung up included")
    faults += found.figures.faults
    faults += [text for sample in found.samples for text in sample.idle]
    if found.unfinished:
        faults.append(f"{found.unfinished} transactions were idle after all clients had gone")
    most = max(((sample.connections or Counter()).total() for sample in found.samples), default=0)
    if most > CONNECTIONS:
        faults.append(f"the gateway had {most} connections, not {CONNECTIONS} at the most")
    if found.descriptors[1] > found.descriptors[0]:
        faults.append(f"{found.descriptors[1] - found.descriptors[0]} descriptors stayed open")
    if len(found.outages) < plan.restarts:
        faults.append(f"the database was restarted {len(found.outages)} times, not {plan.restarts}")
    unsent = found.load.unsent if found.load else 0
    if unsent > UNSENT_MOST * len(found.figures.answers):
        faults.append(f"the gateway was so far behind that {unsent} requests were not sent")
    points = [(s.at, s.memory) for s in found.samples if s.at >= found.began + plan.warm_up]
    if points and points[-1][0] - points[0][0] >= SLOPE_SECONDS:
        found.slope = slope(points) * 60
        if found.slope >= SLOPE_MOST:
            faults.append(f"the memory grew by {found.slope:.2f} MB a minute")


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the median of the slopes between all pairs (Theil and Sen): a few outliers do not move it."""
    return median((y2 - y1) / (x2 - x1) for i, (x1, y1) in enumerate(points) for x2, y2 in points[i + 1 :] if x2 > x1)


def lines(log: Path) -> Counter[str]:
    """Count what a log tells: requests that were INTERNAL, errors behind answers, and what libraries say."""
    found: Counter[str] = Counter()
    with log.open() as opened:
        for line in opened:
            try:
                facts = orjson.loads(line)
            except ValueError:
                continue
            if INTERNAL in facts.get("codes", ()):
                found[INTERNAL] += 1
            elif "error" in facts:
                first = facts["causes"][0]
                found[f"error {first['type']} {first.get('message', '')} at {', '.join(first['at'][-2:])}"] += 1
            elif "event" in facts and facts.get("causes"):
                found[f"event {facts['event']}"] += 1
            elif "logger" in facts:
                message = re.sub("0x[0-9a-f]+", "…", facts["message"])[:160]
                found[f"{facts['level']} {facts['logger']}: {message}"] += 1
    return found


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.most_common()) or "none"


def _range(values: Sequence[float]) -> str:
    return f"{min(values):.0f} to {max(values):.0f}" if values else "not seen"


async def author_s_token(room: Classroom) -> str:
    """Make a token that saves, publishes and listens as the author."""
    create = "mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { token } }"
    scopes = ["CONTENT_READ", "CONTENT_WRITE", "CONTENT_PUBLISH"]
    made = await room.ask(room.author, create, input={"name": "endurance", "scopes": scopes})
    return str(made["createApiToken"]["token"])


@asynccontextmanager
async def scene(owner_url: str, url: str, keys: str) -> AsyncIterator[tuple[Gateway, list[str], str, str]]:
    """Yield a gateway of a set-up, empty database, the learners' tokens, the author's, and the challenge's id."""
    pool = Pool(url, role=Roles().gateway)
    await pool.open()
    try:
        room = await classroom(owner_url, pool, Keyring.parse(keys), LEARNERS, TESTS)
        challenge, author = str((await room.standing())["id"]), await author_s_token(room)
    finally:
        await pool.close()
    with tempfile.TemporaryDirectory() as folder:
        async with gateway(url, keys, Path(folder), checkout=Path()) as served:
            yield served, [f"learner-{number}" for number in range(LEARNERS)], author, challenge


async def _main(plan: Plan) -> int:
    keys = Keyring.generate()
    supervisor.RESTARTS = 1_000  # that it falls is meant here
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres.start(Path(folder)) as server:
        await migrate(server.url(), gateway_logs_in=True)
        await install(server.url(), Roles())
        async with scene(server.url(), server.url(user=Roles().gateway), keys) as (served, tokens, author, challenge):
            found = await endure(server, server.url(), served, tokens, author, challenge, plan)
    print(found.told())
    for fault in found.faults[:20]:
        print(" ", fault)
    return 1 if found.faults else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.endurance", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=200, help="requests a second (default 200)")
    parser.add_argument("--restarts", type=int, help="of PostgreSQL (default: one every two minutes)")
    parser.add_argument("--sockets", type=int, default=8, help="that are open at once (default 8)")
    parser.add_argument("--warm-up", type=float, help="minutes before memory counts (default: a fifth, at most 2)")
    given = parser.parse_args()
    restarts = max(1, int(given.minutes / 2 - 0.5)) if given.restarts is None else given.restarts
    warm_up = min(given.minutes / 5, 2.0) if given.warm_up is None else given.warm_up
    wanted = Plan(given.minutes * 60, given.rate, restarts, given.sockets, warm_up * 60)
    sys.exit(asyncio.run(_main(wanted)))
