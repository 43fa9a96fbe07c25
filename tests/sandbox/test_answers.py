"""Answers of the tests' world that are none: each is a status of the run, and none is an exception."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from sandbox import answers
from sandbox.answers import Late, Malformed
from sandbox.pool import Sandbox
from sandbox.visit import Visit
from sandbox.work import PageError, PageRun, Test, Work
from tests.fix_sandbox import conclusive, failures

PASSED: dict[str, Any] = {
    "outcome": "PASSED",
    "message": None,
    "expected": None,
    "actual": None,
    "ms": 1.5,
    "doubts": [],
}
TOLD: dict[str, Any] = {"console": ["a line"], "errors": [], "blocked": [], "late": []}


def changed(given: dict[str, Any], **changes: Any) -> str:
    return json.dumps(given | changes)


def without(given: dict[str, Any], name: str) -> str:
    return json.dumps({key: value for key, value in given.items() if key != name})


MALFORMED_RUNS: dict[str, object] = {
    "nothing": None,
    "an int": 7,
    "a boolean": True,
    "a list that is no text": [PASSED],
    "an object that is no text": PASSED,
    "an empty text": "",
    "no JSON": "PASSED",
    "half an object": json.dumps(PASSED)[:-1],
    "two objects": json.dumps(PASSED) * 2,
    "null": "null",
    "a list": json.dumps([PASSED]),
    "an outcome alone": '"PASSED"',
    "no outcome": without(PASSED, "outcome"),
    "no milliseconds": without(PASSED, "ms"),
    "no message": without(PASSED, "message"),
    "an outcome that is none": changed(PASSED, outcome="passed"),
    "an outcome of the driver's": changed(PASSED, outcome="SKIPPED"),
    "a boolean outcome": changed(PASSED, outcome=True),
    "a list of outcomes": changed(PASSED, outcome=["PASSED"]),
    "a number as message": changed(PASSED, message=1),
    "an object as expected": changed(PASSED, expected={"toString": 1}),
    "boolean milliseconds": changed(PASSED, ms=True),
    "milliseconds as text": changed(PASSED, ms="1"),
    "NaN": changed(PASSED, ms=float("nan")),
    "Infinity": changed(PASSED, ms=float("inf")),
    "a number beyond all": json.dumps(PASSED).replace("1.5", "1e999"),
    "a negative number": changed(PASSED, ms=-1),
    "a huge whole number": changed(PASSED, ms=10**400),
    "more digits than are read": json.dumps(PASSED).replace("1.5", "9" * 5_000),
    "doubts that are none": changed(PASSED, doubts=["PERHAPS"]),
    "doubts as text": changed(PASSED, doubts="NOT_AWAITED"),
    "null as doubts": changed(PASSED, doubts=None),
    "too deep": "[" * 200_000 + "]" * 200_000,
    "deep objects": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "too long": changed(PASSED, message="x" * 1_000_001),
}
MALFORMED_TOLD: dict[str, object] = {
    "nothing": None,
    "an int": 7,
    "no JSON": "told",
    "a list": json.dumps([TOLD]),
    "no console": without(TOLD, "console"),
    "no errors": without(TOLD, "errors"),
    "no blocked": without(TOLD, "blocked"),
    "a console that is a text": changed(TOLD, console="line"),
    "a number in the console": changed(TOLD, console=[1]),
    "null among the errors": changed(TOLD, errors=[None]),
    "an error of no kind": changed(TOLD, errors=[{"message": "m"}]),
    "an error of another kind": changed(TOLD, errors=[{"kind": "FATAL", "message": "m"}]),
    "an error without a message": changed(TOLD, errors=[{"kind": "SYNTAX"}]),
    "another file": changed(TOLD, errors=[{"kind": "SYNTAX", "message": "m", "file": "/etc/passwd"}]),
    "half a line": changed(TOLD, errors=[{"kind": "SYNTAX", "message": "m", "line": 1.5}]),
    "a boolean line": changed(TOLD, errors=[{"kind": "SYNTAX", "message": "m", "line": True}]),
    "late that is an object": changed(TOLD, late={}),
    "late without an index": changed(TOLD, late=[{"message": "m", "doubt": None}]),
    "late before the first": changed(TOLD, late=[{"index": -1, "message": "m", "doubt": None}]),
    "late of a boolean": changed(TOLD, late=[{"index": True, "message": "m", "doubt": None}]),
    "a late number": changed(TOLD, late=[{"index": 0, "message": 1, "doubt": None}]),
    "another doubt": changed(TOLD, late=[{"index": 0, "message": None, "doubt": "NO_ASSERTION "}]),
    "too deep": "[" * 200_000 + "]" * 200_000,
    "too long": changed(TOLD, console=["x" * 1_000_001]),
}


@pytest.mark.parametrize("answer", MALFORMED_RUNS.values(), ids=MALFORMED_RUNS)
def test_an_answer_of_run_that_is_none_is_malformed(answer: object) -> None:
    with pytest.raises(Malformed) as raised:
        answers.parse_run(answer)
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize("answer", MALFORMED_TOLD.values(), ids=MALFORMED_TOLD)
def test_an_answer_of_told_that_is_none_is_malformed(answer: object) -> None:
    with pytest.raises(Malformed) as raised:
        answers.parse_told(answer)
    assert len(str(raised.value)) < 400


def test_good_answers_are_read_and_cut() -> None:
    run = answers.parse_run(
        changed(PASSED, outcome="FAILED", message="m" * 3_000, expected="1", ms=2, more="left aside")
    )
    assert (run.outcome, len(run.message or ""), run.expected, run.actual, run.ms) == ("FAILED", 2_000, "1", None, 2.0)
    assert answers.parse_run(without(PASSED, "doubts")).doubts == ()
    assert answers.parse_run(changed(PASSED, doubts=["NO_ASSERTION"] * 2)).doubts == ("NO_ASSERTION",)
    error = {"kind": "SYNTAX", "message": "Unexpected token", "file": "js", "line": 3, "column": None}
    late = {"index": 1, "message": None, "doubt": "NOT_AWAITED"}
    told = answers.parse_told(changed(TOLD, errors=[error, "TypeError: x"], console=["l" * 900] * 90, late=[late]))
    assert told.errors == (
        PageError("SYNTAX", "Unexpected token", "js", 3, None),
        PageError("EXCEPTION", "TypeError: x"),
    )
    assert (len(told.console), len(told.console[0])) == (50, 500)
    assert told.late == (Late(1, None, "NOT_AWAITED"),)
    assert answers.parse_told(without(TOLD, "late")).late == ()


Answers = Callable[..., None]


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Let the tests' world of a real page answer this, as one that was taken over would."""
    real = Visit.call

    def answer(**given: object) -> None:
        async def call(visit: Visit, function: str, argument: object = None) -> object:
            return given[function] if function in given else await real(visit, function, argument)

        monkeypatch.setattr(Visit, "call", call)

    return answer


