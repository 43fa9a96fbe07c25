"""The trials of the sandbox, in small."""

import json
from pathlib import Path

import pytest

from bench.forge import State, forge
from bench.forging.payloads import PAYLOADS
from bench.sandbox import both, read, speed
from bench.soak import soak
from sandbox.work import TRIES_SECONDS

SOLUTION = {"html": "<h1 id='a'>Title</h1>", "css": "h1 { color: red }", "js": ""}
TESTS = [
    {"id": "t1", "text": "There is a title.", "code": "assert.strictEqual(document.querySelector('h1').id, 'a');"},
    {"id": "t2", "text": "It is red.", "code": "assert.include(code, 'red');", "timeoutMs": 1000},
]


def content(path: Path, starter: dict[str, str]) -> Path:
    challenge = {"slug": "c", "starter": starter, "solution": SOLUTION, "tests": TESTS}
    lesson = {"slug": "l", "challenges": [challenge]}
    tracks = [{"slug": "t", "modules": [{"slug": "m", "lessons": [lesson]}]}]
    path.write_text(json.dumps({"tracks": tracks}))
    return path


async def test_a_file_is_judged_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await both(content(tmp_path / "good.json", {"html": "<h1>Title</h1>"}), browsers=1, only="") == 0
    assert "1 challenges, 2 runs" in capsys.readouterr().out
    assert await both(content(tmp_path / "bad.json", SOLUTION), browsers=1, only="") == 1
    assert "t/m/l/c (starter): FINISHED and passes" in capsys.readouterr().out


async def test_a_file_is_attacked_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    challenges = list(read(content(tmp_path / "good.json", {"html": "<p>red</p>"})))
    state = State(tmp_path / "state.jsonl")
    assert await forge(challenges, state, payloads=PAYLOADS[:3], browsers=1) == 0
    told = capsys.readouterr().out
    assert "behind replace assert: 1 solutions pass" in told
    assert "6 tried in 1 challenges: 0 worlds taken over" in told
    assert await forge(challenges, State(state.file), payloads=PAYLOADS[:3], browsers=1) == 0
    assert "payloads t/m/l/c" not in capsys.readouterr().out


async def test_the_speed_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    found = await speed(browsers=2, runs=4)
    assert found.alone > 0
    assert found.strangers > 0
    assert found.sittings > 0
    assert "4, with nothing beside" in capsys.readouterr().out


async def test_nothing_is_left_after_runs_of_every_kind() -> None:
    """In small what ``python -m bench.soak`` does for hours."""
    found = await soak(30, browsers=2)
    assert (found.faults, found.contexts, found.left) == ([], 0, ())
    assert len(found.processor) == 3
    assert sum(found.after) < 1.5 * sum(found.before)


async def test_on_a_busy_machine_no_verdict_is_wrong_or_lost() -> None:
    """In small what ``python -m bench.soak --load 20`` does, with two looping pages."""
    found = await soak(6, browsers=2, busy=6)
    assert (found.faults, found.contexts, found.left) == ([], 0, ())
    assert len(found.processor) == 2
    assert all(0 < spent <= TRIES_SECONDS for one in found.processor.values() for spent in one)
