"""Pages that give a challenge's tests hostile values for every name that the tests ask them for.

The values are made in the page by ``values.js``, from what ``forge_uses`` found that the tests do with each name.
A test chooses the way in which they are hostile, so one page serves many of them.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bench.forging.uses import Node, read, slices
from sandbox.work import Test, Work

VALUES = Path(__file__).with_name("values.js").read_text()
# ways by which later tests are stolen, where text runs in the tests' world at all
STEALING = ("steal-call-eval", "steal-inspect-inspect", "steal-json-key-eval", "steal-method-eval", "steal-given-eval")
# assertions that no value of these ways may pass: what it claims to be it is not
LIES = {
    "lie-String": ("isString", "include"),
    "lie-Number": ("isNumber", "isAbove", "isBelow", "isAtLeast", "isAtMost"),
    "lie-Boolean": ("isBoolean",),
    "lie-Array": ("isArray", "include"),
    "lie-methods": ("include",),
}
LONE_FUNCTION = re.compile(r"\s*(async\b\s*)?(function\b|\([^()]*\)\s*=>|[\w$]+\s*=>)")
MS = 1_000

PROBE = Path(__file__).with_name("probe.js").read_text()
LATE = "await new Promise((done) => setTimeout(done, 8));"  # what was put off has run by then


@dataclass(frozen=True, slots=True)
class Trial:
    """One test, or a part of one, with one way in which the page's values are hostile."""

    way: str
    part: int
    test_id: str
    code: str

    @property
    def is_lie(self) -> bool:
        """Whether the test can pass only when it believes a value that is not what it claims to be."""
        return self.way in LIES and self.code.count("assert") == 1

    def tests(self, number: int) -> tuple[Test, Test]:
        """The test that gets the hostile values, and the one that looks at the tests' world after it."""
        code = self.code
        if LONE_FUNCTION.match(code):
            code = f"return ({code.rstrip().rstrip(';')}\n)();"
        late = LATE if "imeout" in self.way or "nterval" in self.way or "setTimeout" in code else ""
        chosen = f"forgeWay = '{self.part} {self.way}';\n{code}"
        return Test(f"{number} {self.way}", chosen, MS), Test(f"{number} probe", late + PROBE, MS)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a test, and what it does with the page's values."""

    test_id: str
    code: str
    names: dict[str, Node]

    def told(self) -> str:
        """The names and uses as JSON."""
        return json.dumps({name: node.data() for name, node in self.names.items()}, sort_keys=True)


def parts(solution: Work) -> list[Part]:
    """All parts of all tests that ask the page for a name; of those that use all values alike, the first."""
    found: dict[str, Part] = {}
    for test in solution.tests:
        for code in slices(test.code):
            part = Part(test.id, code, read([code]))
            if part.names:
                found.setdefault(part.told(), part)
    return list(found.values())


def hostile(solution: Work) -> Work | None:
    """The page with hostile values in the place of its script; None where its tests ask the page for no name."""
    told = ",\n".join(part.told() for part in parts(solution))
    if not told:
        return None
    kept = solution.js.replace("*/", "* /")  # for tests that read the source
    return replace(solution, js=f"const PARTS = [{told}];\n{VALUES}\n/*\n{kept}\n*/")


def trials(solution: Work, ways: Iterable[str], few: int = 0) -> Iterator[Trial]:
    """Every part with every way that fits.

    With ``few`` each way gets no more than so many parts, another way others.
    """
    every = list(enumerate(parts(solution)))
    for number, way in enumerate(ways):
        fitting = [Trial(way, at, part.test_id, part.code) for at, part in every if fits(way, part.names)]
        start = number % len(fitting) if few and fitting else 0
        yield from (*fitting[start:], *fitting[:start])[: few or None]


def fits(way: str, names: Mapping[str, Node]) -> bool:
    """Whether the way gives these values anything that another does not."""
    nodes = [node for name in names.values() for node in name.everything()]
    uses = {use for node in nodes for use in node.uses}
    calls = any(node.called or node.constructed for node in nodes)
    methods = any(member.called for node in nodes for member in node.members.values())
    passed = any(use.startswith(("argument", "method", "std set", "std Promise", "std queue")) for use in uses)
    hands_over = "given" in uses or any(node.callbacks for node in nodes) or passed
    match way.removeprefix("steal-").split("-")[0]:
        case "call" | "thrown":
            return calls
        case "result" | "given" | "callback":
            return hands_over
        case "method":
            return methods
        case "act" if way.startswith("act-method"):
            return methods and hands_over
        case "act":
            return hands_over
        case "lie":
            return bool(uses & {f"std assert.{name} 0" for name in LIES[way]})
        case "species":
            return "array" in uses
        case "intrinsic":
            return (
                bool(uses & {"changed", "array", "spread", "iterated"})
                or passed
                or way.endswith(("-object", "-window"))
            )
        case _:
            return True


def neutral(html: str) -> Work:
    """A page that does no harm, whose tests tell the ways, whether one can be chosen, and what the probe says."""
    ways = [
        Test(f"w{at}", f'throw new Error(page.eval("forgeRun.ways.slice({at}, {at + 50}).join()"));')
        for at in range(0, 500, 50)
    ]
    chosen = Test("chosen", "forgeWay = '0 text'; throw new Error(forgeWay);")
    return Work(html, "", f"const PARTS = [];\n{VALUES}", (*ways, chosen, Test("probe", PROBE)))
