"""The tables of docs/operations.md and docs/limits.md are those of the code."""

import re
from pathlib import Path

from core import limits
from gateway.__main__ import COMMANDS
from gateway.config import ENVIRONMENT
from gateway.execution import query_cost
from gateway.jobs.maintenance import CHORES
from gateway.log import Record


def numbers(module: object) -> dict[str, int]:
    return {name: value for name, value in vars(module).items() if name.isupper() and isinstance(value, int)}


def first_cells(page: str, heading: str) -> list[str]:
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [row.split("|")[1] for row in section.splitlines() if row.startswith("| `")]


def test_limits_are_those_of_the_code(root: Path) -> None:
    page = (root / "docs" / "limits.md").read_text()
    told = {
        name: int(value.replace(",", ""))
        for name, value in re.findall(r"^\| `([A-Z_]+)` \| ([\d,]+) \|$", page, re.MULTILINE)
    }
    assert told == {
        name: value for name, value in {**numbers(limits), **numbers(query_cost)}.items() if not name.startswith("_")
    }


def test_environment_is_that_of_the_code(root: Path) -> None:
    page = (root / "docs" / "operations.md").read_text()
    assert {cell.strip(" `") for cell in first_cells(page, "Environment")} == ENVIRONMENT


def test_commands_are_all_told(root: Path) -> None:
    page = (root / "docs" / "operations.md").read_text()
    told = {re.findall(r"`([\w-]+)", cell)[0] for cell in first_cells(page, "Commands")}
    assert told == set(COMMANDS)


def test_fields_of_the_log_are_all_told(root: Path) -> None:
    page = (root / "docs" / "operations.md").read_text()
    told = {name for cell in first_cells(page, "The log") for name in re.findall(r"`(\w+)`", cell)}
    assert told == set(Record.__dataclass_fields__)


def test_chores_and_their_hours_are_all_told(root: Path) -> None:
    page = (root / "docs" / "operations.md").read_text()
    assert [cell.strip(" `") for cell in first_cells(page, "Jobs and upkeep")] == ["maintain", *CHORES]
