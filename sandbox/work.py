"""What goes into a run and what comes out of it."""

from dataclasses import dataclass
from typing import Literal

# Raise it whenever a change here could alter a verdict: earlier verdicts are not reused under another number.
PROTOCOL = 2

Outcome = Literal["PASSED", "FAILED", "ERROR", "TIMEOUT", "CRASHED", "SKIPPED"]
PageStatus = Literal[
    "FINISHED", "TIMED_OUT", "CRASHED", "OUT_OF_MEMORY", "INCONCLUSIVE", "RUNNER_UNAVAILABLE", "RUNNER_ERROR"
]

Doubt = Literal["NO_ASSERTION", "NOT_AWAITED"]
ErrorKind = Literal["SYNTAX", "EXCEPTION", "REJECTION", "CONSOLE"]

MAX_SOURCE = 256 << 10  # bytes of HTML, CSS and JavaScript together
MAX_TESTS = 100
MAX_TEST_MS = 5_000
MAX_TEXT = 2_000  # characters of a message, of what was expected and of what was found
LOAD_SECONDS = 3.0
RUN_SECONDS = 10.0
TRIES_SECONDS = 15.0  # of processor time, for both tries of a page together
MEMORY = 700 << 20  # bytes of a browser with all its processes


class RunnerUnavailable(Exception):
    """No code can be run here; the message is one sentence that says why and what helps."""


class WorkTooLarge(ValueError):
    """The sources, the tests or a limit are beyond what a run takes; the message says which."""


@dataclass(frozen=True, slots=True)
class Test:
    """One test: the body of an async function that throws when the page is not as it should be.

    ``fresh`` gives it a page of its own, loaded for it alone. ``text`` says in words what it asks for: the message of a
    failed assertion that says nothing itself.
    """

    __test__ = False  # pytest: this is not a class of tests

    id: str
    code: str
    timeout_ms: int = 2_000
    fresh: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class PageLibrary:
    """A script or style sheet that the page has before the learner's own: jQuery, a platform's helper."""

    kind: Literal["script", "style"]
    text: str


@dataclass(frozen=True, slots=True)
class Work:
    """A page and its tests.

    ``before_all``, ``before_each`` and ``after_each`` are test code: the first runs once for each page that is loaded
    (its declarations are seen by the tests), the other two around each test, in the same function. ``libraries`` are
    scripts for the tests' world, evaluated before the page exists. ``before_page`` and ``page_libraries`` belong to the
    page's own world and run before its first script; the learner can read them.

    ``declared`` are names of the language (``Set``, ``Promise`` ...) that the challenge's own starter or solution
    declares: only these mean the page's own declaration in a test.
    """

    html: str
    css: str
    js: str
    tests: tuple[Test, ...]
    before_all: str = ""
    before_each: str = ""
    after_each: str = ""
    libraries: tuple[str, ...] = ()
    before_page: str = ""
    page_libraries: tuple[PageLibrary, ...] = ()
    declared: tuple[str, ...] = ()

    def check(self) -> None:
        """Refuse what is too large.

        Raises:
            WorkTooLarge: with a sentence for the author.
        """
        size = sum(len(source.encode(errors="replace")) for source in (self.html, self.css, self.js))
        if size > MAX_SOURCE:
            raise WorkTooLarge(f"The sources have {size:,} bytes; {MAX_SOURCE:,} are the most.")
        if len(self.tests) > MAX_TESTS:
            raise WorkTooLarge(f"There are {len(self.tests)} tests; {MAX_TESTS} are the most.")
        if any(not 0 < test.timeout_ms <= MAX_TEST_MS for test in self.tests):
            raise WorkTooLarge(f"A test's time limit lies between 1 and {MAX_TEST_MS:,} ms.")

    @property
    def is_script_only(self) -> bool:
        """Whether there is no document to speak of: then each test gets the code evaluated afresh."""
        return not self.html.strip() and not self.css.strip()

    @property
    def code(self) -> str:
        """All that the learner wrote, as one text."""
        return "\n".join(source for source in (self.html, self.css, self.js) if source)


@dataclass(frozen=True, slots=True)
class TestRun:
    """What became of one test; ``expected`` and ``actual`` are there where an assertion compared two values.

    ``doubts`` are for the author of a test that passed: it made no assertion, or made one after it was over.
    """

    __test__ = False  # pytest: this is not a class of tests

    test_id: str
    outcome: Outcome
    ms: int
    message: str | None
    expected: str | None
    actual: str | None
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class PageError:
    """An error of the page. ``file`` is ``html``, ``css`` or ``js``; line and column count from 1, None where unknown.

    SYNTAX: the browser could not parse a script. EXCEPTION: nothing caught it. REJECTION: of a promise, not handled.
    CONSOLE: a line of ``console.error``. ``during`` is the id of the test that began last before it, None while the
    page loaded.
    """

    kind: ErrorKind
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    during: str | None = None

    def __str__(self) -> str:
        place = {"html": "index.html", "css": "styles.css", "js": "script.js"}.get(self.file or "")
        at = "".join(f":{number}" for number in (self.line, self.column) if number is not None)
        return f"{self.message} ({place}{at})" if place else self.message


@dataclass(frozen=True, slots=True)
class PageRun:
    """What became of a work. ``console``, ``errors`` and ``page_errors`` are the page's own words and prove nothing.

    ``page_errors`` are the texts of ``errors``, those of kind CONSOLE left out: they stand in ``console``.

    ``starved``: a limit ended the run or a test while the browser waited for a core, and the page had not used the
    limit's processor time; the machine may have decided, so a second try is due. ``tries`` is the number of tries that
    reached a browser, ``processor_ms`` the processor time of the page's processes in all of them.

    ``engine`` and ``protocol`` say what made the verdict; ``blocked`` lists the addresses that the page asked for in
    vain; ``screenshot`` is a PNG of the page as it was before its tests.
    """

    status: PageStatus
    tests: tuple[TestRun, ...]
    ms: int
    console: tuple[str, ...]
    page_errors: tuple[str, ...]
    blocked: tuple[str, ...]
    engine: str
    protocol: int
    screenshot: bytes | None = None
    errors: tuple[PageError, ...] = ()
    starved: bool = False
    tries: int = 1
    processor_ms: int = 0

    @property
    def passed(self) -> bool:
        """Whether every test passed; a run without a test has not passed."""
        return self.status == "FINISHED" and bool(self.tests) and all(run.outcome == "PASSED" for run in self.tests)
