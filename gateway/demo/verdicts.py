"""The verdicts of the demo's own content, so that a first start needs no browser; ``demo/verdicts.json``.

``python -m gateway.demo.verdicts`` makes the file, in a real browser; the suite makes it again and compares. No other
way takes a verdict from a file.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

import orjson

from core.code import Code
from gateway.app_state import now
from gateway.content_files import read_folder
from gateway.graphiql.build import build
from sandbox.pool import Sandbox
from sandbox.work import PROTOCOL, PageRun, TestRun, Work
from sql.database import Pool
from versioning.content.definition import ChallengeTest, Content, with_ids
from versioning.judging import verdicts
from versioning.judging.verdicts import Judging, Key, Keys

FOLDER = Path(__file__).parents[2] / "demo"
FILE = FOLDER / "verdicts.json"
EDITIONS = 3


def texts() -> list[Content]:
    """Return every text of every edition, in its normal form."""
    found: dict[str, Content] = {}
    for edition in range(1, EDITIONS + 1):
        tree: Any = read_folder(*(FOLDER / str(number) for number in range(1, edition + 1)))
        for track in tree["tracks"]:
            for module in track["modules"]:
                for lesson in module["lessons"]:
                    for challenge in lesson["challenges"]:
                        text = _text(challenge)
                        found[text.content_hash] = text
    return list(found.values())


async def made(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Run every text and return the verdicts as they stand in the file."""
    works: dict[Key, tuple[Work, bool]] = {}
    for text in texts():
        keys = Keys.of(text)
        judging = Judging(text.tests, text.hooks, (), text.declared)
        works[keys.starter] = works.get(keys.starter, (judging.work(text.starter), False))
        works[keys.solution] = (judging.work(text.solution), True)
    runs = await asyncio.gather(*(_judged(sandbox, work, twice) for work, twice in works.values()))
    return [
        {
            "judged": key[0],
            "code": key[1],
            "protocol": run.protocol,
            "engine": run.engine,
            "status": run.status,
            "confirmed": twice,
            "tests": [[test.test_id, test.outcome, test.message] for test in run.tests],
        }
        for (key, (_, twice)), run in sorted(zip(works.items(), runs, strict=True), key=lambda one: one[0][0])
    ]


async def load(worker: Pool) -> None:
    """Put the verdicts of the file into the database, those of today's protocol."""
    async with worker.database().transaction() as tx:
        for one in orjson.loads(FILE.read_bytes()):
            tests = tuple(TestRun(id, outcome, 0, message, None, None) for id, outcome, message in one["tests"])
            run = PageRun(
                status=one["status"],
                tests=tests,
                ms=0,
                console=(),
                page_errors=(),
                blocked=(),
                engine=one["engine"],
                protocol=one["protocol"],
            )
            if run.protocol == PROTOCOL:
                key = one["judged"], one["code"]
                await verdicts.keep(tx, key, run, confirmed=one["confirmed"], at=now())


def _text(challenge: dict[str, Any]) -> Content:
    tests = [(test.get("id"), ChallengeTest(**{"id": "", **test})) for test in challenge["tests"]]
    starter, solution = Code(**challenge["starter"]), Code(**challenge["solution"])
    assert not challenge.keys() & {"hooks", "libraries"}, "the demo's tests stand for themselves"
    return Content(challenge["title"], starter=starter, solution=solution, tests=with_ids(tests)).normal()


async def _judged(sandbox: Sandbox, work: Work, twice: bool) -> PageRun:
    run = await sandbox.run(work)
    if twice and run.passed:
        again = await sandbox.run(work)
        return run if again.passed else again
    return run


async def _main() -> int:
    chai = (build(lambda line: print(line, file=sys.stderr)) / "chai.js").read_text()
    async with await Sandbox.open(chai) as sandbox:
        found = await made(sandbox)
    lines = ",\n".join(orjson.dumps(one).decode() for one in found)
    FILE.write_text(f"[\n{lines}\n]\n")
    print(f"{len(found)} verdicts in {FILE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
