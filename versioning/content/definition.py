"""The content of a challenge: what a version freezes, what its hashes cover, and which forms are accepted.

Content is title, instructions, difficulty, points, minutes, starter, solution, tests, hooks, libraries and hints. Slug,
position, lesson and state are not: a challenge keeps its versions when it moves.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from core import limits, texts
from core.canonical import Canonical, digest
from core.code import NO_CODE, Code
from core.faults import Faults, Invalid, Required, Taken, TooLarge
from versioning.content.declared_names import declared_names

DIFFICULTIES = ("EASY", "MEDIUM", "HARD")
TIMEOUT_MS = 2_000  # what a test is given unless it says otherwise


@dataclass(frozen=True, slots=True)
class ChallengeTest:
    """One check of a learner's page; ``id`` is local to the challenge (``t1``). ``weight`` counts in the score;
    a ``fresh`` one gets a page of its own, on which no test ran before."""

    id: str
    text: str
    code: str
    weight: int = 1
    hidden: bool = False
    timeout_ms: int = TIMEOUT_MS
    fresh: bool = False

    def plain(self, *, judged: bool = False) -> dict[str, Canonical]:
        """Return what is hashed: all of it, or only the part that decides verdicts."""
        plain: dict[str, Canonical] = {"id": self.id, "code": self.code}
        if not judged:
            plain["text"] = self.text
        if self.weight != 1:
            plain["weight"] = self.weight
        if self.hidden:
            plain["hidden"] = True
        if self.timeout_ms != TIMEOUT_MS:
            plain["timeoutMs"] = self.timeout_ms
        if self.fresh:
            plain["fresh"] = True
        return plain

    def stored(self) -> dict[str, object]:
        """Return the form that lies in the database."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Hooks:
    """JavaScript around the tests: ``before_all`` once for each page that is loaded, the others around each test."""

    before_all: str = ""
    before_each: str = ""
    after_each: str = ""

    def plain(self) -> dict[str, Canonical]:
        """Return what is hashed: those that are there, by the names that GraphQL has for them."""
        plain: dict[str, Canonical] = {
            "beforeAll": self.before_all,
            "beforeEach": self.before_each,
            "afterEach": self.after_each,
        }
        return {name: code for name, code in plain.items() if code}

    def stored(self) -> dict[str, object]:
        """Return the form that lies in the database."""
        return {name: code for name, code in asdict(self).items() if code}

    def lf(self) -> "Hooks":
        """Return them with LF line ends; one that is nothing but white space is none."""
        all, before, after = (texts.lf(code) if code.strip() else "" for code in self.parts())
        return Hooks(all, before, after)

    def parts(self) -> tuple[str, str, str]:
        """Return them in the order in which they run."""
        return self.before_all, self.before_each, self.after_each


NO_HOOKS = Hooks()