async def run(sandbox: Sandbox, **more: Any) -> PageRun:
    tests = (Test("1", "assert.ok(1);"), Test("2", "assert.ok(1);"))
    return await conclusive(sandbox, Work("<p></p>", "", "", tests, **more))


@pytest.mark.asyncio(loop_scope="session")
async def test_every_malformed_answer_of_a_test_is_a_status_of_its_run(sandbox: Sandbox, answering: Answers) -> None:
    async with sandbox.sitting() as sitting:
        for name, answer in MALFORMED_RUNS.items():
            answering(run=answer)
            tests = (Test("1", "assert.ok(1);"), Test("2", "assert.ok(1);"))
            found = await conclusive(sitting, Work("<p></p>", "", "", tests))
            assert (found.status, [one.outcome for one in found.tests]) == ("RUNNER_ERROR", ["SKIPPED"] * 2), name
            assert not found.passed
            assert sitting.last is not None
            assert not sitting.last.is_normal, "the browser is not used again"


@pytest.mark.asyncio(loop_scope="session")
async def test_a_malformed_answer_of_the_set_up_is_a_status(sandbox: Sandbox, answering: Answers) -> None:
    answering(run="{}")
    assert (await run(sandbox, before_all="wanted = 1;")).status == "RUNNER_ERROR"


@pytest.mark.asyncio(loop_scope="session")
async def test_what_is_malformed_of_what_was_told_changes_no_verdict(sandbox: Sandbox, answering: Answers) -> None:
    async with sandbox.sitting() as sitting:
        for name, answer in MALFORMED_TOLD.items():
            answering(told=answer)
            found = await conclusive(sitting, Work("<p></p>", "", "", (Test("1", "assert.ok(1);"),)))
            assert failures(found) == [], name
            assert (found.console, found.errors, found.page_errors) == ((), (), ())


@pytest.mark.asyncio(loop_scope="session")
async def test_an_assertion_that_fails_after_its_test_makes_it_an_error(sandbox: Sandbox, answering: Answers) -> None:
    late = [
        {"index": 0, "message": "expected 1 to equal 2", "doubt": "NOT_AWAITED"},
        {"index": 1, "message": None, "doubt": "NOT_AWAITED"},
        {"index": 9, "message": "of no test", "doubt": None},
    ]
    answering(told=changed(TOLD, late=late))
    found = await run(sandbox)
    assert [(one.outcome, one.message) for one in found.tests] == [("ERROR", "expected 1 to equal 2"), ("PASSED", None)]
    assert [one.doubts for one in found.tests] == [("NOT_AWAITED",)] * 2
    assert (found.status, found.passed) == ("FINISHED", False)


@pytest.mark.asyncio(loop_scope="session")
async def test_what_failed_already_keeps_its_message(sandbox: Sandbox, answering: Answers) -> None:
    failed = changed(PASSED, outcome="FAILED", message="first")
    answering(run=failed, told=changed(TOLD, late=[{"index": 0, "message": "later", "doubt": None}]))
    assert [(one.outcome, one.message) for one in (await run(sandbox)).tests] == [("FAILED", "first")] * 2


@pytest.mark.asyncio(loop_scope="session")
async def test_errors_keep_their_place_and_lines_of_the_console_are_no_page_errors(
    sandbox: Sandbox, answering: Answers
) -> None:
    syntax = {"kind": "SYNTAX", "message": "Unexpected token '}'", "file": "js", "line": 3, "column": 7}
    printed = {"kind": "CONSOLE", "message": "printed", "file": None, "line": None, "column": None}
    answering(told=changed(TOLD, errors=[syntax, printed]))
    found = await run(sandbox)
    assert found.errors == (
        PageError("SYNTAX", "Unexpected token '}'", "js", 3, 7),
        PageError("CONSOLE", "printed"),
    )
    assert found.page_errors == ("Unexpected token '}' (script.js:3:7)",)
    assert found.console == ("a line",)
