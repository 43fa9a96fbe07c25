"""Works that were once judged wrong: correct code, forged verdicts, values that lie, and messages that say nothing."""

import pytest

from sandbox.pool import Sandbox
from sandbox.work import PageRun
from tests.fix_sandbox import conclusive, failures
from tests.sandbox.verdict_cases import ALIKE, ALL, CORRECT, FORGED, LIES, STOLEN, UNPARSED, Case

pytestmark = pytest.mark.asyncio(loop_scope="session")


def passing_in_spite(run: PageRun, case: Case) -> list[str]:
    """The tests that passed and must not."""
    return [one.test_id for one in run.tests if one.test_id in case.failing and one.outcome not in ("FAILED", "ERROR")]


@pytest.mark.parametrize("case", CORRECT, ids=str)
async def test_correct_code_passes(sandbox: Sandbox, case: Case) -> None:
    run = await conclusive(sandbox, case.work)
    assert failures(run) == []
    assert run.passed


@pytest.mark.parametrize("case", FORGED, ids=str)
async def test_a_forged_verdict_does_not_stand(sandbox: Sandbox, case: Case) -> None:
    run = await conclusive(sandbox, case.work)
    assert not run.passed
    assert passing_in_spite(run, case) == []
    untrue = run.tests[1]
    assert (untrue.outcome, untrue.expected, untrue.actual) == ("FAILED", "2", "1")


@pytest.mark.parametrize("case", LIES, ids=str)
async def test_what_only_seems_right_does_not_pass(sandbox: Sandbox, case: Case) -> None:
    run = await conclusive(sandbox, case.work)
    assert not run.passed
    assert passing_in_spite(run, case) == []


async def test_no_message_tells_the_code_of_a_test(sandbox: Sandbox) -> None:
    run = await conclusive(sandbox, STOLEN.work)
    assert passing_in_spite(run, STOLEN) == []
    told = [text for one in run.tests for text in (one.message, one.expected, one.actual) if text is not None]
    assert [text for text in (*told, *run.console, *run.page_errors) if "the expected answer" in text] == []
    assert [text for text in (*told, *run.console, *run.page_errors) if "assert.equal" in text] == []


async def test_a_syntax_error_is_named_with_its_place(sandbox: Sandbox) -> None:
    run = await conclusive(sandbox, UNPARSED.work)
    assert run.tests[0].outcome == "ERROR"
    assert "SyntaxError" in str(run.tests[0].message)
    assert "script.js:2:1" in str(run.tests[0].message)
    (error,) = [error for error in run.errors if error.kind == "SYNTAX"]
    assert (error.file, error.line, error.column) == ("js", 2, 1)
    assert "Unexpected end of input" in error.message


async def test_texts_that_differ_at_their_ends_are_told_apart(sandbox: Sandbox) -> None:
    run = await conclusive(sandbox, ALIKE.work)
    told = run.tests[0]
    assert told.outcome == "FAILED"
    assert told.expected != told.actual
    assert "more text." in str(told.expected)
    assert "more text!" in str(told.actual)
    assert "more text." in str(told.message)
    assert "more text!" in str(told.message)


async def test_each_case_has_a_name_of_its_own_and_a_verdict() -> None:
    assert len({case.name for case in ALL}) == len(ALL) == 32
    assert all((case.expect == "PASSED") == (case in CORRECT) for case in ALL)
    assert all(set(case.failing) <= {test.id for test in case.work.tests} for case in ALL)
