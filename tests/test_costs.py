"""What a test costs is found in what it reaches, and the fast suite holds most tests and starts nothing else."""

import re
import subprocess
import sys
from asyncio import create_subprocess_exec
from pathlib import Path

import pytest

from sandbox.pool import Sandbox
from tests import browser
from tests.fix_costs import costs

SUITE = """
import subprocess, sys
PROGRAM = {"name": "run"}

def test_started_where_nobody_sees_it():
    getattr(__import__("subprocess"), PROGRAM["name"])([sys.executable, "-c", "pass"])

def test_plain():
    pass
"""


def _nothing(sandbox: Sandbox) -> "subprocess.Popen[str] | None":
    """Types cost nothing."""
    return None


async def _sandbox() -> None:
    await Sandbox.open("")


def _through_another() -> None:
    def within() -> object:
        return browser.Browser()

    within()


async def _process() -> None:
    await create_subprocess_exec("true")


class _Starter:
    def start(self) -> None:
        subprocess.run(["true"], check=True)


def _through_a_class() -> None:
    _Starter().start()


def test_costs_are_found_in_what_a_function_reaches() -> None:
    assert costs([_nothing]) == set()
    assert costs([_sandbox]) == {"browser"}
    assert costs([_process]) == {"process"}
    assert costs([_through_a_class]) == {"process"}
    assert "browser" in costs([_through_another])
    assert costs([lambda: (_through_a_class, _sandbox)]) == {"process", "browser"}


def test_most_tests_are_fast_and_the_rest_is_counted(root: Path) -> None:
    words = [sys.executable, "-m", "pytest", "--collect-only", "-q", "--fast", "-n", "0", "-p", "no:cacheprovider"]
    told = subprocess.run([*words, "tests"], cwd=root, capture_output=True, text=True, check=True).stdout
    found = re.search(r"^Left out: (\d+) of (\d+) tests \((\d+ [a-z]+(?:, )?)+\)$", told, re.M)
    assert found, told[-500:]
    left, every = int(found[1]), int(found[2])
    assert every - left == len(re.findall(r"^tests/\S+::", told, re.M))
    assert (every - left) / every >= 0.75


def test_a_process_that_the_look_misses_fails_the_fast_suite(tmp_path: Path, root: Path) -> None:
    (tmp_path / "test_suite.py").write_text(SUITE)
    words = ["-m", "pytest", "-q", "--fast", "-n", "0", "-p", "no:cacheprovider", "-p", "tests.fix_costs"]
    own = ["--rootdir", str(tmp_path), "-c", str(tmp_path / "pytest.ini"), str(tmp_path / "test_suite.py")]
    marks = "".join(f"    {name}\n" for name in ("browser", "process", "node", "long"))
    (tmp_path / "pytest.ini").write_text(f"[pytest]\nmarkers =\n{marks}")
    done = subprocess.run([sys.executable, *words, *own], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout
    assert "this test starts a process, which nothing in its code told" in done.stdout
    assert re.search(r"2 passed, 1 error", done.stdout), done.stdout


@pytest.mark.parametrize("name", ["browser", "process", "node"])
def test_no_test_is_marked_by_hand(name: str, root: Path) -> None:
    marked = [str(path) for path in (root / "tests").rglob("*.py") if f"pytest.mark.{name}" in path.read_text()]
    assert [path for path in marked if not path.endswith("test_costs.py")] == []
