"""The bench of repeated runs names what failed in any of them, goes on where it stopped, and mixes no two commits."""

import json
import re
from pathlib import Path

import pytest

from bench.flaky import is_busy, kept, main

# Fails in its second run and in the fourth, beside it one that never does.
SUITE = """
from pathlib import Path
COUNT = Path(__file__).parent / "count"

def test_now_and_then():
    count = int(COUNT.read_text()) + 1 if COUNT.exists() else 1
    COUNT.write_text(str(count))
    assert count not in (2, 4)

def test_always():
    pass
"""


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    (tmp_path / "test_suite.py").write_text(SUITE)
    own = ["--rootdir", str(tmp_path), "-c", "/dev/null", "-p", "no:cacheprovider", "-n", "0"]
    return [*own, str(tmp_path / "test_suite.py")]


def test_runs_are_counted_named_and_gone_on_with(
    arguments: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state.jsonl"
    given = ["--busy-every", "2", "--state", str(state), *arguments]
    assert main(["--runs", "1", *given], "this") == 0
    with state.open("a") as opened:
        opened.write('{"cut off')
    assert main(["--runs", "3", *given], "this") == 1
    lines = [json.loads(line) for line in state.read_text().splitlines()]
    assert [(line["number"], line["busy"], line["tests"]) for line in lines] == [
        (1, False, 2),
        (2, True, 2),
        (3, False, 2),
    ]
    assert [len(line["failed"]) for line in lines] == [0, 1, 0]
    assert (tmp_path / "count").read_text() == "3", "what was done is not done again"
    told = capfd.readouterr().out
    assert "2 of 3 runs without a failure, 1 beside a busy process" in told
    assert re.search(r"failed in 1, of these 1 beside a busy process: \S*test_suite::test_now_and_then$", told, re.M)


def test_a_run_that_cannot_begin_counts_as_failed(tmp_path: Path) -> None:
    given = ["--runs", "1", "--state", str(tmp_path / "state"), "-n", "0", str(tmp_path / "test_nowhere.py")]
    assert main(given) == 1
    assert kept(tmp_path / "state")[0].failed == ["pytest ended with 4"]


def test_a_state_of_something_else_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "state"
    run = {"of": "other", "number": 1, "busy": False, "seconds": 1.0, "tests": 1, "failed": []}
    state.write_text(json.dumps(run) + "\n")
    assert main(["--runs", "1", "--state", str(state)]) == 2
    assert "holds runs of 'other'" in capsys.readouterr().out


@pytest.mark.parametrize(("every", "busy"), [(0, []), (1, [1, 2, 3, 4]), (2, [2, 4]), (3, [3])])
def test_every_so_many_th_run_is_busy(every: int, busy: list[int]) -> None:
    assert [number for number in range(1, 5) if is_busy(number, every)] == busy
