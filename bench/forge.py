"""Every challenge of a content file behind hostile pages: none may take the tests' world over, none may be forged.

    python -m bench.forge FILE                    payloads of the suite, and hostile values made from what tests do
    python -m bench.forge FILE --generated-only   the hostile values alone
    python -m bench.forge FILE --shard 2/4        the second of four parts; run again, it goes on where it ended
    python -m bench.forge FILE --quick            every tenth challenge, in less than three minutes

Behind each payload the starter must fail, and the solution must pass wherever the payload does not break the page.
After each test that got a hostile value, one that cannot pass tells of marks and changes in the tests' world.
"""

import argparse
import asyncio
import hashlib
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from bench.forging.payloads import PAYLOADS, Payload, behind
from bench.forging.values import PROBE, STEALING, Trial, hostile, neutral, trials
from bench.sandbox import Challenge, chai, read
from sandbox.pool import Sandbox, Sitting
from sandbox.visit import BRIDGE
from sandbox.work import MAX_TESTS, PageRun, Test, TestRun, Work

TOLD = re.compile(r"forge\|\d+\|[^|]*\|[^|]*\|[^|]*\|")
UNFINISHED = ("INCONCLUSIVE", "RUNNER_ERROR", "RUNNER_UNAVAILABLE")
QUICK = 10


@dataclass(slots=True)
class Result:
    """What came of one challenge. ``taken`` and ``forged`` are lists of way, test and what was seen."""

    path: str
    tried: int = 0
    taken: list[tuple[str, str, str]] = field(default_factory=list)
    forged: list[tuple[str, str, str]] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)  # payloads behind which the solution passes
    lost: list[str] = field(default_factory=list)  # payloads that break nothing, and yet it does not pass


@dataclass(frozen=True, slots=True)
class Expected:
    """What the probe says of a world that nobody touched, and the ways that there are."""

    probe: str
    ways: tuple[str, ...]


async def expect(sandbox: Sandbox) -> Expected:
    """Run pages that do no harm, with a document and without."""
    found = []
    for html in ("<p>Text</p>", ""):
        run = await _told(sandbox, neutral(html))
        told = [(one.message or "").removeprefix("Error: ") for one in run.tests]
        probed = TOLD.search(told[-1])
        if run.status != "FINISHED" or told[-2] != "0 text" or probed is None:
            raise RuntimeError(f"A harmless page cannot be probed: {run.status}, {told[-2:]}")
        ways = ",".join(told[:-2]).strip(",").split(",")
        found.append(Expected(probed.group(), (*ways, *STEALING)))
    if found[0] != found[1]:
        raise RuntimeError(f"The probe says {found[0].probe} of a document and {found[1].probe} without one.")
    return found[0]


def seen(expected: Expected, one: TestRun) -> str | None:
    """What the probe tells of a world taken over; None where it tells of none."""
    if one.outcome == "PASSED":
        return "a test passes that cannot"
    if one.outcome not in ("ERROR", "FAILED"):
        return None
    probed = TOLD.search(one.message or "")
    if probed is None:
        return f"broken: {one.message or ''}"[:200]
    if probed.group() == expected.probe:
        return None
    parts = probed.group().split("|")[2:5]
    marks = [name for name, part in zip(("built-ins", "text", "stolen"), parts, strict=True) if part.strip()]
    return ", ".join(marks) or "built-ins"


