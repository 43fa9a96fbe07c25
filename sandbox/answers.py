"""What the tests' world answers, read strictly: every answer is what it has to be, or ``Malformed``.

The tests' world is ours, but a page that took it over would answer for it, and so would a crash half-way. So nothing
here trusts the shape of an answer. Keys that are not known are left aside.

    run     {"outcome", "message", "expected", "actual", "ms", "doubts"?, "pending"?}
    told    {"console", "errors", "blocked", "late"?}
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn, TypeVar, cast

from sandbox import document
from sandbox.work import MAX_TEXT, Doubt, ErrorKind, Outcome, PageError, Test, TestRun

T = TypeVar("T")

MAX_ANSWER = 1_000_000  # characters
MAX_MS = 3_600_000
MAX_LINE = 500  # characters of a line of the console, an error or an address
MAX_LINES = 50
OUTCOMES = ("PASSED", "FAILED", "ERROR")
DOUBTS = ("NO_ASSERTION", "NOT_AWAITED")
KINDS = ("SYNTAX", "EXCEPTION", "REJECTION", "CONSOLE")
FILES = ("html", "css", "js")


class Malformed(ValueError):
    """The tests' world answered something that it never answers."""


@dataclass(frozen=True, slots=True)
class TestAnswer:
    """What ``run`` answers."""

    __test__ = False  # pytest: this is not a class of tests

    outcome: Outcome
    message: str | None
    expected: str | None
    actual: str | None
    ms: float
    doubts: tuple[Doubt, ...]
    pending: bool = False  # it ended without an assertion while a timer of its own was not reached

    def of(self, test: Test) -> TestRun:
        """Return it as what became of this test."""
        return TestRun(
            test_id=test.id,
            outcome=self.outcome,
            ms=round(self.ms),
            message=self.message,
            expected=self.expected,
            actual=self.actual,
            doubts=self.doubts,
        )


@dataclass(frozen=True, slots=True)
class Late:
    """What came of a test after it was over: the message of an assertion that failed then, or a doubt, or both.

    ``index`` is the one that ``run`` was given with the test.
    """

    index: int
    message: str | None
    doubt: Doubt | None


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """What ``told`` answers: the page's own words, and what came of tests after they were over."""

    console: tuple[str, ...]
    errors: tuple[PageError, ...]
    blocked: tuple[str, ...]
    late: tuple[Late, ...]


def parse_run(answer: object) -> TestAnswer:
    """Return the answer of ``run``.

    Raises:
        Malformed: it is none.
    """
    given = _object(_read(answer))
    return TestAnswer(
        outcome=cast(Outcome, _word(_member(given, "outcome"), OUTCOMES)),
        message=_text_or_none(_member(given, "message")),
        expected=_text_or_none(_member(given, "expected")),
        actual=_text_or_none(_member(given, "actual")),
        ms=_number(_member(given, "ms"), MAX_MS),
        doubts=tuple(dict.fromkeys(_list(given.get("doubts", []), _doubt))),
        pending=given.get("pending") is True,
    )


def parse_told(answer: object) -> PageAnswer:
    """Return the answer of ``told``.

    Raises:
        Malformed: it is none.
    """
    given = _object(_read(answer))
    return PageAnswer(
        console=_list(_member(given, "console"), _line),
        errors=_list(_member(given, "errors"), _error),
        blocked=_list(_member(given, "blocked"), _line),
        late=_list(given.get("late", []), _late, most=2 * MAX_LINES),
    )


def _read(answer: object) -> object:
    if not isinstance(answer, str):
        raise Malformed(f"The answer is of type {type(answer).__name__}.")
    if len(answer) > MAX_ANSWER:
        raise Malformed(f"The answer has {len(answer):,} characters; {MAX_ANSWER:,} are the most.")
    try:
        return json.loads(answer, parse_constant=_refuse_constant)
    except RecursionError:
        raise Malformed("The answer is nested too deeply.") from None
    except ValueError as error:  # no JSON, or a number of thousands of digits
        raise Malformed(f"The answer cannot be read: {str(error)[:200]}") from None


def _refuse_constant(name: str) -> NoReturn:
    raise Malformed(f"The answer holds {name}.")


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise Malformed(f"The answer holds {_told(value)} in the place of an object.")
    return value


def _member(given: dict[str, object], name: str) -> object:
    if name not in given:
        raise Malformed(f"The answer lacks {name}.")
    return given[name]


def _list(value: object, item: Callable[[object], T], most: int = MAX_LINES) -> tuple[T, ...]:
    """Return a list with each item read; those beyond ``most`` are left out."""
    if not isinstance(value, list):
        raise Malformed(f"The answer holds {_told(value)} in the place of a list.")
    return tuple(item(one) for one in value)[:most]


def _word(value: object, known: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in known:
        raise Malformed(f"The answer holds {_told(value)} where one of {', '.join(known)} belongs.")
    return value


def _number(value: object, most: int) -> float:
    """Return a number from 0 to ``most``; a boolean is none, though Python counts with it."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise Malformed(f"The answer holds {_told(value)} where a number from 0 to {most:,} belongs.")
    return float(value)


def _index(value: object) -> int:
    number = _number(value, MAX_MS)
    if not isinstance(value, int):
        raise Malformed(f"The answer holds {_told(value)} where a whole number belongs.")
    return int(number)


def _text(value: object, most: int = MAX_TEXT) -> str:
    if not isinstance(value, str):
        raise Malformed(f"The answer holds {_told(value)} in the place of a text.")
    return value[:most]


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _line(value: object) -> str:
    return _text(value, MAX_LINE)


def _doubt(value: object) -> Doubt:
    return cast(Doubt, _word(value, DOUBTS))


def _error(value: object) -> PageError:
    if isinstance(value, str):
        return PageError("EXCEPTION", _line(value))
    if isinstance(value, list):  # the page's side makes it, and the page may have put anything in its place
        return document.read_error(value) or PageError("EXCEPTION", "An error that cannot be described.")
    given = _object(value)
    kind, file = _word(_member(given, "kind"), KINDS), given.get("file")
    line, column = (None if given.get(name) is None else _index(given[name]) for name in ("line", "column"))
    return PageError(
        cast(ErrorKind, kind),
        _line(_member(given, "message")),
        None if file is None else _word(file, FILES),
        line,
        column,
    )


def _late(value: object) -> Late:
    given = _object(value)
    doubt = given.get("doubt")
    return Late(
        _index(_member(given, "index")),
        _text_or_none(given.get("message")),
        None if doubt is None else _doubt(doubt),
    )


def _told(value: object) -> str:
    """Name a value for a message: its type, and a text or number itself where it is short."""
    if isinstance(value, str):
        return repr(value[:50])
    if isinstance(value, float) and math.isfinite(value):
        return str(value)
    return type(value).__name__
