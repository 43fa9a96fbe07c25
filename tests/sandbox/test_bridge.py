"""What crosses the bridge: every kind of value, in both directions, becomes nothing but what is listed here."""

import re
from pathlib import Path

import pytest

from sandbox.visit import BRIDGE
from tests.fix_sandbox import Judge, failures

# What each operation of the bridge does, and to whose objects. One that is added needs a line here.
ON_OBJECTS = {
    "get": "reads a property of the asked side's object; its getter runs in the asked side's world",
    "set": "sets a property of it",
    "has": "tells whether it has a property",
    "delete": "removes a property of it",
    "keys": "names its own properties",
    "own": "describes an own property of it",
    "define": "defines a property of it",
    "proto": "tells its prototype",
    "set proto": "changes its prototype",
    "extensible": "tells whether it can get properties",
    "prevent": "prevents that",
    "call": "calls it in the asked side's world",
    "new": "constructs it in the asked side's world",
    "instance": "tells whether a node is an instance of it",
    "source": "gives the text of a function",
}
ON_EITHER_SIDE = {
    "settle": "settles a promise that stands for the asking side's",
    "sync": "does nothing: changes of copies travel with every message",
    "describe": "describes an object that was handed out before",
}
ON_THE_PAGE = {
    "name": "what a name means in the page",
    "declared": "whether the page itself declared it",
    "assign": "assigns to it in the page",
    "eval": "evaluates a text in the page",
    "own of window": "reads a property of the page's window",
    "patch": "replaces a property of a built-in object of the page",
    "text": "describes a value of the page by its data",
    "method": "calls a built-in method of the page's own, as it was before the page began",
    "listen": "adds or removes a listener in the page",
    "dispatch": "dispatches an event of the page",
    "clone": "copies a value in the page",
    "items": "lists what is in a collection of the page",
    "begin": "prepares the page for the next test",
    "added": "lists methods that the page added to prototypes",
    "lines": "tells what the page printed",
}

CLASSES = [
    *("Object", "Array", "String", "Number", "Boolean", "Symbol", "BigInt", "Date", "RegExp", "Promise", "Map", "Set"),
    *(
        "WeakMap",
        "WeakSet",
        "WeakRef",
        "Error",
        "EvalError",
        "RangeError",
        "ReferenceError",
        "SyntaxError",
        "TypeError",
    ),
    *("URIError", "AggregateError", "ArrayBuffer", "DataView", "Int8Array", "Uint8Array", "Uint8ClampedArray"),
    *("Int16Array", "Uint16Array", "Int32Array", "Uint32Array", "Float32Array", "Float64Array", "BigInt64Array"),
    *("BigUint64Array", "Iterator", "Function"),
]
CODE = dict(
    re.findall(r"^// == (.*)\n((?:(?!// == ).*\n)*)", Path(__file__).with_name("bridge.js").read_text(), re.MULTILINE)
)
WALK, PAGE = CODE["walk"], CODE["walk"] + CODE["page"]


def operations(file: str) -> set[str]:
    return set(re.findall(r"case '([^']+)':", (BRIDGE / file).read_text()))


def test_each_operation_of_the_bridge_is_listed_with_what_it_does() -> None:
    assert operations("operations.js") == set(ON_OBJECTS)
    special = (BRIDGE / "agent.js").read_text().partition("special(op")[2].partition("const intrinsics")[0]
    assert set(re.findall(r"case '([^']+)':", special)) == set(ON_THE_PAGE)
    operate = (BRIDGE / "membrane.js").read_text().partition("function operate(")[2].partition("const copies =")[0]
    assert set(re.findall(r"op === '([^']+)'", operate)) == set(ON_EITHER_SIDE)


def test_the_tests_side_answers_no_operation_of_its_own() -> None:
    assert "  special: () => undefined,\n" in (BRIDGE / "running.js").read_text()


def test_each_entry_of_the_allow_list_has_a_reason() -> None:
    text = (BRIDGE / "intrinsics.js").read_text()
    listed = text.partition("const map = ")[2].partition("/** Prototypes whose methods work on a Proxy")[0]
    entries = re.findall(r"^map\(((?:.|\n)*?)\);$", listed, re.MULTILINE)
    assert len(entries) == len(re.findall(r"^map\(", listed, re.MULTILINE)) >= 7
    assert all(len(entry.partition(",")[0]) > 20 for entry in entries)


@pytest.mark.asyncio(loop_scope="session")
async def test_no_built_in_of_the_page_becomes_one_of_the_tests_but_those_listed(judge: Judge) -> None:
    test = f"{WALK}const classes = new Set({CLASSES});{CODE['no built-in but those listed']}"
    assert failures(await judge(test, html="<p>x</p>", js=PAGE, ms=5_000)) == []


@pytest.mark.asyncio(loop_scope="session")
async def test_no_value_of_the_page_leads_to_a_built_in_of_the_tests_but_those_listed(judge: Judge) -> None:
    own = (
        "assert.strictEqual(samples.evaluate('typeof samples'), 'object');"
        "assert.notStrictEqual(samples.evaluate, eval); assert.notStrictEqual(samples.reflect, Reflect);"
    )
    run = await judge(WALK + CODE["nothing that leads to one"], own, html="<p>x</p>", js=PAGE, ms=5_000)
    assert failures(run) == []


@pytest.mark.asyncio(loop_scope="session")
async def test_nothing_that_a_test_hands_over_leads_to_a_maker_of_code_of_the_tests(judge: Judge) -> None:
    run = await judge(CODE["nothing handed over"], html="<p>x</p>", js=PAGE, ms=5_000)
    assert failures(run) == []
