"""Hundreds of runs of every kind in one sandbox: what they leave behind, which is to be nothing.

    python -m bench.soak [--runs N] [--browsers N]

Of three runs one is hostile. Prints how the runs ended, the memory of the browsers and of this process at the start and
at the end, and what is left of processes, files and contexts. Status 1 when an honest run did not pass, or something is
left.
"""

import argparse
import asyncio
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from bench.sandbox import TEN, chai
from sandbox import processes
from sandbox.pool import Sandbox
from sandbox.work import Test, Work

SPIN = "function spin() { for (;;) {} }"
FULL = "const all = []; for (;;) { const b = new Uint8Array(2 ** 24); b.fill(7); all.push(b); }"
HOSTILE = (
    Work("<p></p>", "", SPIN, (Test("1", "spin();", 300), Test("2", "assert.ok(1);", 300))),
    Work("<p></p>", "", "setTimeout(() => { for (;;) {} }, 20);", (Test("1", "await new Promise(() => {});", 300),)),
    Work("<p></p>", "", "setInterval(() => location.reload(), 1);", (Test("1", "assert.ok(1);", 300),)),
    Work("<p></p>", "", "alert(1); onbeforeunload = () => 'stay'; print();", (Test("1", "assert.ok(1);", 300),)),
    Work("<p></p>", "", "for (let i = 0; i < 20; i++) window.open('about:blank');", (Test("1", "assert.ok(1);", 300),)),
    Work("<p></p>", "", "for (let i = 0; i < 1e5; i++) console.log('flood', i);", (Test("1", "assert.ok(1);", 300),)),
    Work("<iframe src='/'></iframe>" * 30, "", "new Worker('data:,');", (Test("1", "assert.ok(1);", 300),)),
    Work("<p></p>", "", "const text = () => 'x'.repeat(200e6);", (Test("1", "assert.ok(text());", 1_000),)),
    Work("<p></p>", "", "addEventListener('load', () => setTimeout(() => { " + FULL + " }));", (Test("1", "spin();"),)),
    Work("<p></p>", "", "setInterval(() => { for (;;) {} }, 5);", (Test("1", "assert.ok(1);", 300),)),
)


@dataclass(frozen=True, slots=True)
class Soak:
    """What is left. ``before`` and ``after`` are bytes of the browsers and of this process."""

    failed: int
    before: tuple[int, int]
    after: tuple[int, int]
    contexts: int
    left: tuple[str, ...]


async def soak(runs: int, browsers: int | None = None) -> Soak:
    """Do the runs, as many at once as there are browsers."""
    ends: Counter[str] = Counter()
    seen: dict[int, Path] = {}
    failed = 0
    async with await Sandbox.open(chai(), browsers=browsers) as sandbox:
        work = iter(range(runs))
        bar = tqdm(total=runs, file=sys.stderr, disable=None, unit=" runs")

        async def one() -> None:
            nonlocal failed
            for number in work:
                is_hostile = number % 3 == 2
                run = await sandbox.run(HOSTILE[number // 3 % len(HOSTILE)] if is_hostile else TEN)
                ends[f"{'hostile' if is_hostile else 'honest'} {run.status}"] += 1
                failed += not is_hostile and not run.passed and run.status != "INCONCLUSIVE"
                seen.update({slot.browser.number: slot.browser.folder for slot in sandbox._slots if slot.browser})
                bar.update()

        async def held() -> tuple[int, int]:
            await asyncio.gather(*(sandbox.run(TEN) for _ in range(sandbox.size)))
            for _ in range(30):  # a browser that has to be replaced is there again in a second or two
                await asyncio.sleep(1)
                if all(slot.browser for slot in sandbox._slots):
                    break
            theirs = [slot.browser.processes() for slot in sandbox._slots if slot.browser]
            return sum(map(processes.memory, theirs)), processes.memory([os.getpid()])

        before = await held()
        await asyncio.gather(*(one() for _ in range(sandbox.size)))
        after = await held()
        contexts = 0
        for slot in sandbox._slots:
            assert slot.browser
            made = await slot.browser.pipe.send("Target.getBrowserContexts")
            contexts += len(made["browserContextIds"]) - (slot.visit is not None)
        bar.close()
    left = _left(seen)
    for name, number in sorted(ends.items()):
        print(f"{name}: {number}")
    theirs, ours = ([held[at] >> 20 for held in (before, after)] for at in (0, 1))
    print(f"memory of the browsers {theirs[0]} to {theirs[1]} MB, of this process {ours[0]} to {ours[1]} MB")
    print(f"{len(seen)} browsers were used; left: {contexts} contexts, {', '.join(left) or 'no process, no file'}")
    return Soak(failed, before, after, contexts, tuple(left))


def _left(seen: dict[int, Path]) -> list[str]:
    left = [f"process {number}" for number in seen for number in processes.group(number)]
    return left + [str(folder) for folder in seen.values() if folder.exists()]


def main() -> int:
    """Status 1 when an honest run did not pass or anything is left."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=500, help="how many (default 500)")
    parser.add_argument("--browsers", type=int, help="how many at once (default: one a core)")
    given = parser.parse_args()
    began = time.monotonic()
    found = asyncio.run(soak(given.runs, given.browsers))
    print(f"{given.runs} runs in {time.monotonic() - began:.0f} s, {found.failed} honest ones failed")
    return 1 if found.failed or found.contexts or found.left else 0


if __name__ == "__main__":
    sys.exit(main())
