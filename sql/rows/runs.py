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
    """What a page came to; ``tests`` is a list of ``{"id", "outcome", "ms", "message", "expected", "actual"}``."""

    judged_hash: str
    code_hash: str
    engine: str
    protocol: int
    status: str
    passed: bool
    tests: Any
    console: Any
    page_errors: Any
    blocked: Any
    ms: int
    confirmed: bool
    has_screenshot: bool
    made_at: datetime


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
