"""Migrate pins after a publication: tell the learners who came before it, run their best code, move them.

``tell`` walks the learners who came before the publication and says to each what it means for them; under AUTO it moves
those whose best code is known to pass. ``check`` runs the best code of which nobody knows yet. Both can be stopped
anywhere and begun again: what was said is not said twice, what was run is not run twice, and who was moved is no
longer among those to be moved. A later publication with something to say to the same learners ends both.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core.code import Code, code_hash
from core.sealing import Keyring
from practice import notices, pin_migration
from practice.notices import Kind, Word
from sandbox.pool import Sandbox
from sandbox.tries import judged
from sql.database import Database, Reads, Transaction
from sql.jobs import BULK, ask
from sql.rows.migrations import MigrationRow, PinnedRow
from versioning.judging import verdicts
from versioning.judging.verdicts import Judging
from versioning.pins import forwarding
from versioning.pins.selection import Pin, Succession, followed
from versioning.publishing.publish_state import full_versions_by_id
from workflows.attempts.judge_attempt import NotJudged

# Whose code passes and who waits for a verdict is looked at again, less and less often, for so long.
SOONEST, LATEST, PATIENCE = timedelta(seconds=30), timedelta(hours=1), timedelta(days=7)


@dataclass(slots=True)
class Found:
    """What a walk over learners came upon."""

    moved: int = 0
    unknown: int = 0
    waiting: int = 0


async def tell(
    database: Database, clock: Callable[[], datetime], challenge_id: UUID, seq: int, *, checked: bool
) -> int:
    """Tell a challenge's learners of a publication and return how many were moved.

    ``checked`` says that what could be run was run: then no check is asked for.
    """
    migration = await forwarding.migration(database, challenge_id, seq)
    if migration is None:
        return 0
    history = await forwarding.successions(database, migration.challenge_id)
    found, above = Found(), None
    while rows := await pin_migration.learners(database, migration.challenge_id, migration.seq, above):
        if not await _goes_on(database, migration):
            break
        rows = await _with_best_code(database, rows)
        passing = await _passing(database, migration, rows)
        async with database.transaction() as tx:
            await _tell_some(tx, migration, history, rows, passing, found, clock())
        above = rows[-1].user_id
    async with database.transaction() as tx:
        await _go_on(tx, migration, found, clock(), checked=checked)
    return found.moved


async def check(
    database: Database,
    keyring: Keyring,
    sandbox: Sandbox,
    clock: Callable[[], datetime],
    challenge_id: UUID,
    seq: int,
    *,
    is_last_try: bool,
) -> None:
    """Run the best code of a challenge's learners under the tests that a publication made live: each code once.

    What fails is raised, but in the last try, which goes on with what is known.
    """
    migration = await forwarding.migration(database, challenge_id, seq)
    if migration is None:
        return
    try:
        if not await _check_all(database, keyring, sandbox, clock, migration):
            raise NotJudged
    except Exception:
        if not is_last_try:
            raise
    await tell_again(database, challenge_id, seq)


async def tell_again(database: Database, challenge_id: UUID, seq: int) -> None:
    """Have the learners told once more, with what is known by now."""
    async with database.transaction() as tx:
        await _ask_to_tell(tx, {"challenge_id": str(challenge_id), "seq": str(seq)})


async def give_up(database: Database, clock: Callable[[], datetime], challenge_id: UUID, seq: int) -> None:
    """Do nothing more for the learners; those who were not told find the newer version offered all the same."""
    migration = await forwarding.migration(database, challenge_id, seq)
    if migration is not None and migration.state != "FINISHED":
        async with database.transaction() as tx:
            await forwarding.go_on(tx, migration, "FINISHED", clock())


async def _goes_on(reads: Reads, migration: MigrationRow) -> bool:
    """Whether no later publication has something else to say to the same learners."""
    now = await forwarding.migration(reads, migration.challenge_id, migration.seq)
    return now is not None and not now.superseded


async def _with_best_code(database: Database, rows: Sequence[PinnedRow]) -> list[PinnedRow]:
    """Note which code was learners' best where nobody did when it was judged, and return how they stand then."""
    unnoted = [row for row in rows if row.best_attempt_id is not None and row.best_code_hash is None]
    codes = await pin_migration.best_codes(database, unnoted)
    hashes = {user_id: code_hash(code) for user_id, code in codes.items()}
    if hashes:
        async with database.transaction() as tx:
            for row in unnoted:
                if row.user_id in hashes:
                    await pin_migration.note_best(tx, row, hashes[row.user_id])
    return [row.noted(hashes[row.user_id]) if row.user_id in hashes else row for row in rows]


