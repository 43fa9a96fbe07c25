"""Rows of runs in the sandbox, field by field as the queries name their columns."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RunRow:
    """A wish to see texts run; ``solution_hash`` names the sealed solution, None for the empty one."""

    id: UUID
    challenge_id: UUID | None
    requested_by: UUID
    requested_at: datetime
    content_hash: str
    judged_hash: str
    tests: Any
    hooks: Any
    libraries: Any
    starter_html: str
    starter_css: str
    starter_js: str
    starter_code_hash: str
    solution_hash: str | None
    solution_code_hash: str
    pictures: bool
    state: str


@dataclass(frozen=True, slots=True)
class RunTriesRow:
    """How many runs of a text's pages reached a browser and came to no verdict."""

    tries: int


@dataclass(frozen=True, slots=True)
class VainRunRow:
    """The last run of a text that came to no verdict, and how many runs of its pages reached a browser."""

    content_hash: str
    tries: int


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """What a page came to.

    ``tests`` is a list of ``{"id", "outcome", "ms", "message", "expected", "actual", "doubts"}``, those of protocol 1
    without ``doubts``. ``errors`` is a list of ``{"kind", "message", "file", "line", "column", "during"}``, some
    without ``during``.
    """

    judged_hash: str
    code_hash: str
    engine: str
    protocol: int
    status: str
    passed: bool
    tests: Any
    console: Any
    page_errors: Any
    errors: Any
    blocked: Any
    ms: int
    confirmed: bool
    has_screenshot: bool
    made_at: datetime


@dataclass(frozen=True, slots=True)
class EarlierVerdictRow:
    """A verdict of another browser or protocol that said the opposite of the new one."""

    passed: bool
    engine: str
    protocol: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class VerdictChangeRow:
    """A verdict that says the opposite of an earlier one; ``id`` is a UUIDv7 of the moment of the change."""

    id: UUID
    judged_hash: str
    code_hash: str
    is_solution: bool
    is_starter: bool
    before_passed: bool
    before_engine: str
    before_protocol: int
    before_judged_at: datetime
    after_passed: bool
    after_engine: str
    after_protocol: int
    after_judged_at: datetime


@dataclass(frozen=True, slots=True)
class CodeOfRunsRow:
    """Whether runs had a code as their solution or as their starter."""

    is_solution: bool
    is_starter: bool


@dataclass(frozen=True, slots=True)
class JudgedTextRow:
    """A starter, and the name of the solution beside it; None for the empty one."""

    solution_hash: str | None
    starter_html: str
    starter_css: str
    starter_js: str


@dataclass(frozen=True, slots=True)
class JudgedDraftRow:
    """A challenge whose draft has these tests."""

    judged_hash: str
    challenge_id: UUID


@dataclass(frozen=True, slots=True)
class AttemptsOfVerdictRow:
    """How many attempts have a code at versions that have these tests."""

    judged_hash: str
    code_hash: str
    attempts: int


@dataclass(frozen=True, slots=True)
class RunnerRow:
    """A worker that has a browser; ``isolation`` is its own sentence about it.

    A worker that starts has neither yet; ``expected_seconds`` is how much longer it counts as there, else None.
    """

    engine: str | None
    protocol: int
    isolation: str | None
    seen_at: datetime
    expected_seconds: float | None


@dataclass(frozen=True, slots=True)
class ScreenshotRow:
    """A picture (PNG)."""

    screenshot: bytes


@dataclass(frozen=True, slots=True)
class TextRow:
    """A text, by its hash."""

    content_hash: str
