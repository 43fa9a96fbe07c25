"""In small what ``python -m bench.replay`` does with a whole curriculum: a plan tells what runs by hand tell."""

from typing import Any

import pytest

from bench.replay import challenges, changed, drift, opened, pruned, speed
from core.sealing import Keyring
from sandbox.pool import Sandbox

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONG = "<p>" + "x" * 600 + "</p>"


def tree() -> list[dict[str, Any]]:
    """Six challenges, so that each way to change tests meets a solution that it breaks and one that it does not."""

    def challenge(number: int, html: str) -> dict[str, Any]:
        code = "assert.equal(document.querySelector('h1').innerText, 'Hi');"
        tests = [
            {"id": "t1", "text": "It says Hi.", "code": code},
            {"id": "t2", "text": "It is.", "code": "assert(1);"},
        ]
        given = {"slug": f"c{number}", "title": f"C{number}", "instructions": "Say hi.", "difficulty": "EASY"}
        parts = {"starter": {"html": "<p></p>"}, "solution": {"html": html}, "tests": tests}
        return given | {"points": 1, "estimatedTimeMinutes": 1} | parts

    pages = [
        "<h1>Hi</h1>",
        "<h1>Hi</h1>",
        "<h1>Hi</h1>",
        f"<h1>Hi</h1>{LONG}",
        f"<h1>Hi</h1>{LONG}",
        f"<h1>Hi</h1>{LONG}",
    ]
    found = [challenge(number, html) for number, html in enumerate(pages)]
    lesson = {"slug": "l", "title": "L", "challenges": found}
    return [{"slug": "t", "title": "T", "modules": [{"slug": "m", "title": "M", "lessons": [lesson]}]}]


async def test_on_drift_a_replay_tells_what_runs_by_hand_tell(
    gateway_url: str, owner_url: str, keyring: Keyring, sandbox: Sandbox
) -> None:
    async with opened(gateway_url, owner_url, keyring, sandbox) as bench:
        found = await drift(bench, tree())
    assert found.differ == []
    assert (found.challenges, found.pairs, found.broken, found.newly_pass) == (6, 12, 2, 0)


async def test_how_fast_solutions_are_replayed_is_taken(
    gateway_url: str, owner_url: str, keyring: Keyring, sandbox: Sandbox
) -> None:
    async with opened(gateway_url, owner_url, keyring, sandbox) as bench:
        taken = await speed(bench, tree(), 6)
    assert (taken.solutions, taken.still_pass) == (6, 6)
    assert taken.seconds > 0
    assert taken.cpu_seconds > 0


async def test_tests_are_changed_as_authors_change_them() -> None:
    tests = tree()[0]["modules"][0]["lessons"][0]["challenges"][0]["tests"]
    ids = [[test["id"] for test in changed(tests, way)] for way in range(3)]
    assert ids == [["t1", "t2"], ["new-t1", "new-t2"], ["t1", "t2", "more"]]
    assert changed(tests, 0)[0]["code"] != tests[0]["code"]
    assert [path for path, _ in challenges(pruned(tree(), {"t/m/l/c1", "t/m/l/c5"}))] == ["t/m/l/c1", "t/m/l/c5"]