class ContentRow(Protocol):
    """What drafts, past drafts and versions have in common."""

    @property
    def title(self) -> str: ...
    @property
    def instructions(self) -> str: ...
    @property
    def difficulty(self) -> str: ...
    @property
    def points(self) -> int: ...
    @property
    def estimated_time_minutes(self) -> int: ...
    @property
    def starter_html(self) -> str: ...
    @property
    def starter_css(self) -> str: ...
    @property
    def starter_js(self) -> str: ...
    @property
    def tests(self) -> Any: ...
    @property
    def hooks(self) -> Any: ...
    @property
    def libraries(self) -> Any: ...
    @property
    def hints(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Content:
    """All that a version freezes. Texts have LF line ends once they went through ``normal``.

    ``libraries`` are the hashes of test libraries, in the order in which they are evaluated.
    """

    title: str
    instructions: str = ""
    difficulty: str = "EASY"
    points: int = 10
    estimated_time_minutes: int = 10
    starter: Code = NO_CODE
    solution: Code = NO_CODE
    tests: tuple[ChallengeTest, ...] = ()
    hints: tuple[str, ...] = ()
    hooks: Hooks = NO_HOOKS
    libraries: tuple[str, ...] = ()

    @classmethod
    def of_row(cls, row: ContentRow, solution: Code) -> "Content":
        """Read content back from a row and its opened solution."""
        return cls(
            title=row.title,
            instructions=row.instructions,
            difficulty=row.difficulty,
            points=row.points,
            estimated_time_minutes=row.estimated_time_minutes,
            starter=Code(row.starter_html, row.starter_css, row.starter_js),
            solution=solution,
            tests=tuple(ChallengeTest(**test) for test in row.tests),
            hints=tuple(row.hints),
            hooks=Hooks(**row.hooks),
            libraries=tuple(row.libraries),
        )

    def normal(self) -> "Content":
        """Return the content with LF line ends everywhere: the form that is hashed and stored."""
        return replace(
            self,
            instructions=texts.lf(self.instructions),
            starter=self.starter.lf(),
            solution=self.solution.lf(),
            tests=tuple(replace(test, text=texts.lf(test.text), code=texts.lf(test.code)) for test in self.tests),
            hints=tuple(texts.lf(hint) for hint in self.hints),
            hooks=self.hooks.lf(),
        )

    @property
    def content_hash(self) -> str:
        """SHA-256 over all of it; approvals are bound to it, and one text has one version."""
        plain: dict[str, Canonical] = {
            "title": self.title,
            "difficulty": self.difficulty,
            "points": self.points,
            "minutes": self.estimated_time_minutes,
            "instructions": self.instructions,
            "starter": self.starter.plain(),
            "solution": self.solution.plain(),
            "tests": [test.plain() for test in self.tests],
            "hooks": self.hooks.plain(),
            "libraries": self.libraries,
            "hints": self.hints,
        }
        # A field at its default is left out, so that an optional field added later changes no old hash.
        return digest({name: value for name, value in plain.items() if value not in ("", {}, [], ())})

    @property
    def declared(self) -> tuple[str, ...]:
        """The protected names that starter or solution declare: see ``declared_names``."""
        return declared_names(self.starter, self.solution)

    @property
    def judged_hash(self) -> str:
        """SHA-256 over the part that decides verdicts: tests without their texts, in order, hooks and libraries, and
        the names of ``declared``."""
        return self._judged_hash(self.declared)

    @property
    def judged_hash_before_names(self) -> str:
        """The judged hash of versions that were made before it covered ``declared``."""
        return self._judged_hash(())

    def _judged_hash(self, declared: tuple[str, ...]) -> str:
        plain: dict[str, Canonical] = {
            "tests": [test.plain(judged=True) for test in self.tests],
            "hooks": self.hooks.plain(),
            "libraries": self.libraries,
            "declared": list(declared),
        }
        return digest({name: value for name, value in plain.items() if value})

    def check(self, path: tuple[str, ...] = ()) -> Faults:
        """Return every fault of form; completeness (instructions, a test) is a gate of publishing instead."""
        faults = Faults()
        texts.line(faults, (*path, "title"), self.title, limits.TITLE)
        texts.code(faults, (*path, "instructions"), self.instructions, limits.INSTRUCTIONS_BYTES)
        if self.difficulty not in DIFFICULTIES:
            faults.append(Invalid((*path, "difficulty"), f"Use one of {', '.join(DIFFICULTIES)}."))
        texts.number(faults, (*path, "points"), self.points, 0, limits.POINTS)
        texts.number(faults, (*path, "estimatedTimeMinutes"), self.estimated_time_minutes, 1, limits.MINUTES)
        for part, files in (("starter", self.starter), ("solution", self.solution)):
            files.check(faults, (*path, part))
        self._check_tests(faults, (*path, "tests"))
        for name, code in self.hooks.plain().items():
            texts.code(faults, (*path, "hooks", name), str(code), limits.TEST_CODE_BYTES)
        self._check_libraries(faults, (*path, "libraries"))
        if len(self.hints) > limits.HINTS:
            faults.append(TooLarge((*path, "hints"), f"{len(self.hints)} hints; at most {limits.HINTS} are allowed."))
            return faults
        for index, hint in enumerate(self.hints):
            texts.prose(faults, (*path, "hints", str(index), "text"), hint, limits.HINT, required=True)
        return faults

    def _check_tests(self, faults: Faults, path: tuple[str, ...]) -> None:
        if len(self.tests) > limits.TESTS:
            faults.append(TooLarge(path, f"{len(self.tests)} tests; at most {limits.TESTS} are allowed."))
            return
        seen: set[str] = set()
        for index, test in enumerate(self.tests):
            here = (*path, str(index))
            texts.line(faults, (*here, "id"), test.id, limits.TEST_ID)
            if test.id in seen:
                faults.append(Taken((*here, "id"), f"Another test of this challenge has the id {test.id}."))
            seen.add(test.id)
            texts.prose(faults, (*here, "text"), test.text, limits.TEST_TEXT, required=True)
            texts.code(faults, (*here, "code"), test.code, limits.TEST_CODE_BYTES)
            if not test.code.strip():
                faults.append(Required((*here, "code"), "A test needs code that checks something."))
            texts.number(faults, (*here, "weight"), test.weight, 0, limits.TEST_WEIGHT)
            texts.number(faults, (*here, "timeoutMs"), test.timeout_ms, 1, limits.TEST_MS)

    def _check_libraries(self, faults: Faults, path: tuple[str, ...]) -> None:
        if len(self.libraries) > limits.LIBRARIES:
            told = f"{len(self.libraries)} libraries; at most {limits.LIBRARIES} are allowed."
            faults.append(TooLarge(path, told))
            return
        for index, library in enumerate(self.libraries):
            texts.line(faults, (*path, str(index)), library, limits.LIBRARY_REFERENCE)
            if library in self.libraries[:index]:
                faults.append(Taken((*path, str(index)), f"{library} is named twice."))


def with_ids(tests: Sequence[tuple[str | None, ChallengeTest]]) -> tuple[ChallengeTest, ...]:
    """Give each test without an id the next free one (``t1``, ``t2``, …) and return them in order."""
    taken = {given for given, _ in tests if given is not None}
    free = (name for number in range(1, len(tests) + len(taken) + 1) if (name := f"t{number}") not in taken)
    return tuple(replace(test, id=given if given is not None else next(free)) for given, test in tests)


def is_major(before: Content, after: Content) -> bool:
    """Tell whether the change is one that could break a learner's work: tests as judged, or which files there are."""
    return (
        before.judged_hash != after.judged_hash
        or before.starter.plain().keys() != after.starter.plain().keys()
        or before.solution.plain().keys() != after.solution.plain().keys()
    )
