"""Named queries: ``queries/<domain>/<noun>.sql`` read into ``Query`` objects, which are all that the database accepts.

A file is a sequence of blocks, each opened by ``-- name: <name>`` and a full sentence; parameters are ``%(name)s``.
The dataclass that asks for a file must have one field for each block, so a missing or an unused name fails at import.
"""

import re
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import TypeVar

FOLDER = Path(__file__).parent / "queries"

# Tables whose rows are seen by whom they are about only: a query that touches one says for whom it asks.
PERSONAL = (
    "user_enrollments",
    "user_progress",
    "challenge_attempts",
    "challenge_attempts_archive",
    "attempts",
    "experiment_assignments",
    "notices",
)

_TOUCHES = re.compile(rf"\b(?:from|join|into|update)\s+(?:{'|'.join(PERSONAL)})\b")
_BLOCK = re.compile(r"^-- name: (\w+)\n((?:--[^\n]*\n)*)(.*?)(?=^-- name: |\Z)", re.MULTILINE | re.DOTALL)
_PARAMETER = re.compile(r"%\((\w+)\)s")

Q = TypeVar("Q")


@dataclass(frozen=True, slots=True)
class Query:
    """One statement: its name (``noun.name``), its text for the driver, and the names of its parameters.

    ``personal`` tells that it touches rows which the database shows to their owner only.
    """

    name: str
    text: str
    params: frozenset[str]

    @property
    def personal(self) -> bool:
        return _touches(self.text)


@cache
def _touches(text: str) -> bool:
    return _TOUCHES.search(text) is not None


def nouns(folder: Path = FOLDER) -> list[str]:
    """Return every file of queries as ``<domain>/<noun>``, sorted."""
    return sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.sql"))


def load(noun: str, shape: type[Q], folder: Path = FOLDER) -> Q:
    """Return ``shape`` filled with the queries of ``<domain>/<noun>.sql``; raises ``LookupError`` when they differ."""
    found = read(noun, folder)
    wanted = {field.name for field in fields(shape)}  # type: ignore[arg-type]  # Q is a dataclass; typing has no bound for it
    if wanted != found.keys():
        raise LookupError(
            f"queries/{noun}.sql and {shape.__name__} differ: "
            f"missing {sorted(wanted - found.keys())}, unused {sorted(found.keys() - wanted)}"
        )
    return shape(**found)


def read(noun: str, folder: Path = FOLDER) -> dict[str, Query]:
    """Return every query of one file by name; raises ``LookupError`` on a duplicate name or a missing sentence."""
    queries: dict[str, Query] = {}
    for name, comment, text in _BLOCK.findall((folder / f"{noun}.sql").read_text()):
        if name in queries:
            raise LookupError(f"queries/{noun}.sql has two queries named {name}")
        if not comment.strip().endswith("."):
            raise LookupError(f"queries/{noun}.sql: {name} is not opened by a full sentence")
        statement = text.strip().rstrip(";")
        queries[name] = Query(f"{Path(noun).name}.{name}", statement, frozenset(_PARAMETER.findall(statement)))
    return queries
