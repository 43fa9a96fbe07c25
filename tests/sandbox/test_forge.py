"""Hostile values made from what tests do with a page's values: none may take over the world in which tests run."""

import asyncio
from pathlib import Path

import pytest

from bench.forge import Result, State, expect, try_payloads, try_values
from bench.forging.payloads import PAYLOADS
from bench.forging.uses import read, slices
from bench.forging.values import fits, hostile, trials
from bench.sandbox import read as challenges
from sandbox.pool import Sandbox

FILE = Path(__file__).with_name("uses.json")
USES = {one.path.rpartition("/")[2]: one for one in challenges(FILE)}
FEW = 1  # places for each way in each challenge, so that all together take less than three minutes

slow = pytest.mark.asyncio(loop_scope="session")


def told(code: str) -> dict[str, object]:
    return {name: node.data() for name, node in read([code]).items()}


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("assert.equal(f(1), 2);", {"f": {"called": {"uses": ["std assert.equal 0"]}}}),
        ("await new F(s)();", {"F", "s"}),
        ("const { a } = g(); a.go();", {"g": {"called": {"members": {"a": {"members": {"go": {"called": {}}}}}}}}),
        ("window.start(); page.eval('stop').now;", {"start", "stop"}),
        ("const own = 1; [own].map((x) => x + own); assert.isTrue(document.hidden, code);", {}),
        ("'x'.replace(re, '');", {"re": {"uses": ["method replace 0"]}}),
        ("each([1], (x) => x.y);", {"each": {"called": {}, "callbacks": {"1 0": {"members": {"y": {}}}}}}),
        ("for (const x of list) x();", {"list": {"uses": ["iterated"], "element": {"called": {}}}}),
        ("box.size = 1;", {"box": {"uses": ["changed"]}}),
    ],
)
def test_each_use_of_a_name_of_the_page_is_found(code: str, found: dict[str, object] | set[str]) -> None:
    assert (set(told(code)) if isinstance(found, set) else told(code)) == found


def test_each_assertion_of_a_test_is_reached() -> None:
    code = "const x = f();\nassert.equal(x, 1);\nassert.equal(g(x), 2);"
    assert slices(code) == ["const x = f();\nassert.equal(x, 1);", "const x = f();\nassert.equal(g(x), 2);"]
    assert slices("assert.isTrue(f());") == ["assert.isTrue(f());"]


def test_ways_without_a_place_in_a_test_are_left_out() -> None:
    compared, called = read(["assert.equal(x, 1);"]), read(["f(text);"])
    assert [fits(way, compared) for way in ("hooks-eval", "call-eval", "act-Object.assign")] == [True, False, False]
    assert all(fits(way, called) for way in ("hooks-eval", "call-eval", "act-Object.assign"))


def test_results_are_kept_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "state.jsonl"
    state = State(file)
    state.add("values a", Result("a", 3))
    state.add("values b", Result("b", 4, taken=[("call-eval", "t1", "text")]))
    with file.open("a") as lines:
        lines.write('\n{"key": "values c", "resu')
    State(file).add("values d", Result("d", 5))
    results = State(file).results
    assert {key: result.tried for key, result in results.items()} == {"values a": 3, "values b": 4, "values d": 5}
    assert [tuple(one) for one in results["values b"].taken] == [("call-eval", "t1", "text")]


@slow
async def test_no_hostile_value_takes_the_world_of_the_tests_over(sandbox: Sandbox) -> None:
    expected = await expect(sandbox)
    tried = {trial.way for one in USES.values() for trial in trials(one.solution, expected.ways, FEW)}
    assert tried == set(expected.ways)
    assert len(tried) > 150
    results = await asyncio.gather(*(try_values(sandbox, expected, one, expected.ways, FEW) for one in USES.values()))
    assert sum(result.tried for result in results) > 500
    assert [(result.path, *taken) for result in results for taken in (*result.taken, *result.forged)] == []
    assert [line for result in results for line in result.unfinished] == []


@slow
@pytest.mark.parametrize("name", ["callbacks", "texts-and-functions"])
async def test_no_payload_passes_a_page_without_a_document(sandbox: Sandbox, name: str) -> None:
    expected = await expect(sandbox)
    result = await try_payloads(sandbox, expected, USES[name], PAYLOADS[::4])
    assert (result.taken, result.forged, result.unfinished) == ([], [], [])


def test_every_challenge_has_hostile_values_to_try() -> None:
    for one in USES.values():
        assert hostile(one.solution)
        assert len(list(trials(one.solution, ["hooks-eval", "text"]))) > 10
