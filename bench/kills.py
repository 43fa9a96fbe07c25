"""A gateway that is killed again and again while clients publish over HTTP and send again what was not answered.

Each client edits and publishes a challenge of its own, with an idempotency key that it keeps until it has an answer.
The gateway is killed with SIGKILL in the middle of that and started anew at the same port. What is counted:
acknowledged publishes that are not in the history, publishes that are in it twice, numbers that do not follow, faults
of the log, and how long after its start the gateway answered ``/healthz`` and a read.
"""

import argparse
import asyncio
import os
import random
import signal
import socket
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from accounts import people, sessions
from accounts.people import Newcomer
from bench.scene.classroom import PATH, classroom
from core.sealing import Keyring
from embedded.supervisor import EmbeddedPostgres
from sql.database import Pool
from sql.jobs import install
from sql.migrate import Roles, migrate
from versioning.log.verify import verify_log

READ = "query ($path: String!) { challenge(path: $path) { version { label title } } }"
STANDING = "query ($id: ID!) { node(id: $id) { ... on Challenge { liveSetHash draft { revision contentHash } } } }"
TESTS = [{"id": "t1", "text": "It is.", "code": "assert(1)"}]
AGAIN = {"UNAVAILABLE", "OVERLOADED", "TIMEOUT"}  # what an honest client sends again
PATIENCE = 180.0  # for a gateway to come up, in seconds


@dataclass(slots=True)
class Kills:
    """What was done and what was found; ``faults`` is empty when nothing was lost or doubled.

    ``health`` and ``reads`` are the seconds from each start to the first such answer; ``load`` is that of the machine.
    """

    killed: int = 0
    published: int = 0
    resent: int = 0
    seconds: float = 0.0
    health: list[float] = field(default_factory=list)
    reads: list[float] = field(default_factory=list)
    load: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = ", ".join(
            f"{name} {median(taken):.2f} s at the median, {max(taken):.2f} s at most"
            for name, taken in (("/healthz", self.health), ("a read", self.reads))
            if taken
        )
        return (
            f"{self.killed} kills in {self.seconds:.0f} s under {self.published} acknowledged publishes, {self.resent}"
            f" requests sent again; after a start {told} (load {median(self.load or [0]):.1f});"
            f" {len(self.faults)} faults"
        )


class Gateway:
    """A serving process at one port, killed and started anew there."""

    def __init__(self, url: str, keys: str, checkout: Path) -> None:
        self._port = _free_port()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by ``end``
        self._environment = os.environ | {"DATABASE_URL": url, "PALIMPSEST_KEYS": keys}
        self._checkout = checkout
        self._process: asyncio.subprocess.Process | None = None
        self.url = f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "serve", "--port", str(self._port), "--no-worker"),
            cwd=self._checkout,
            env=self._environment,
            stderr=self._log,
            stdout=asyncio.subprocess.DEVNULL,
        )

    def require_alive(self) -> None:
        """Raise ``RuntimeError`` with its last words if it ended by itself."""
        if self._process is not None and self._process.returncode is not None:
            self._log.seek(0)
            raise RuntimeError(f"The gateway ended: {self._log.read()[-500:].decode()}")

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()

    async def end(self) -> None:
        """Kill it for good."""
        await self.kill()
        self._log.close()