async def _passing(reads: Reads, migration: MigrationRow, rows: Sequence[PinnedRow]) -> dict[UUID, bool]:
    """Return whether learners' best code passes what the publication made live, by learner, as far as it is known."""
    keys = {
        row.user_id: (migration.judged_hash, row.best_code_hash)
        for row in rows
        if row.best_code_hash is not None and row.best_judged_hash != migration.judged_hash
    }
    known = await verdicts.by_key(reads, keys.values())
    judged = {row.user_id: row.best_score == 100 for row in rows if row.best_judged_hash == migration.judged_hash}
    return judged | {user_id: known[key].passed for user_id, key in keys.items() if key in known}


async def _tell_some(
    tx: Transaction,
    migration: MigrationRow,
    history: Sequence[Succession],
    rows: Sequence[PinnedRow],
    passing: dict[UUID, bool],
    found: Found,
    at: datetime,
) -> None:
    words, content, to, moved = [], [], migration.to_version_id, 0
    for row in rows:
        stored = Pin(row.pinned_version_id, row.pinned_seq)
        before = followed(stored, [one for one in history if one[2] < migration.seq])
        after = followed(stored, [one for one in history if one[2] <= migration.seq])
        found.unknown += row.best_code_hash is not None and row.user_id not in passing
        kind: Kind = "FORCED" if after.version_id == to else "OFFERED"
        if before.version_id == to or (kind == "FORCED" and migration.policy != "FORCE"):
            content.append(row.user_id)
            continue
        auto = migration.policy == "AUTO" and before.version_id in migration.from_version_ids
        if auto and kind == "OFFERED" and passing.get(row.user_id):
            if not row.waiting and await pin_migration.move(tx, row, to, migration.seq):
                kind = "MOVED"
                moved += 1
            else:
                found.waiting += 1
        words.append(Word(row.user_id, kind, before.version_id))
    await notices.tell(tx, migration.challenge_id, migration.seq, to, words, at)
    await notices.untell(tx, migration.challenge_id, migration.seq, content)
    if moved:
        await forwarding.go_on(tx, migration, "RUNNING", at, moved)
        found.moved += moved


async def _go_on(tx: Transaction, migration: MigrationRow, found: Found, at: datetime, *, checked: bool) -> None:
    """Have run what nobody knows of, look again at who waits, or be done."""
    ids = {"challenge_id": str(migration.challenge_id), "seq": str(migration.seq)}
    goes_on = await _goes_on(tx, migration)
    if goes_on and found.unknown and not checked:
        await forwarding.go_on(tx, migration, "RUNNING", at)
        name = f"migrations.check.{migration.challenge_id}.{migration.seq}"
        await ask(tx, "migrations:check", queue="bulk", priority=BULK, once=name, ids=ids)
        return
    await forwarding.go_on(tx, migration, "FINISHED", at)
    age = at - migration.at
    if goes_on and found.waiting and age < PATIENCE:
        again = at + min(max(age, SOONEST), LATEST)
        await _ask_to_tell(tx, ids, at=again)


async def _ask_to_tell(tx: Transaction, ids: dict[str, str], at: datetime | None = None) -> None:
    lock = f"migrations.{ids['challenge_id']}"
    await ask(tx, "migrations:tell", queue="maintenance", lock=lock, at=at, ids=ids | {"checked": "yes"})


async def _check_all(
    database: Database, keyring: Keyring, sandbox: Sandbox, clock: Callable[[], datetime], migration: MigrationRow
) -> bool:
    """Run what nobody knows of until a later publication ends that; False when the runner failed on something."""
    (version,) = await full_versions_by_id(database, [migration.to_version_id])
    judging = await Judging.of_solved(database, keyring, version)
    above, unjudged = None, 0
    while rows := await pin_migration.learners(database, migration.challenge_id, migration.seq, above):
        passing = await _passing(database, migration, rows)
        unknown = [row for row in rows if row.best_code_hash is not None and row.user_id not in passing]
        codes = await pin_migration.best_codes(database, unknown)
        for hash, code in {row.best_code_hash: codes[row.user_id] for row in unknown if row.user_id in codes}.items():
            if not await _goes_on(database, migration):
                return True
            assert hash is not None
            key = migration.judged_hash, hash
            unjudged += not await _judge(database, sandbox, clock, judging, key, code)
        above = rows[-1].user_id
    return not unjudged


async def _judge(
    database: Database,
    sandbox: Sandbox,
    clock: Callable[[], datetime],
    judging: Judging,
    key: verdicts.Key,
    code: Code,
) -> bool:
    """Run a page, a second time where the first one is in doubt; False when it says nothing."""
    run = await judged(sandbox, judging.work(code))
    async with database.transaction() as tx:
        await verdicts.keep(tx, key, run, confirmed=False, at=clock())
    return run.status in verdicts.STORED
