"""Honest clients beside each attack on the gateway: how long their requests take, and what the attacker got.

    python -m bench.edge [--only NAME] [--seconds N] [--size N] [--checkout DIR]

Each attack of the registry (``bench.attacks``) runs in a process of its own against a gateway of its own, with a
published challenge and a few learners in an embedded database. Meanwhile honest clients read as a visitor, read as a
learner and submit attempts, a new connection every few requests, and a probe asks for the health. Prints for each
attack the median and the 99th percentile of the honest requests, how many failed, the slowest probe, what the gateway
used (memory, descriptors, processor time, bytes of log), and what the attack counted. Status 1 when a percentile is
over ``--most`` milliseconds, an honest request failed or a probe did. ``--checkout`` serves other code, to compare.
"""

import argparse
import asyncio
import multiprocessing
import os
import re
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

import httpx

from accounts import passwords, people
from accounts.people import Newcomer
from bench.attacks.registry import Target, carry_out, kinds
from bench.scene.classroom import PATH, classroom
from core.sealing import Keyring
from embedded.supervisor import EmbeddedPostgres
from sql.database import Pool
from sql.jobs import install
from sql.migrate import Roles, migrate

SEEN = "query ($path: String!) { challenge(path: $path) { id version { id label title } } }"
OWN = "query ($path: String!) { challenge(path: $path) { id viewerProgress { status totalAttempts } } }"
SUBMIT = """mutation ($input: SubmitAttemptInput!) {
    submitAttempt(input: $input) { attempt { id } userErrors { code message } } }"""
TESTS = [{"id": "t1", "text": "It is.", "code": "assert(1)"}]
HEALTH = ("/healthz", "/health")  # the second is asked where other code has no first
VICTIM, PASSWORD = "victim@example.org", "correct horse battery"
PATIENCE = 30.0
PER_CONNECTION = 5  # requests
PAUSE = 0.1  # of each honest client, in seconds
CLIENTS = 4


@dataclass(slots=True)
class Honest:
    """What honest clients met: milliseconds of each request and of each probe, and what failed."""

    taken: list[float] = field(default_factory=list)
    probes: list[float] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    unwell: Counter[str] = field(default_factory=Counter)

    def percentile(self, number: int) -> float:
        """Return the percentile of the requests, in milliseconds."""
        return quantiles(self.taken, n=100)[number - 1] if len(self.taken) > 1 else float("nan")


