"""Whether somebody's work passes a version, and what would be different for them there, in a sentence.

What runs came to is read, nothing is run. Of hidden tests nothing is told but how many there are.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias
from uuid import UUID

from sandbox.work import PROTOCOL
from sql.database import Reads
from sql.rows.migrations import WorkStandRow
from sql.rows.versions import FullVersionRow
from versioning.content.definition import ChallengeTest
from versioning.content.diff import unified
from versioning.pins.forwarding import queries

_OTHERS: Mapping[str, Callable[[FullVersionRow], object]] = MappingProxyType(
    {
        "the title": lambda row: row.title,
        "the instructions": lambda row: row.instructions,
        "the starter": lambda row: (row.starter_html, row.starter_css, row.starter_js),
        "the code that tests share": lambda row: (row.hooks, row.libraries),
        "the hints": lambda row: row.hints,
        "the difficulty": lambda row: row.difficulty,
        "the points": lambda row: row.points,
        "the minutes": lambda row: row.estimated_time_minutes,
    }
)

HeadStatus: TypeAlias = Literal["PASSES", "FAILS", "STALE", "QUEUED", "UNKNOWN"]


@dataclass(frozen=True, slots=True)
class Work:
    """A learner's work in a challenge: the version they work on (None before they begin), and the best they did.

    ``best_passed`` is None where nothing of theirs has a score.
    """

    challenge_id: UUID
    version_id: UUID | None = None
    best_version_id: UUID | None = None
    best_code_hash: str | None = None
    best_passed: bool | None = None
    completed_version_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """How work stands against a version; ``outcomes`` of its tests by id, None where none are known."""

    status: HeadStatus
    outcomes: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class VisibleChange:
    """Something that learners see and that differs, as a unified diff."""

    name: str
    unified: str


async def heads(reads: Reads, asked: Sequence[tuple[Work, UUID]]) -> list[Head]:
    """Return how each work stands against the version named with it, in one statement."""
    if not asked:
        return []
    rows = await reads.fetch_all(
        queries.heads,
        WorkStandRow,
        version_ids=[version_id for _, version_id in asked],
        best_version_ids=[work.best_version_id for work, _ in asked],
        completed_version_ids=[work.completed_version_id for work, _ in asked],
        code_hashes=[work.best_code_hash for work, _ in asked],
        protocol=PROTOCOL,
    )
    found = {row.number: row for row in rows}
    return [_head(work, found[number]) for number, (work, _) in enumerate(asked, start=1)]


def _head(work: Work, row: WorkStandRow) -> Head:
    outcomes = {test["id"]: test["outcome"] for test in row.tests} if row.tests is not None else None
    return Head(_status(work, row), outcomes)


def _status(work: Work, row: WorkStandRow) -> HeadStatus:
    if work.best_passed is None:
        return "UNKNOWN"
    if row.as_completed:
        return "PASSES"
    passed = work.best_passed if row.as_best else row.passed
    if passed is not None:
        return "PASSES" if passed else "FAILS"
    return "QUEUED" if row.under_way else "STALE"


def describe_changes(before: FullVersionRow, after: FullVersionRow, head: Head) -> str:
    """Return what is different, as its learner is told: "2 tests added; your saved code passes both"."""
    old, new = _tests(before), _tests(after)
    added = [id for id in new if id not in old]
    removed = [id for id in old if id not in new]
    changed = [id for id in new if id in old and new[id].plain(judged=True) != old[id].plain(judged=True)]
    counts = [(len(added), "added"), (len(changed), "changed"), (len(removed), "removed")]
    tests = [(number, f"{number} {{}}{how}") for number, how in counts if number]
    parts = []
    if tests:
        noun = "test " if tests[0][0] == 1 else "tests "
        parts.append(", ".join([tests[0][1].format(noun), *(text.format("") for _, text in tests[1:])]))
    kept = [id for id in old if id in new] != [id for id in new if id in old]
    if others := [*_others(before, after), *(["the order of tests"] if kept else [])]:
        parts.append(f"{_listed(others)} changed")
    parts = parts or ["nothing that you see changed"]
    return "; ".join([*parts, *_saved(head, [*added, *changed], len(new))])


def visible_changes(before: FullVersionRow, after: FullVersionRow) -> list[VisibleChange]:
    """Return what learners see of two versions, where it differs; of tests the sentences that are not hidden."""
    old, new = dict(_seen(before)), dict(_seen(after))
    return [VisibleChange(name, unified(name, old[name], new[name])) for name in old if old[name] != new[name]]


def _saved(head: Head, touched: Sequence[str], tests: int) -> list[str]:
    match head.status:
        case "UNKNOWN":
            return []
        case "QUEUED":
            return ["your saved code is being checked"]
        case "STALE":
            return ["your saved code was not checked against it yet"]
    passes = head.status == "PASSES"
    if head.outcomes is None:
        return [f"your saved code {'passes all tests' if passes else 'does not pass all tests'}"]
    passed = {id for id, outcome in head.outcomes.items() if outcome == "PASSED"}
    if not touched:
        return [f"your saved code passes {'all' if passes else f'{len(passed)} of {tests}'} tests"]
    count = len(passed.intersection(touched))
    rest = ", but not every other test" if count == len(touched) and not passes else ""
    return [f"your saved code {_passes(count, len(touched))}{rest}"]


def _passes(count: int, of: int) -> str:
    if of == 1:
        return "passes it" if count else "does not pass it"
    if of == 2:
        return ("passes neither", "passes one of them", "passes both")[count]
    if count in (0, of):
        return f"passes all {of}" if count else "passes none of them"
    return f"passes {count} of them"


def _others(before: FullVersionRow, after: FullVersionRow) -> Iterable[str]:
    """Yield the names of what else differs, as far as learners come across it."""
    for name, of in _OTHERS.items():
        if of(before) != of(after):
            yield name
    old, new = _tests(before), _tests(after)
    if any(old[id].text != test.text for id, test in new.items() if id in old and not test.hidden):
        yield "the wording of tests"


def _seen(row: FullVersionRow) -> Iterable[tuple[str, str]]:
    yield "title", row.title
    yield "instructions", row.instructions
    yield "starter.html", row.starter_html
    yield "starter.css", row.starter_css
    yield "starter.js", row.starter_js
    yield "tests", "\n".join(test.text for test in _tests(row).values() if not test.hidden)
    yield "hints", "\n".join(row.hints)
    yield "difficulty", row.difficulty
    yield "points", str(row.points)
    yield "estimatedTimeMinutes", str(row.estimated_time_minutes)


def _tests(row: FullVersionRow) -> dict[str, ChallengeTest]:
    return {test["id"]: ChallengeTest(**test) for test in row.tests}


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