def _free_port() -> int:
    """Return a port below those of clients: whoever connects to a closed one of theirs may meet himself there."""
    for port in random.SystemRandom().sample(range(20_000, 30_000), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise RuntimeError("No port is free.")


async def kills(
    owner_url: str, url: str, keyring: Keyring, keys: str, *, times: int, clients: int, checkout: Path = Path()
) -> Kills:
    """Publish by so many clients while the gateway is killed so many times; then look at it all."""
    found, gateway = Kills(), Gateway(url, keys, checkout)
    pool = Pool(url, role=Roles().gateway)
    await pool.open()
    try:
        token, challenges = await _prepare(owner_url, pool, keyring, clients)
        editions = dict.fromkeys(challenges, 0)
        began = time.perf_counter()
        await gateway.start()
        await _answered(gateway, found)
        over = asyncio.Event()
        working = [
            asyncio.create_task(_publish(gateway.url, token, challenge, editions, over, found))
            for challenge in challenges
        ]
        for turn in range(times):
            before = found.published
            while found.published == before and not any(one.done() for one in working):  # noqa: ASYNC110 - now and then
                await asyncio.sleep(0.01)
            await asyncio.sleep(random.Random(turn).uniform(0, 0.5))  # noqa: S311 - nothing secret, and repeatable
            await gateway.kill()
            found.killed += 1
            await gateway.start()
            await _answered(gateway, found)
        over.set()
        await asyncio.gather(*working)
        found.seconds = time.perf_counter() - began
        await _check(pool, keyring, editions, found)
    finally:
        await gateway.end()
        await pool.close()
    return found


async def _prepare(owner_url: str, pool: Pool, keyring: Keyring, clients: int) -> tuple[str, list[str]]:
    """Return the session of an author, and the id of a published challenge for each client."""
    room = await classroom(owner_url, pool, keyring, 1, TESTS)
    common = {"instructions": "Do.", "difficulty": "EASY", "points": 1, "estimatedTimeMinutes": 5, "tests": TESTS}
    challenges = [common | {"slug": f"c{number}", "title": "Edition 0"} for number in range(clients)]
    lessons = [{"slug": "lesson", "title": "L", "challenges": challenges}]
    tree = [{"slug": "work", "title": "W", "modules": [{"slug": "module", "title": "M", "lessons": lessons}]}]
    await room.do(room.author, "applyContent", tracks=tree, publish=True)
    ask = "query ($path: String!) { challenge(path: $path) { id } }"
    paths = [f"work/module/lesson/c{number}" for number in range(clients)]
    ids = [str((await room.ask(room.author, ask, path=path))["challenge"]["id"]) for path in paths]
    async with pool.database().transaction() as tx:
        newcomer, at = Newcomer("author@example.org", "Author"), datetime.now(UTC)
        user = await people.add(tx, keyring, newcomer, role="author", password_hash="-", at=at)  # noqa: S106 - nobody signs in
        return await sessions.begin(tx, user.id, at), ids


async def _answered(gateway: Gateway, found: Kills) -> None:
    """Wait until the process and a read answer, and note after how long they did."""
    began = time.perf_counter()
    async with httpx.AsyncClient(base_url=gateway.url, timeout=5) as http:
        for taken, ask in ((found.health, _is_healthy), (found.reads, _reads)):
            while not await ask(http):
                gateway.require_alive()
                if time.perf_counter() - began > PATIENCE:
                    raise RuntimeError("The gateway did not come up.")
                await asyncio.sleep(0.05)
            taken.append(time.perf_counter() - began)
    found.load.append(os.getloadavg()[0])


async def _is_healthy(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/healthz")).status_code in (200, 404)
    except httpx.HTTPError:
        return False


async def _reads(http: httpx.AsyncClient) -> bool:
    try:
        answer = (await http.post("/graphql", json={"query": READ, "variables": {"path": PATH}})).json()
    except (httpx.HTTPError, ValueError):
        return False
    return bool(answer.get("data"))


async def _publish(
    url: str, token: str, challenge: str, editions: dict[str, int], over: asyncio.Event, found: Kills
) -> None:
    """Edit and publish one edition after the other; ``editions`` holds the last one that was acknowledged."""
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, timeout=30, headers=headers) as http:
        while not over.is_set():
            edition = editions[challenge] + 1
            draft = (await _sent(http, STANDING, {"id": challenge}, found))["node"]["draft"]
            edit = {"expectedRevision": draft["revision"], "title": f"Edition {edition}"}
            if not await _done(http, "updateChallengeDraft", challenge, f"edit {edition}", edit, found):
                return
            seen = (await _sent(http, STANDING, {"id": challenge}, found))["node"]
            wish = {
                "contentHash": seen["draft"]["contentHash"],
                "liveSetHash": seen["liveSetHash"],
                "changelog": "New.",
            }
            if not await _done(http, "publishChallenge", challenge, f"publish {edition}", wish, found):
                return
            editions[challenge] = edition
            found.published += 1


async def _done(
    http: httpx.AsyncClient, mutation: str, challenge: str, key: str, fields: dict[str, object], found: Kills
) -> bool:
    """Send a mutation, under a key of its own, until it is answered; a refusal is a fault."""
    kind = mutation[0].upper() + mutation[1:]
    text = f"mutation ($input: {kind}Input!) {{ {mutation}(input: $input) {{ userErrors {{ code message }} }} }}"
    given = {"challengeId": challenge, "idempotencyKey": f"{challenge} {key}", **fields}
    errors = (await _sent(http, text, {"input": given}, found))[mutation]["userErrors"]
    if errors:
        found.faults.append(f"{key} was refused: {errors[0]['code']} {errors[0]['message']}")
    return not errors


async def _sent(http: httpx.AsyncClient, query: str, variables: dict[str, object], found: Kills) -> dict[str, Any]:
    """Send an operation again and again until it is answered; return its data."""
    while True:
        try:
            response = await http.post("/graphql", json={"query": query, "variables": variables})
            answer = response.json()
        except (httpx.HTTPError, ValueError):
            response = None
        if response is not None and response.status_code < 500:
            codes = {error["extensions"].get("code") for error in answer.get("errors", ())}
            if not codes:
                data: dict[str, Any] = answer["data"]
                return data
            if not codes <= AGAIN:
                raise RuntimeError(str(answer["errors"][0]))
        found.resent += 1
        await asyncio.sleep(0.2)


async def _check(pool: Pool, keyring: Keyring, editions: dict[str, int], found: Kills) -> None:
    """Compare the history with what was acknowledged, and walk the log."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "select c.slug, v.version, v.title from challenge_versions v join challenges c on c.id = v.challenge_id"
            " where c.slug <> 'one' order by c.slug, v.version"
        )
        rows = await cursor.fetchall()
    expected = [
        (f"c{number}", edition + 1, f"Edition {edition}")
        for number, last in enumerate(editions.values())
        for edition in range(last + 1)
    ]
    if lost := set(expected) - set(rows):
        found.faults.append(f"{len(lost)} acknowledged publishes are not in the history: {sorted(lost)[:3]}")
    if len(rows) != len({(slug, title) for slug, _, title in rows}):
        found.faults.append("an edition was published twice")
    if beyond := set(rows) - set(expected):
        found.faults.append(f"{len(beyond)} publishes are in the history that nobody was told of: {sorted(beyond)[:3]}")
    async for verified in verify_log(pool.database(), keyring):
        if verified.first_fault:
            found.faults.append(verified.first_fault)


async def _main(times: int, clients: int, checkout: Path) -> int:
    keys = Keyring.generate()
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres.start(Path(folder)) as server:
        await migrate(server.url(), gateway_logs_in=True)
        await install(server.url(), Roles())
        ring, url = Keyring.parse(keys), server.url(user=Roles().gateway)
        found = await kills(server.url(), url, ring, keys, times=times, clients=clients, checkout=checkout)
    print(found)
    for fault in found.faults[:20]:
        print(fault)
    return 1 if found.faults else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.kills", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=100, help="how often (default 100)")
    parser.add_argument("--clients", type=int, default=8, help="who publishes (default 8)")
    parser.add_argument("--checkout", type=Path, default=Path(), help="the folder of the code that serves")
    given = parser.parse_args()
    sys.exit(asyncio.run(_main(given.kills, given.clients, given.checkout)))
