"""Reference solutions: sealed, named by the hash of their plain text, stored once however many versions carry them."""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from core.canonical import canonical, digest
from core.code import NO_CODE, Code
from core.sealing import Keyring
from sql.database import Reads, Transaction
from sql.named import Query, load
from sql.rows.versions import SolutionRow


@dataclass(frozen=True)
class _Solutions:
    insert_solution: Query
    solutions_by_hash: Query


_q = load("versioning/solutions", _Solutions)


def name_of(solution: Code) -> str | None:
    """Return the name of a solution, None for the empty one, which is not stored."""
    return digest(solution.plain()) if solution != NO_CODE else None


async def store(tx: Transaction, keyring: Keyring, solution: Code) -> str | None:
    """Seal and store a solution and return its name."""
    name = name_of(solution)
    if name is not None:
        sealed = keyring.seal(canonical(solution.plain()), name.encode())
        await tx.execute(_q.insert_solution, hash=name, sealed=sealed)
    return name


async def opened(reads: Reads, keyring: Keyring, names: Iterable[str | None]) -> dict[str | None, Code]:
    """Return the solutions of these names; None is the empty one. Raises ``SealingError`` on a changed byte."""
    wanted = sorted({name for name in names if name is not None})
    found: dict[str | None, Code] = {None: NO_CODE}
    if wanted:
        for row in await reads.fetch_all(_q.solutions_by_hash, SolutionRow, hashes=wanted):
            found[row.hash] = Code(**orjson.loads(keyring.open(row.sealed, row.hash.encode())))
    return found
