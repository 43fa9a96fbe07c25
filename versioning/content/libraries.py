"""Test libraries: JavaScript that tests share, kept for ever under the SHA-256 of its text.

A challenge names libraries by hash, or by name, which is settled when the draft is saved: a name means what was last
uploaded under it. So a version is judged for ever by the text that it was published with.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core import limits, texts
from core.faults import Faults, Invalid, NotFound, Required, Taken, TooLarge
from core.write_context import WriteContext
from sql.database import Reads, Transaction
from sql.named import Query, load
from sql.rows.libraries import LibraryRow, ReferenceRow

_NAME = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")


@dataclass(frozen=True)
class _Queries:
    put_library: Query
    name_library: Query
    libraries_by_hash: Query
    libraries_by_reference: Query
    libraries_by_version_id: Query
    libraries_page: Query


queries = load("versioning/libraries", _Queries)


@dataclass(frozen=True, slots=True)
class Library:
    """A library as somebody wants it to be."""

    name: str
    source: str

    @property
    def text(self) -> str:
        """The source with LF line ends: what is stored and hashed."""
        return texts.lf(self.source)

    @property
    def hash(self) -> str:
        return hash_of(self.text)

    def check(self, faults: Faults, path: tuple[str, ...] = ()) -> None:
        """Add what is wrong with its form."""
        texts.line(faults, (*path, "name"), self.name, limits.LIBRARY_NAME)
        if self.name and len(self.name) <= limits.LIBRARY_NAME and not _NAME.fullmatch(self.name):
            shape = "lower-case letters and digits in groups joined by a single hyphen, full stop or underscore"
            faults.append(Invalid((*path, "name"), f"A library's name is {shape}: dom-helpers."))
        texts.code(faults, (*path, "source"), self.source, limits.LIBRARY_BYTES)
        if not self.source.strip():
            faults.append(Required((*path, "source"), "A library needs code."))


def faults(shared: Sequence[Library]) -> Faults:
    """Return what is wrong with libraries that come along with a tree."""
    found = Faults()
    if len(shared) > limits.LIBRARIES_OF_AN_APPLY:
        told = f"{len(shared)} libraries; at most {limits.LIBRARIES_OF_AN_APPLY} are taken at once."
        found.append(TooLarge(("libraries",), told))
        return found
    seen: set[str] = set()
    for index, library in enumerate(shared):
        here = ("libraries", str(index))
        library.check(found, here)
        if library.name in seen:
            found.append(Taken((*here, "name"), f"Another library here has the name {library.name[:80]}."))
        seen.add(library.name)
    return found


def hash_of(source: str) -> str:
    """Return the name under which a source is kept; ``sha256sum`` of a file tells the same."""
    return hashlib.sha256(source.encode()).hexdigest()


async def upload(tx: Transaction, act: WriteContext, libraries: Iterable[Library], *, named: bool = True) -> None:
    """Keep checked libraries, each as what its name means from now on; ``named`` false: under their hashes alone."""
    # in one order, so that two uploads of the same libraries wait for each other and not in a circle
    for library in sorted(libraries, key=lambda one: (one.hash, one.name)):
        await tx.execute(queries.put_library, hash=library.hash, source=library.text)
        if named:
            await tx.execute(queries.name_library, name=library.name, hash=library.hash, at=act.at, actor=act.actor)


async def meant(reads: Reads, words: Iterable[str]) -> dict[str, str]:
    """Return the hash that each of these words means, a name or a hash; unknown ones are absent."""
    wanted = sorted({word for word in words if "\0" not in word})
    if not wanted:
        return {}
    rows = await reads.fetch_all(queries.libraries_by_reference, ReferenceRow, words=wanted)
    return {row.word: row.hash for row in rows}


def settled(faults: Faults, words: Sequence[str], known: dict[str, str], path: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the hashes of what a challenge names; adds a fault for each word that means nothing."""
    hashes: list[str] = []
    for index, word in enumerate(words):
        here = (*path, "libraries", str(index))
        if word not in known:
            remedy = "upload it with uploadTestLibrary, or send it along with the content"
            faults.append(NotFound(here, f"There is no test library {word[:80]}; {remedy}."))
        elif known[word] in hashes:
            faults.append(Invalid(here, f"{word} is a library that stands here already."))
        else:
            hashes.append(known[word])
    return tuple(hashes)


async def by_hash(reads: Reads, hashes: Iterable[str]) -> dict[str, LibraryRow]:
    """Return the libraries of these hashes."""
    wanted = sorted(set(hashes))
    if not wanted:
        return {}
    rows = await reads.fetch_all(queries.libraries_by_hash, LibraryRow, hashes=wanted)
    return {row.hash: row for row in rows}


async def sources(reads: Reads, hashes: Sequence[str]) -> tuple[str, ...]:
    """Return the texts of these libraries, in order; all of them exist, since drafts name no others."""
    found = await by_hash(reads, hashes)
    return tuple(found[hash].source for hash in hashes)
