"""What a publication means for learners on other versions: its policy, stated or following from the change.

CARRY: pins on what was live before lead to the new version; only where both judge alike. FORCE: pins on every other
version do. Both are rows that are followed when a pin is read (``selection.followed``): the publication touches no
learner's row, so it costs the same for one learner and for a million. OFFER: nobody is moved. AUTO: a job moves whose
best code passes the new tests. Deliberately absent: taking a completion or a score back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from core import limits, texts
from core.faults import Faults, Invalid, Required
from sql.database import Jsonb, Reads, Transaction
from sql.jobs import ask
from sql.named import Query, load
from sql.rows.migrations import JudgedVersionRow, MigrationRow, SuccessionRow
from versioning.pins.selection import Succession

Policy: TypeAlias = Literal["CARRY", "OFFER", "AUTO", "FORCE"]


@dataclass(frozen=True)
class _Queries:
    live_versions: Query
    append_migrations: Query
    append_carries: Query
    append_forces: Query
    ask_to_tell_each: Query
    migrations: Query
    successions: Query
    go_on: Query
    heads: Query


queries = load("versioning/pin_forwarding", _Queries)


@dataclass(frozen=True, slots=True)
class Stated:
    """What whoever publishes says of learners on other versions; without a policy it follows from the change."""

    policy: Policy | None = None
    reason: str | None = None

    def faults(self, path: tuple[str, ...], before: str | None, after: str | None) -> Faults:
        """Return what is wrong with policy and reason, where ``before`` and ``after`` are judged hashes (None of what
        there is not)."""
        found = self.policy_faults(path, before, after)
        if self.policy == "FORCE" and not (self.reason or "").strip():
            told = "FORCE moves everybody; say why, as learners are told."
            found.append(Required((*path, "migrationReason"), told))
        texts.prose(found, (*path, "migrationReason"), self.reason or "", limits.REASON)
        return found

    def policy_faults(self, path: tuple[str, ...], before: str | None, after: str | None) -> Faults:
        """Return what is wrong with the policy alone."""
        found = Faults()
        if self.policy == "CARRY" and None not in (before, after) and before != after:
            found.append(
                Invalid(
                    (*path, "migration"),
                    "CARRY is for changes that judge alike, and the tests differ from those of what is live;"
                    " use OFFER, AUTO or FORCE.",
                )
            )
        return found


NOTHING_STATED = Stated()


Live: TypeAlias = Mapping[UUID, Sequence[JudgedVersionRow]]


@dataclass(frozen=True, slots=True)
class Successor:
    """The one version that a publication made live, and what was stated about the learners of those before."""

    challenge_id: UUID
    version_id: UUID
    judged_hash: str
    stated: Stated = NOTHING_STATED


async def live_versions(reads: Reads, challenge_ids: Sequence[UUID]) -> Live:
    """Return what is live of these challenges; one of which nothing is live is absent."""
    found: dict[UUID, list[JudgedVersionRow]] = {}
    for row in await reads.fetch_all(queries.live_versions, JudgedVersionRow, challenge_ids=list(challenge_ids)):
        found.setdefault(row.challenge_id, []).append(row)
    return found


async def migrate(tx: Transaction, before: Live, successors: Sequence[Successor], seq: int, at: datetime) -> None:
    """Write what the publication ``seq`` means for learners, after its entry; nothing where nothing was live.

    What is left to do for learners is asked for as one job.
    """
    migrations, carries, forces = [], [], []
    for one in successors:
        replaced = [version for version in before.get(one.challenge_id, ()) if version.id != one.version_id]
        if not replaced:
            continue
        # Of several that were live some may judge alike, and nothing changes for those who work on them.
        same = [version.id for version in replaced if version.judged_hash == one.judged_hash]
        policy = one.stated.policy or ("CARRY" if len(same) == len(replaced) else "OFFER")
        migrations.append(
            {
                "challenge_id": one.challenge_id,
                "policy": policy,
                "from_version_ids": [version.id for version in replaced],
                "to_version_id": one.version_id,
                "reason": texts.lf(one.stated.reason) if one.stated.reason else None,
            }
        )
        if one.stated.policy in (None, "CARRY"):
            carries += [(one.challenge_id, id, one.version_id) for id in same]
        if policy == "FORCE":
            forces.append((one.challenge_id, one.version_id))
    if not migrations:
        return
    await tx.execute(queries.append_migrations, seq=seq, at=at, migrations=Jsonb(migrations))
    if carries:
        challenge_ids, from_ids, to_ids = (list(ids) for ids in zip(*carries, strict=True))
        about = {"challenge_ids": challenge_ids, "from_version_ids": from_ids, "to_version_ids": to_ids}
        await tx.execute(queries.append_carries, seq=seq, **about)
    if forces:
        challenge_ids, to_ids = (list(ids) for ids in zip(*forces, strict=True))
        await tx.execute(queries.append_forces, seq=seq, challenge_ids=challenge_ids, to_version_ids=to_ids)
    told = [str(one["challenge_id"]) for one in migrations if one["policy"] != "CARRY"]
    if len(told) == 1:
        ids: dict[str, UUID | str] = {"challenge_id": told[0], "seq": str(seq)}
        await ask(tx, "migrations:tell", queue="maintenance", lock=f"migrations.{told[0]}", ids=ids)
    elif told:
        await ask(tx, "migrations:tell_each", queue="maintenance", ids={"seq": str(seq)})


async def migrate_by_change(tx: Transaction, before: Live, ids: Sequence[UUID], seq: int, at: datetime) -> None:
    """Write what the publication ``seq`` means for learners of several challenges, each as follows from its change.

    Where nothing is live now, or several versions are, it means nothing.
    """
    now = await live_versions(tx, ids)
    single = [versions[0] for versions in now.values() if len(versions) == 1]
    await migrate(tx, before, [Successor(one.challenge_id, one.id, one.judged_hash) for one in single], seq, at)


async def ask_to_tell_each(tx: Transaction, seq: int) -> None:
    """Ask for a job for each challenge whose learners a publication has something to say to."""
    await tx.execute(queries.ask_to_tell_each, seq=seq)


async def migration(reads: Reads, challenge_id: UUID, seq: int) -> MigrationRow | None:
    """Return what a publication means for a challenge's learners, None where it means nothing."""
    return next(iter(await migrations(reads, [(challenge_id, seq)])), None)


async def migrations(reads: Reads, wanted: Sequence[tuple[UUID, int]]) -> list[MigrationRow]:
    """Return what publications mean for the learners of challenges, given as (challenge, publication)."""
    return await reads.fetch_all(
        queries.migrations,
        MigrationRow,
        challenge_ids=[challenge_id for challenge_id, _ in wanted],
        seqs=[seq for _, seq in wanted],
    )


async def successions(reads: Reads, challenge_id: UUID) -> list[Succession]:
    """Return what took the place of a challenge's versions, in order."""
    rows: Sequence[SuccessionRow] = await reads.fetch_all(queries.successions, SuccessionRow, challenge_id=challenge_id)
    return [(row.from_version_id, row.to_version_id, row.seq) for row in rows]


async def go_on(tx: Transaction, migration: MigrationRow, state: str, at: datetime, moved: int = 0) -> None:
    """Note that a migration is RUNNING or FINISHED, and that so many more learners were moved."""
    await tx.execute(
        queries.go_on, challenge_id=migration.challenge_id, seq=migration.seq, state=state, at=at, moved=moved
    )
