"""Each kind of start says what it can do, runs nothing in less isolation than it says, and leaves nothing behind."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox import processes
from sandbox.browsers import find_browser
from sandbox.pool import Sandbox
from sandbox.work import PageRun, RunnerUnavailable, Test, Work
from tests.fix_sandbox import failures

ROOT = Path(__file__).parents[2]
WORK = Work("<p>a</p>", "", "let n = 1;", (Test("1", "assert.strictEqual(n, 1);"),))

SCRIPT = """
import asyncio, ctypes, os, sys
from pathlib import Path
from sandbox.pool import Sandbox
from sandbox.work import RunnerUnavailable, Test, Work
FORBIDDEN, WEAK = sys.argv[1] == "forbidden", sys.argv[2] == "weak"
uid, gid = os.getuid(), os.getgid()
if FORBIDDEN or uid == 0:  # a namespace in which we are an ordinary user, and no further one can be made
    assert ctypes.CDLL(None).unshare(0x10000000) == 0
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid or 1000} {uid} 1"),
                       ("gid_map", f"{gid or 1000} {gid} 1")):
        Path("/proc/self", name).write_text(text)
    assert os.geteuid() != 0
if FORBIDDEN:
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
async def main():
    try:
        sandbox = await Sandbox.open(Path(sys.argv[3]).read_text(), browsers=1, allow_weak=WEAK)
    except RunnerUnavailable as error:
        print("unavailable:", error)
        return
    async with sandbox:
        print(sandbox.isolation.sentence())
        work = Work("<p>a</p>", "", "let n = 1;", (Test("1", "assert.strictEqual(n, 1);"),))
        print("passed:", (await sandbox.run(work)).passed, flush=True)
        if sys.argv[3:] == ["stay"]:
            print(*[slot.browser.number for slot in sandbox._slots if slot.browser], flush=True)
            await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.fixture
def words(tmp_path: Path, chai: str) -> list[str]:
    """The beginning of a command that runs the script as an ordinary user."""
    (tmp_path / "chai.js").write_text(chai)
    return [sys.executable, "-c", SCRIPT.replace("sys.argv[3]", repr(str(tmp_path / "chai.js")))]


def told(words: list[str], *arguments: str) -> str:
    """What the script says when an ordinary user runs it."""
    done = subprocess.run([*words, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.asyncio(loop_scope="session")
async def test_it_says_what_walls_there_are(sandbox: Sandbox) -> None:
    found = sandbox.isolation
    assert found.own_sandbox
    sentence = found.sentence()
    assert "own sandbox is on" in sentence
    if os.geteuid() == 0:
        assert "user of its own" in sentence
    if found.network_cut:
        assert "has no network" in sentence
    assert found.browser == sandbox.engine


@pytest.mark.asyncio(loop_scope="session")
async def test_without_a_browser_it_says_what_to_install(chai: str, tmp_path: Path) -> None:
    with pytest.raises(RunnerUnavailable, match=r"No Chromium .* apt-get install chromium-headless-shell"):
        await Sandbox.open(chai, environ={"PALIMPSEST_CHROMIUM": str(tmp_path / "none")})


@pytest.mark.asyncio(loop_scope="session")
async def test_a_program_that_is_no_browser_is_not_available(chai: str) -> None:
    with pytest.raises(RunnerUnavailable, match="true does not start with its own sandbox here"):
        await Sandbox.open(chai, environ={"PALIMPSEST_CHROMIUM": str(shutil.which("true"))})


def test_a_named_browser_is_the_only_one_that_is_looked_for(tmp_path: Path) -> None:
    assert find_browser({"PALIMPSEST_CHROMIUM": str(tmp_path)}) is None
    program = tmp_path / "chrome"
    program.write_text("")
    program.chmod(0o755)
    assert find_browser({"PALIMPSEST_CHROMIUM": str(program)}) == program


def test_an_ordinary_user_gets_the_same_walls(words: list[str]) -> None:
    said = told(words, "allowed", "strong")
    assert "own sandbox is on" in said
    assert "passed: True" in said
    if sys.platform == "linux":
        assert "its process has no network" in said


@pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")
def test_with_namespaces_forbidden_it_refuses_unless_told_by_name(words: list[str]) -> None:
    said = told(words, "forbidden", "strong")
    assert said.startswith("unavailable: ")
    assert "allow user namespaces" in said
    said = told(words, "forbidden", "weak")
    assert "own sandbox is OFF" in said
    assert "no network namespace can be had here" in said
    assert "passed: True" in said


def test_a_killed_owner_takes_its_browsers_along(words: list[str]) -> None:
    stay = [*words, "allowed", "strong", "stay"]
    with subprocess.Popen(stay, cwd=ROOT, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        said = [owner.stdout.readline() for _ in range(3)]
        numbers = [int(number) for number in said[2].split()]
        assert numbers
        assert all(processes.group(number) for number in numbers)
        owner.send_signal(signal.SIGKILL)
    until = time.monotonic() + 5
    while any(processes.group(number) for number in numbers) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(processes.group(number) for number in numbers)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_browser_is_replaced_after_its_runs_and_a_closed_sandbox_refuses(chai: str) -> None:
    async with await Sandbox.open(chai, browsers=1, runs=2) as sandbox:
        seen = []
        for _ in range(5):
            assert failures(await sandbox.run(WORK)) == []
            seen += [slot.browser.number for slot in sandbox._slots if slot.browser]
        assert len(set(seen)) >= 2
        waiting = [asyncio.create_task(sandbox.run(WORK)) for _ in range(4)]
        await asyncio.sleep(0)
        await sandbox.close()
        ended = await asyncio.gather(*waiting, return_exceptions=True)
    refused = [one for one in ended if isinstance(one, RunnerUnavailable)]
    cut_off = [one for one in ended if isinstance(one, PageRun) and one.status == "RUNNER_ERROR"]
    assert len(refused) + len(cut_off) == 4
    assert all(slot.browser is None for slot in sandbox._slots)
    with pytest.raises(RunnerUnavailable):
        await sandbox.run(WORK)