async def try_values(
    sandbox: Sandbox | Sitting, expected: Expected, one: Challenge, ways: Iterable[str], few: int = 0
) -> Result:
    """Give a challenge's tests hostile values in each of the ways; with ``few`` no more than so many for each way."""
    result = Result(one.path)
    work = hostile(one.solution)
    left = list(trials(one.solution, ways, few)) if work else []
    while work and left:
        part = left[: MAX_TESTS // 2]
        run = await _told(sandbox, _with(work, part))
        ends = 0  # trials of this run that came to an end in a world that nobody had touched before
        for trial, one_run, probe in zip(part, run.tests[::2], run.tests[1::2], strict=True):
            if probe.outcome == "SKIPPED":
                break
            ends += 1
            if trial.is_lie and one_run.outcome == "PASSED":
                result.forged.append((trial.way, trial.test_id, "a value passes for what it is not"))
            what = seen(expected, probe)
            if what is None:
                continue
            if what in ("built-ins", "a test passes that cannot") or what.startswith("broken"):
                what = await _alone(sandbox, expected, work, trial)
            if what:
                result.taken.append((trial.way, trial.test_id, what))
                if what == "a test passes that cannot":
                    result.forged.append((trial.way, trial.test_id, what))
            break  # the rest gets a world of its own
        if not ends:
            result.unfinished.append(f"{part[0].way} {part[0].test_id} {run.status}")
            ends = 1
        result.tried += ends
        left = left[ends:]
    return result


async def _alone(sandbox: Sandbox | Sitting, expected: Expected, work: Work, trial: Trial) -> str | None:
    """What is seen after one trial by itself; None where the test does that with harmless values too."""
    harmless = (await _told(sandbox, _with(work, [replace(trial, way="none")]))).tests[1]
    what = seen(expected, (await _told(sandbox, _with(work, [trial]))).tests[1])
    return None if what == seen(expected, harmless) else what


def _with(work: Work, part: Sequence[Trial]) -> Work:
    return replace(work, tests=tuple(test for number, trial in enumerate(part) for test in trial.tests(number)))


async def try_payloads(
    sandbox: Sandbox | Sitting, expected: Expected, one: Challenge, some: Iterable[Payload]
) -> Result:
    """Put each payload before the starter and before the solution."""
    result = Result(one.path)
    for payload in some:
        for solved, work in ((False, one.starter), (True, one.solution)):
            probed = replace(work, tests=(*work.tests[: MAX_TESTS - 1], Test("probe", PROBE)))
            run = await _told(sandbox, behind(payload, probed))
            result.tried += 1
            *own, probe = run.tests
            passed = all(each.outcome == "PASSED" for each in own)
            what = seen(expected, probe) if run.status == "FINISHED" else None
            if run.status in UNFINISHED:
                result.unfinished.append(f"{payload.name} {run.status}")
            if what and not what.startswith("broken"):
                result.taken.append((payload.name, "solution" if solved else "starter", what))
            if probe.outcome == "PASSED" or (passed and not solved):
                result.forged.append((payload.name, "solution" if solved else "starter", "passes"))
            if solved and passed:
                result.kept.append(payload.name)
            elif solved and not payload.breaks:
                result.lost.append(payload.name)
    return result


async def _told(sandbox: Sandbox | Sitting, work: Work) -> PageRun:
    """Run a work, again when a busy machine may have kept it from its end."""
    for _ in range(4):
        run = await sandbox.run(work)
        if run.status not in UNFINISHED:
            break
    return run


class State:
    """The results so far, one a line; what was cut off in the middle of a line is done again.

    Results are those of one ``subject``: of other content, another sandbox or other trials none is used again.
    """

    def __init__(self, file: Path, subject: str = "") -> None:
        self.file = file
        self._subject = subject
        self.results: dict[str, Result] = {}
        for line in file.read_text().splitlines() if file.exists() else ():
            try:
                told = json.loads(line)
                if told["subject"] != subject:
                    continue
                self.results[told["key"]] = Result(**told["result"])
            except (ValueError, KeyError, TypeError):
                continue

    def add(self, key: str, result: Result) -> None:
        """Append it in one write."""
        self.results[key] = result
        self.file.parent.mkdir(parents=True, exist_ok=True)
        line = f"\n{json.dumps({'subject': self._subject, 'key': key, 'result': asdict(result)})}\n".encode()
        written = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(written, line)
            os.fsync(written)
        finally:
            os.close(written)


def subject(content: Path) -> str:
    """A short hash of all that results depend on: the content, the sandbox and the trials."""
    found = hashlib.sha256(content.read_bytes())
    for folder in (Path(__file__).parent, Path(BRIDGE).parent):
        for file in sorted(folder.rglob("*")):
            if file.suffix in (".py", ".js"):
                found.update(file.read_bytes())
    return found.hexdigest()[:12]


async def forge(
    challenges: Sequence[Challenge], state: State, *, payloads: Sequence[Payload], browsers: int | None, few: int = 0
) -> int:
    """Try all that the state has not; returns how many worlds were taken over or challenges forged.

    With ``few`` each way is tried with no more than so many parts of each challenge's tests.
    """
    jobs = [("values", one) for one in challenges] + ([("payloads", one) for one in challenges] if payloads else [])
    waiting = iter([job for job in jobs if f"{job[0]} {job[1].path}" not in state.results])
    began, done = time.monotonic(), 0
    async with await Sandbox.open(chai(), browsers=browsers) as sandbox:
        expected = await expect(sandbox)

        async def work() -> None:
            nonlocal done
            for kind, one in waiting:
                async with sandbox.sitting() as sitting:
                    if kind == "values":
                        result = await try_values(sitting, expected, one, expected.ways, few)
                    else:
                        result = await try_payloads(sitting, expected, one, payloads)
                state.add(f"{kind} {one.path}", result)
                done += 1
                print(
                    f"{len(state.results)}/{len(jobs)} {time.monotonic() - began:.0f} s {kind} {one.path}: "
                    f"{result.tried} tried, {len(result.taken)} taken over, {len(result.forged)} forged",
                    flush=True,
                )

        await asyncio.gather(*(work() for _ in range(sandbox.size)))
    results = [state.results[f"{kind} {one.path}"] for kind, one in jobs]
    return tell(results, len(expected.ways) + len(payloads))


def tell(results: Sequence[Result], ways: int) -> int:
    """Print what came out; returns how many worlds were taken over or challenges forged."""
    taken: dict[str, set[str]] = {}
    for result in results:
        for way, _, _ in result.taken:
            taken.setdefault(way, set()).add(result.path)
    for way, paths in sorted(taken.items(), key=lambda item: -len(item[1])):
        print(f"taken over by {way} in {len(paths)} challenges, such as {min(paths)}")
    for result in results:
        for way, test, what in result.forged[:3]:
            print(f"forged: {result.path} {test} by {way}: {what}")
    lost = Counter(name for result in results for name in result.lost)
    kept = Counter(name for result in results for name in result.kept)
    for name in dict.fromkeys((*kept, *lost)):
        print(f"behind {name}: {kept[name]} solutions pass" + (f", {lost[name]} do not" if lost[name] else ""))
    for result in results:
        for line in result.unfinished[:3]:
            print(f"unfinished: {result.path} {line}")
    kinds = Counter(way.removeprefix("steal-").partition("-")[0] for way in taken if not way.startswith("steal-"))
    kinds["steal"] = sum(way.startswith("steal-") for way in taken)
    if taken:
        print("kinds of ways: " + ", ".join(f"{kind} {number}" for kind, number in kinds.most_common() if number))
    worlds, forged = sum(len(result.taken) for result in results), sum(len(result.forged) for result in results)
    print(
        f"{sum(result.tried for result in results)} tried in {len({result.path for result in results})} challenges: "
        f"{worlds} worlds taken over, in {len(taken)} of {ways} ways and "
        f"{len({result.path for result in results if result.taken})} challenges; {forged} forged; "
        f"{sum(len(result.unfinished) for result in results)} without a verdict; {sum(lost.values())} solutions lost"
    )
    return worlds + forged


def main() -> int:
    """Status 1 when any world was taken over or any challenge forged."""
    parser = argparse.ArgumentParser(prog="python -m bench.forge", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--generated-only", action="store_true", help="without the payloads of the suite")
    parser.add_argument("--shard", default="1/1", metavar="I/N", help="the I-th of N parts of the challenges")
    parser.add_argument("--state", type=Path, help="where results are kept (default: in .data/forge)")
    parser.add_argument("--quick", action="store_true", help="every tenth challenge, few payloads, each way once")
    parser.add_argument("--few", type=int, default=0, help="try each way with so many parts of a challenge's tests")
    parser.add_argument("--only", default="", help="challenges whose path has this in it")
    parser.add_argument("--browsers", type=int, help="how many at once (default: one a core)")
    given = parser.parse_args()
    part, of = (int(number) for number in given.shard.split("/"))
    if not 1 <= part <= of:
        parser.error("--shard I/N: I lies between 1 and N")
    challenges = [one for one in read(given.file) if given.only in one.path][part - 1 :: of]
    payloads = () if given.generated_only else PAYLOADS
    few, kind = given.few, f"few-{given.few}" if given.few else "all"
    if given.quick:
        challenges, payloads, few, kind = challenges[::QUICK], payloads[::QUICK], 1, "quick"
    file = given.state or Path(".data", "forge", f"{given.file.stem}-{kind}-{part}-of-{of}.jsonl")
    state = State(file, subject(given.file))
    wrong = asyncio.run(forge(challenges, state, payloads=payloads, browsers=given.browsers, few=few))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