@dataclass(slots=True)
class Gateway:
    """A serving process; ``log`` is the file of its standard error."""

    process: asyncio.subprocess.Process
    url: httpx.URL
    log: Path

    def used(self) -> str:
        """Say what it holds now and what it has used of the processor."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        ticks = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        seconds = (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")
        peak = re.search(r"VmHWM:\s+(\d+)", status)
        opened = len(os.listdir(f"/proc/{self.process.pid}/fd"))
        memory, written = int(peak[1]) >> 10 if peak else 0, self.log.stat().st_size
        return f"{memory} MB at most, {opened} descriptors, {seconds:.1f} s of processor, {written} B of log"


@dataclass(slots=True)
class Outcome:
    """One attack: what honest clients met meanwhile, what the gateway used, what the attacker counted."""

    name: str
    honest: Honest
    used: str
    counts: Counter[str]

    def is_good(self, most: float) -> bool:
        """Whether honest clients hardly noticed it."""
        return self.honest.percentile(99) <= most and not self.honest.failed and not self.honest.unwell

    def __str__(self) -> str:
        honest = self.honest
        longest = max(honest.probes, default=0)
        return (
            f"{self.name}: {len(honest.taken)} requests, p50 {honest.percentile(50):.0f} ms, p99"
            f" {honest.percentile(99):.0f} ms, failed {dict(honest.failed)}; {len(honest.probes)} probes, longest"
            f" {longest:.0f} ms, failed {dict(honest.unwell)}; {self.used}; attacker {dict(self.counts)}"
        )


@asynccontextmanager
async def gateway(
    url: str, keys: str, folder: Path, *, checkout: Path, descriptors: int | None = None
) -> AsyncIterator[Gateway]:
    """Serve the database by a process of its own, under a lower limit of descriptors if one is given."""
    log = folder / "log"

    def lower() -> None:
        if descriptors is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "serve", "--port", "0", "--no-worker"),
            cwd=checkout,
            env=os.environ | {"DATABASE_URL": url, "PALIMPSEST_KEYS": keys},
            stderr=errors,
            stdout=asyncio.subprocess.DEVNULL,
            preexec_fn=lower,
        )
    try:
        for _ in range(600):
            if found := re.search(r"^Serving on (http://[^/]+)/", log.read_text(), re.MULTILINE):
                break
            await asyncio.sleep(0.1)
        else:
            raise RuntimeError("The gateway did not come up.")
        yield Gateway(process, httpx.URL(found[1]), log)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _client(url: httpx.URL, number: int, honest: Honest) -> None:
    """Work as one learner until cancelled: look as a visitor, look as oneself, submit."""
    headers = {"authorization": f"Bearer learner-{number}"}
    turn = 0
    while True:
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as http:
            for _ in range(PER_CONNECTION):
                turn += 1
                began = time.perf_counter()
                try:
                    seen = await _asked(http, SEEN, {"path": PATH})
                    honest.taken.append((time.perf_counter() - began) * 1000)
                    await asyncio.sleep(PAUSE)
                    began = time.perf_counter()
                    if turn % 3:
                        await _asked(http, OWN, {"path": PATH}, headers)
                    else:
                        given = {"challengeId": seen["challenge"]["id"], "code": {"html": "<p>"}}
                        await _asked(http, SUBMIT, {"input": given}, headers)
                except (httpx.HTTPError, ValueError) as error:
                    honest.failed[f"{type(error).__name__} {error}"[:60].strip()] += 1
                honest.taken.append((time.perf_counter() - began) * 1000)
                await asyncio.sleep(PAUSE)


async def _asked(
    http: httpx.AsyncClient, query: str, variables: dict[str, object], headers: dict[str, str] | None = None
) -> dict[str, dict[str, str]]:
    response = await http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
    answer = response.json()
    if errors := answer.get("errors"):
        raise ValueError(errors[0].get("extensions", {}).get("code", errors[0]["message"]))
    data: dict[str, dict[str, str]] = answer["data"]
    return data


async def _probe(url: httpx.URL, honest: Honest) -> None:
    """Ask for the health four times a second, each time on a new connection."""
    path = HEALTH[0]
    while True:
        began = time.perf_counter()
        try:
            async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as http:
                response = await http.get(path)
            if response.status_code == 404:
                path = HEALTH[1]
                continue
            if response.status_code != 200:
                honest.unwell[str(response.status_code)] += 1
        except httpx.HTTPError as error:
            honest.unwell[type(error).__name__] += 1
        honest.probes.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.25)


async def beside(name: str, url: str, keys: str, target: Target, checkout: Path) -> Outcome:
    """Run one attack with honest clients beside it; the target's address is filled in here."""
    kind, honest = kinds()[name], Honest()
    with tempfile.TemporaryDirectory() as folder:
        async with gateway(url, keys, Path(folder), checkout=checkout, descriptors=kind.descriptors) as served:
            target.host, target.port = served.url.host, served.url.port or 80
            spawning = multiprocessing.get_context("spawn")
            working = [asyncio.create_task(_client(served.url, number, honest)) for number in range(CLIENTS)]
            working.append(asyncio.create_task(_probe(served.url, honest)))
            try:
                with ProcessPoolExecutor(1, mp_context=spawning) as pool:
                    attacking = asyncio.get_running_loop().run_in_executor(pool, carry_out, name, target)
                    counts = await attacking
            finally:
                for task in working:
                    task.cancel()
                failures = await asyncio.gather(*working, return_exceptions=True)
            for failure in failures:
                if not isinstance(failure, asyncio.CancelledError) and isinstance(failure, BaseException):
                    raise failure
            return Outcome(name, honest, served.used(), counts)


@asynccontextmanager
async def scene() -> AsyncIterator[tuple[str, str]]:
    """Yield the gateway's address of a database with a challenge and its learners, and its keys."""
    keys = Keyring.generate()
    ring = Keyring.parse(keys)
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres.start(Path(folder)) as server:
        await migrate(server.url(), gateway_logs_in=True)
        await install(server.url(), Roles())
        url = server.url(user=Roles().gateway)
        pool = Pool(url, role=Roles().gateway)
        await pool.open()
        try:
            await populate(server.url(), pool, ring)
        finally:
            await pool.close()
        yield url, keys


async def populate(owner_url: str, pool: Pool, keyring: Keyring) -> None:
    """Make the challenge, the honest learners, and the one whose password is known."""
    room = await classroom(owner_url, pool, keyring, CLIENTS + 1, TESTS)
    async with pool.database().transaction() as tx:
        newcomer = Newcomer(VICTIM, "Victim")
        secret = await passwords.hashed(PASSWORD)
        await people.add(tx, room.keyring, newcomer, role="learner", password_hash=secret, at=datetime.now(UTC))


def target(seconds: float, size: int) -> Target:
    """Return what attackers know of the scene."""
    return Target(
        host="",
        port=0,
        path=PATH,
        email=VICTIM,
        password=PASSWORD,
        token=f"learner-{CLIENTS}",
        seconds=seconds,
        size=size,
    )


async def _main(names: list[str], seconds: float, size: int, most: float, checkout: Path) -> int:
    bad = 0
    async with scene() as (url, keys):
        for name in names:
            outcome = await beside(name, url, keys, target(seconds, size), checkout)
            bad += not outcome.is_good(most)
            print(outcome, flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.edge", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", action="append", choices=sorted(kinds()), help="these attacks (default: all)")
    parser.add_argument("--seconds", type=float, default=45, help="how long each attack goes on (default 45)")
    parser.add_argument("--size", type=int, default=500, help="connections or requests at once (default 500)")
    parser.add_argument("--most", type=float, default=500, help="what the 99th percentile may be, in ms (default 500)")
    parser.add_argument("--checkout", type=Path, default=Path(), help="the folder of the code that serves")
    given = parser.parse_args()
    sys.exit(asyncio.run(_main(given.only or sorted(kinds()), given.seconds, given.size, given.most, given.checkout)))
