"""Learners drawn for an experiment by gateways that are killed, while its weights change under them.

Real gateways serve a database; clients open a challenge as learners, again and again, and ask again whenever an answer
did not come; weights are changed meanwhile, and gateways are killed with SIGKILL and started anew. What is counted:
learners who were shown two versions, learners with another number of exposures than one, stored arms that are not what
was shown, and phases in which learners did not come as the weights say.
"""

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg

from bench.scene.classroom import PATH, Classroom, classroom
from core.sealing import Keyring
from embedded.supervisor import EmbeddedPostgres
from sql.database import Pool
from sql.jobs import install
from sql.migrate import Roles, migrate
from versioning.experiments.results import MISMATCH
from versioning.experiments.statistics import mismatch_of_phases

OPEN = "query ($path: String!) { challenge(path: $path) { version { id label instructions } } }"
TESTS = [{"id": "t1", "text": "It is.", "code": "assert(1)"}]
GATEWAYS = 2
OPENS = 2  # of each learner


@dataclass(slots=True)
class Drawing:
    """What was done and what was found; ``faults`` is empty when nobody was switched, lost or counted twice."""

    opened: int = 0
    failed: int = 0
    killed: int = 0
    reweighed: int = 0
    seconds: float = 0.0
    p_value: float = 1.0
    shown: dict[int, str] = field(default_factory=dict)
    arms: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


