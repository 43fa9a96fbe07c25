"""Apply a content tree: collect the verdicts that publishing it needs, then apply all of it in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

from core.sealing import Keyring
from core.write_context import WriteContext
from sql import settings
from sql.database import Database, Transaction
from sql.signals import Signals
from versioning.content import libraries
from versioning.content.definition import Content
from versioning.content.libraries import Library
from versioning.tree.apply import apply
from versioning.tree.apply_input import ChallengeWish, Options, TrackWish, walk
from workflows.publishing.collect_verdicts import collect, or_unproven
from workflows.writes import Ids, Write


async def apply_content(
    database: Database,
    keyring: Keyring,
    act: Callable[[], WriteContext],
    tracks: Sequence[TrackWish],
    options: Options,
    shared: Sequence[Library],
    write: Write,
    *,
    signals: Signals | None,
    wait_seconds: int,
) -> Ids:
    """Apply a content tree. Answers the changes as plain data.

    What is to be published and was never run is run before. Raises ``Unproven`` when the wait ended before that. A dry
    run applies the tree in a transaction that is rolled back. It runs nothing: what was never run counts as PENDING.
    """
    waits: UUID | None = None
    if options.publish and not options.dry_run and await settings.get(database, "verdicts_required") == "1":
        texts = await _texts(database, act, tracks, shared)
        waits = await collect(database, keyring, act, texts, "bulk", signals=signals, wait_seconds=wait_seconds)
    changes: list[dict[str, str | None]] = []

    async def do(tx: Transaction) -> Ids:
        for change in await apply(tx, keyring, act(), tracks, options, shared):
            changes.append({"path": change.path, "action": change.action, "message": change.message})
        if options.dry_run:
            raise _DryRun
        return {"changes": changes}

    try:
        return await or_unproven(write(do), waits)
    except _DryRun:
        return {"changes": changes}


async def _texts(
    database: Database, act: Callable[[], WriteContext], tracks: Sequence[TrackWish], shared: Sequence[Library]
) -> dict[str, Content]:
    """Return the texts of a tree that could be run as they are, by path. Libraries that come along are kept for it
    under their hashes; their names mean them only when the tree is applied."""
    texts = {one.path: one.wish.content for one in walk(tracks) if isinstance(one.wish, ChallengeWish)}
    words = {word for text in texts.values() for word in text.libraries}
    if not words or libraries.faults(shared):
        return {path: text for path, text in texts.items() if not text.libraries}
    if shared:
        async with database.transaction() as tx:
            await libraries.upload(tx, act(), shared, named=False)
    known = await libraries.meant(database, words) | {library.name: library.hash for library in shared}
    return {
        path: replace(text, libraries=tuple(known[word] for word in text.libraries))
        for path, text in texts.items()
        if known.keys() >= set(text.libraries)
    }


class _DryRun(Exception):
    """Everything was tried and is taken back."""
