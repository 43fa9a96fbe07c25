"""Learners who hang up in the middle of a page of their own rows, beside an author who saves: what comes of the saves.

    python -m bench.hang_ups [--hang-ups N] [--busy N]

Eight clients send a query, wait 0.5 to 40 ms and close the connection. Meanwhile, and 60 times after that, an author
saves a draft and creates a track twice under one idempotency key. ``--busy`` keeps so many other processes at work.
Status 1 when a save was not done, or a key was answered in two ways; UNAVAILABLE is neither.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson

from bench.drawing import Gateways
from bench.scene.classroom import PATH, classroom
from bench.scene.wire import Wire
from core.ids import new_id
from core.sealing import Keyring
from embedded.supervisor import EmbeddedPostgres
from sql.database import Pool
from sql.jobs import install
from sql.migrate import Roles, migrate

CLIENTS = 8
BUSY = "UNAVAILABLE"  # who hangs up before the answer sends more than is answered
OWN = """{ viewer { dashboard { track { slug } progressPercentage completedChallenges newChallenges }
    progress(first: 20) { edges { node { status challenge { path } } } }
    attempts(first: 20) { edges { node { id } } } } }"""
DRAFT = "query ($path: String!) { challenge(path: $path) { id draft { revision } } }"
SAVE = """mutation ($input: UpdateChallengeDraftInput!) { updateChallengeDraft(input: $input) {
    draft { revision } userErrors { code } } }"""
CREATE = "mutation ($input: CreateTrackInput!) { createTrack(input: $input) { track { id } userErrors { code } } }"
SAVES = 60
TESTS = [{"id": "t1", "text": "It is.", "code": "assert(1)"}]


@dataclass(slots=True)
class HangUps:
    """How many hung up, what the saves came to, and how many keys were asked for and answered in two ways."""

    done: int = 0
    saves: Counter[str] = field(default_factory=Counter)
    keys: int = 0
    differing: int = 0
    seconds: float = 0.0

    @property
    def is_right(self) -> bool:
        return self.saves.keys() <= {"OK", BUSY} and self.saves["OK"] > 0 and self.differing == 0

    def told(self) -> str:
        """Return the figures as one line."""
        saves = ", ".join(f"{count} {code}" for code, count in self.saves.items())
        return (
            f"{self.done} hung up in {self.seconds:.0f} s; saves: {saves}; {self.differing} of {self.keys} keys differ"
        )


async def hang_ups(url: str, learners: list[str], author: str, times: int, *, saves: int) -> HangUps:
    """Hang up so many times at a gateway while the author saves, and so many times after that; tokens are bearers."""
    found, began = HangUps(), time.monotonic()
    left, wire, body = iter(range(times)), Wire(url), orjson.dumps({"query": OWN})

    async def leaving(token: str) -> None:
        chance = random.Random(token)  # noqa: S311 - nothing secret, and repeatable
        for _ in left:
            await wire.hang_up(body, token, chance.uniform(0.0005, 0.04))
            found.done += 1

    going = asyncio.gather(*(leaving(learners[number % len(learners)]) for number in range(CLIENTS)))
    async with httpx.AsyncClient(timeout=60, headers={"authorization": f"Bearer {author}"}) as http:
        while not going.done():
            await _save(http, url, found)
            await _twice(http, url, found)
        await going
        for _ in range(saves):
            await _save(http, url, found)
            await _twice(http, url, found)
    found.seconds = time.monotonic() - began
    return found


async def _save(http: httpx.AsyncClient, url: str, found: HangUps) -> None:
    seen = await _sent(http, url, DRAFT, {"path": PATH})
    if isinstance(seen, str):
        found.saves[seen] += 1
        return
    challenge = seen["challenge"]
    given = {"challengeId": challenge["id"], "expectedRevision": challenge["draft"]["revision"], "title": str(new_id())}
    saved = await _sent(http, url, SAVE, {"input": given})
    found.saves[saved if isinstance(saved, str) else "OK"] += 1


async def _twice(http: httpx.AsyncClient, url: str, found: HangUps) -> None:
    slug = f"t-{new_id()}"
    given = {"input": {"slug": slug, "title": "T", "idempotencyKey": slug}}
    first, second = [await _sent(http, url, CREATE, given) for _ in range(2)]
    if BUSY not in (first, second):
        found.keys += 1
        found.differing += first != second


async def _sent(http: httpx.AsyncClient, url: str, query: str, variables: dict[str, Any]) -> dict[str, Any] | str:
    """Return the data, or the code of what was wrong."""
    answer = (await http.post(f"{url}/graphql", json={"query": query, "variables": variables})).json()
    for error in answer.get("errors") or ():
        return str(error["extensions"]["code"])
    for payload in answer["data"].values():
        for refused in payload.get("userErrors", ()):
            return str(refused["code"])
    return dict(answer["data"])


async def _main(times: int, busy: int) -> int:
    keys, author = Keyring.generate(), "author-of-the-bench"
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres.start(Path(folder)) as server:
        await migrate(server.url(), gateway_logs_in=True)
        await install(server.url(), Roles())
        pool = Pool(server.url(user=Roles().gateway), role=Roles().gateway)
        await pool.open()
        room = await classroom(server.url(), pool, Keyring.parse(keys), CLIENTS, TESTS)
        made = await room.ask(
            room.author,
            "mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { token } }",
            input={"name": author, "scopes": ["CONTENT_WRITE", "CONTENT_READ"]},
        )
        await pool.close()
        gateways = Gateways(server.url(user=Roles().gateway), keys)
        await gateways.start(0)
        spin = (sys.executable, "-c", "while True: pass")
        beside = [await asyncio.create_subprocess_exec(*spin) for _ in range(busy)]
        try:
            address = gateways.addresses[0].removesuffix("/graphql")
            learners = [f"learner-{number}" for number in range(CLIENTS)]
            found = await hang_ups(address, learners, made["createApiToken"]["token"], times, saves=SAVES)
        finally:
            for process in beside:
                process.kill()
                await process.wait()
            await gateways.end()
    print(found.told())
    return 0 if found.is_right else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hang-ups", type=int, default=6_400)
    parser.add_argument("--busy", type=int, default=3)
    given = parser.parse_args()
    sys.exit(asyncio.run(_main(given.hang_ups, given.busy)))