class Gateways:
    """Serving processes, each on a port of its own, which are killed and started anew."""

    def __init__(self, url: str, keys: str) -> None:
        self._environment = os.environ | {"DATABASE_URL": url, "PALIMPSEST_KEYS": keys}
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        self.addresses: dict[int, str] = {}

    async def start(self, number: int) -> None:
        """Start the gateway of this number and wait until it serves."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "serve", "--port", "0", "--no-worker"),
            env=self._environment,
            stderr=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
        )
        self._processes[number] = process
        assert process.stderr is not None
        while line := (await process.stderr.readline()).decode():
            if line.startswith("Serving on "):
                self.addresses[number] = line.split()[2]
                asyncio.get_running_loop().create_task(_drained(process.stderr))
                return
        raise RuntimeError("A gateway did not come up.")

    async def kill(self, number: int) -> None:
        """End the gateway of this number as a power cut would."""
        process = self._processes[number]
        process.send_signal(signal.SIGKILL)
        await process.wait()

    async def end(self) -> None:
        for process in self._processes.values():
            if process.returncode is None:
                process.kill()
                await process.wait()


async def _drained(stream: asyncio.StreamReader) -> None:
    while await stream.read(65_536):
        pass


async def drawing(
    owner_url: str, url: str, keyring: Keyring, keys: str, *, learners: int, clients: int, reweighs: int, kills: int
) -> Drawing:
    """Open a challenge as every learner, several times, while weights change and gateways die; then look at it all."""
    found, gateways = Drawing(), Gateways(url, keys)
    pool = Pool(url, role=Roles().gateway)
    await pool.open()
    try:
        room = await classroom(
            owner_url, pool, keyring, learners, [{"id": "t1", "text": "It is.", "code": "assert(1)"}]
        )
        await room.publish(instructions="Second.")
        experiment = await room.start({"v1.0": 50, "v1.1": 50})
        await asyncio.gather(*(gateways.start(number) for number in range(GATEWAYS)))
        todo = [number for number in range(learners) for _ in range(OPENS)]
        random.Random(learners).shuffle(todo)  # noqa: S311 - nothing secret, and repeatable
        whole, begun = len(todo), time.perf_counter()
        working = [asyncio.create_task(_client(gateways, todo, found)) for _ in range(clients)]
        changing = asyncio.create_task(_reweigh(room, experiment, reweighs, todo, whole, found))
        killing = asyncio.create_task(_kill(gateways, kills, todo, whole, found))
        await asyncio.gather(*working)
        await asyncio.gather(changing, killing)
        found.seconds = time.perf_counter() - begun
    finally:
        await gateways.end()
        await pool.close()
    _check(owner_url, learners, found)
    return found


async def _client(gateways: Gateways, todo: list[int], found: Drawing) -> None:
    """Open the challenge as one learner after the other; what is not answered is asked again."""
    async with httpx.AsyncClient(timeout=30) as http:
        while todo:
            number = todo.pop()
            while True:
                address = gateways.addresses[random.randrange(GATEWAYS)]  # noqa: S311 - nothing secret
                try:
                    response = await http.post(
                        address,
                        json={"query": OPEN, "variables": {"path": PATH}},
                        headers={"authorization": f"Bearer learner-{number}"},
                    )
                    answer = response.json()
                except (httpx.HTTPError, ValueError):
                    found.failed += 1
                    await asyncio.sleep(0.05)
                    continue
                if answer.get("errors"):
                    found.faults.append(f"learner {number} was told {answer['errors'][0]['message']}")
                    break
                version = answer["data"]["challenge"]["version"]
                if {"v1.0": "First.", "v1.1": "Second."}[version["label"]] != version["instructions"]:
                    found.faults.append(f"learner {number} was shown one arm's label with the other one's text")
                if found.shown.setdefault(number, version["label"]) != version["label"]:
                    found.faults.append(f"learner {number} was switched to {version['label']}")
                found.opened += 1
                break


async def _paced(times: int, todo: list[int], whole: int) -> AsyncIterator[int]:
    """Yield so many times, spread over the work that is to be done."""
    for turn in range(times):
        while len(todo) > whole * (1 - (turn + 1) / (times + 1)):  # noqa: ASYNC110 - looking now and then will do
            await asyncio.sleep(0.01)
        yield turn


async def _reweigh(room: Classroom, experiment: str, times: int, todo: list[int], whole: int, found: Drawing) -> None:
    chance = random.Random(times)  # noqa: S311 - nothing secret, and repeatable
    weights = [50]
    async for _ in _paced(times, todo, whole):
        weights.append(chance.choice([one for one in (10, 30, 50, 70, 90) if one != weights[-1]]))
        await room.reweigh(experiment, {"v1.0": weights[-1], "v1.1": 100 - weights[-1]})
        found.reweighed += 1


async def _kill(gateways: Gateways, times: int, todo: list[int], whole: int, found: Drawing) -> None:
    async for turn in _paced(times, todo, whole):
        await gateways.kill(turn % GATEWAYS)
        found.killed += 1
        await gateways.start(turn % GATEWAYS)


def _check(owner_url: str, learners: int, found: Drawing) -> None:
    """Compare what was stored with what was shown."""
    with psycopg.connect(owner_url) as owner:
        rows = owner.execute(
            """select u.display_name, 'v' || v.major || '.' || v.minor, a.phase, a.weight
            from experiment_assignments a
            join users u on u.id = a.user_id
            join challenge_versions v on v.id = a.version_id"""
        ).fetchall()
    stored = {int(name.split()[1]): label for name, label, _, _ in rows}
    if not len(rows) == len(stored) == len(found.shown) == learners:
        found.faults.append(f"{learners} learners, {len(found.shown)} of them answered, have {len(rows)} exposures")
    if wrong := [number for number, label in found.shown.items() if stored.get(number) != label]:
        found.faults.append(f"of {len(wrong)} learners another arm is stored than they were shown")
    found.arms = Counter(stored.values())
    phases: dict[int, Counter[str]] = {}
    weights: dict[int, dict[str, int]] = {}
    for _, label, phase, weight in rows:
        phases.setdefault(phase, Counter())[label] += 1
        weights.setdefault(phase, {})[label] = weight
    both = [(phases[phase], weights[phase]) for phase in phases if len(weights[phase]) == 2]
    found.p_value = mismatch_of_phases(
        [([came[label] for label in share], [share[label] / 100 for label in share]) for came, share in both]
    )
    if found.p_value < MISMATCH:
        found.faults.append(f"learners did not come as the weights say: p = {found.p_value:.2g}")


async def _main(learners: int, clients: int, reweighs: int, kills: int) -> int:
    keys = Keyring.generate()
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres.start(Path(folder)) as server:
        await migrate(server.url(), gateway_logs_in=True)
        await install(server.url(), Roles())
        found = await drawing(
            server.url(),
            server.url(user=Roles().gateway),
            Keyring.parse(keys),
            keys,
            learners=learners,
            clients=clients,
            reweighs=reweighs,
            kills=kills,
        )
    print(
        f"{learners} learners of {clients} clients opened {found.opened} times in {found.seconds:.0f} s, {found.failed}"
        f" requests lost with {found.killed} gateways; {found.reweighed} reweighs; {dict(found.arms)}, ratio"
        f" p = {found.p_value:.3f}; {len(found.faults)} faults"
    )
    for fault in found.faults[:20]:
        print(fault)
    return 1 if found.faults else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=20_000)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--reweighs", type=int, default=100)
    parser.add_argument("--kills", type=int, default=20)
    given = parser.parse_args()
    sys.exit(asyncio.run(_main(given.learners, given.clients, given.reweighs, given.kills)))
