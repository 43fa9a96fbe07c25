"""The house's own rules: names that are ours alone, packages that say what they are, files of a readable size."""

import ast
import importlib.metadata
import io
import re
import sys
import tokenize
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = {path.parent.name for path in ROOT.glob("*/__init__.py")}
FLOORS = PACKAGES - {"tests", "bench"}
LONGEST = 400
WIDEST = 15
MOST_POSITIONAL = 6
RULES = r"(?:type: ignore\[[a-z-]+(?:, [a-z-]+)*\]|noqa: [A-Z]+\d+(?:, [A-Z]+\d+)*)"
REASON = re.compile(rf"#\s*{RULES}(?:  # | - )\w+\W+\w+")


def files() -> Iterator[Path]:
    """Every Python file of the house."""
    for package in sorted(PACKAGES):
        yield from sorted((ROOT / package).rglob("*.py"))


def settings() -> dict[str, object]:
    found = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    assert isinstance(found, dict)
    return found


def test_no_installed_distribution_owns_a_name_of_ours() -> None:
    assert {"gateway", "schema", "resolvers", "loaders", "versioning", "accounts", "sql", "bench", "tests"} <= PACKAGES
    assert PACKAGES & importlib.metadata.packages_distributions().keys() == set()
    assert PACKAGES & sys.stdlib_module_names == set()


def test_every_package_opens_with_a_paragraph_about_itself() -> None:
    inits = [path for path in files() if path.name == "__init__.py" and "tests" not in path.parts]
    assert len(inits) >= len(FLOORS)
    for path in inits:
        text = ast.get_docstring(ast.parse(path.read_text())) or ""
        first, *rest = text.split("\n\n")
        assert first.rstrip().endswith("."), f"{path.relative_to(ROOT)} does not say what it is"
        assert len(" ".join([first, *rest]).split()) >= 15, f"{path.relative_to(ROOT)} says too little"


def test_every_module_of_the_house_says_what_it_is_for() -> None:
    for path in files():
        if path.name != "__init__.py":
            assert ast.get_docstring(ast.parse(path.read_text())), f"{path.relative_to(ROOT)} has no docstring"


def test_no_file_is_longer_than_a_reader_keeps_in_mind() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files()}
    assert len(lengths) > 150
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_folder_holds_more_modules_than_a_reader_keeps_in_mind() -> None:
    held = Counter(path.parent for path in files() if path.name != "__init__.py" and "tests" not in path.parts)
    assert len(held) > 30
    assert {str(folder.relative_to(ROOT)): count for folder, count in held.items() if count > WIDEST} == {}


def test_every_package_is_named_to_the_tools_that_check_it() -> None:
    match settings():
        case {"mypy": {"packages": checked, "strict": True}, "importlinter": {"root_packages": linted}}:
            # Types of bench are checked through the tests that import it.
            assert {*checked, "bench"} == PACKAGES
            assert set(linted) == FLOORS
        case _:
            pytest.fail("pyproject.toml does not name the packages")


def test_every_package_stands_on_one_floor() -> None:
    match settings():
        case {"importlinter": {"contracts": [*contracts]}}:
            floors = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
        case _:
            pytest.fail("pyproject.toml has no contracts")
    assert [sorted(name for floor in layers for name in floor.split(" | ")) for layers in floors] == [sorted(FLOORS)]


def test_tests_lie_in_the_folder_of_what_they_test() -> None:
    tests = ROOT / "tests"
    for path in tests.rglob("*.py"):
        inside = path.relative_to(tests).parts
        assert len(inside) <= 2, path
        if len(inside) == 2:
            assert inside[0] in FLOORS, f"there is no package {inside[0]}"
            assert (path.parent / "__init__.py").exists(), path
    assert {path.parent.name for path in tests.glob("*/test_*.py")} == FLOORS


def test_every_bench_is_run_by_a_test() -> None:
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    for path in (ROOT / "bench").glob("[!_]*.py"):
        assert f"from bench.{path.stem} import " in tests, path.name


def positional(path: Path) -> Iterator[str]:
    """Constructors that are called with more positional arguments than a reader can tell apart."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and len(node.args) > MOST_POSITIONAL:
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name == "cls" or name[:1].isupper():
                yield f"{path.name}:{node.lineno} {name}"


def test_no_constructor_is_called_with_more_than_six_positional_arguments(tmp_path: Path) -> None:
    found = [one for path in files() if "tests" not in path.parts for one in positional(path)]
    assert found == []
    (tmp_path / "bad.py").write_text(
        "Row(1, 2, 3, 4, 5, 6)\nrows.Row(1, 2, 3, 4, 5, 6, 7)\ncls(*a, 2, 3, 4, 5, 6, 7)\n"
    )
    assert list(positional(tmp_path / "bad.py")) == ["bad.py:2 Row", "bad.py:3 cls"]


def test_every_exception_to_a_rule_has_its_reason_on_the_line() -> None:
    told = 0
    for path in files():
        for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
            if token.type == tokenize.COMMENT and re.match(r"#\s*(type:|noqa)", token.string):
                assert REASON.match(token.string), f"{path.relative_to(ROOT)}:{token.start[0]} gives no reason"
                told += 1
    assert told >= 15
    for bare in (
        "noqa",
        "noqa: S101",
        "noqa  # no rule named",
        "type: ignore[arg-type]",
        "type: ignore  # no rule named",
    ):
        assert not REASON.match(f"# {bare}")
