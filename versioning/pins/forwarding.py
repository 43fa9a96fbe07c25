"""What a publication means for learners on other versions: its policy, stated or following from the change.

CARRY: pins on what was live before lead to the new version; only where both judge alike. FORCE: pins on every other
version do. Both are rows that are followed when a pin is read (``selection.followed``): the publication touches no
learner's row, so it costs the same for one learner and for a million. OFFER: nobody is moved. AUTO: a job moves whose
best code passes the new tests. Deliberately absent: taking a completion or a score back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from core import limits, texts
from core.faults import Faults, Invalid, Required
from sql.database import Reads, Transaction
from sql.jobs import ask
from sql.named import Query, load
from sql.rows.migrations import JudgedVersionRow, MigrationRow, SuccessionRow
from versioning.pins.selection import Succession

Policy: TypeAlias = Literal["CARRY", "OFFER", "AUTO", "FORCE"]


@dataclass(frozen=True)
class _Queries:
    live_versions: Query
    append_migration: Query
    append_carries: Query
    append_forces: Query
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


@dataclass(frozen=True, slots=True)
class Replaced:
    """What is about to be replaced: the live versions of a challenge with their judged hashes."""

    challenge_id: UUID
    before: tuple[JudgedVersionRow, ...]

    @classmethod
    async def of(cls, reads: Reads, challenge_id: UUID) -> "Replaced":
        """Read what is live, before it is taken out of service."""
        rows = await reads.fetch_all(queries.live_versions, JudgedVersionRow, challenge_id=challenge_id)
        return cls(challenge_id, tuple(rows))

    async def migrate(
        self, tx: Transaction, seq: int, at: datetime, to_version_id: UUID, judged_hash: str, stated: Stated
    ) -> None:
        """Write what the publication ``seq`` means for learners, after its entry; nothing where nothing was live.

        What is left to do for learners is asked for as a job.
        """
        before = [version for version in self.before if version.id != to_version_id]
        if not before:
            return
        alike = all(version.judged_hash == judged_hash for version in before)
        policy = stated.policy or ("CARRY" if alike else "OFFER")
        ids = [version.id for version in before]
        # Of several that were live some may judge alike, and nothing changes for those who work on them.
        same = [version.id for version in before if version.judged_hash == judged_hash]
        told = {"challenge_id": self.challenge_id, "seq": seq, "to_version_id": to_version_id}
        reason = texts.lf(stated.reason) if stated.reason else None
        await tx.execute(queries.append_migration, **told, policy=policy, from_version_ids=ids, reason=reason, at=at)
        if stated.policy in (None, "CARRY") and same:
            await tx.execute(queries.append_carries, **told, from_version_ids=same)
        if policy == "CARRY":
            return
        if policy == "FORCE":
            await tx.execute(queries.append_forces, **told)
        await ask(
            tx,
            "migrations:tell",
            queue="maintenance",
            lock=f"migrations.{self.challenge_id}",
            ids={"challenge_id": self.challenge_id, "seq": str(seq)},
        )


async def replaced(reads: Reads, challenge_ids: Sequence[UUID]) -> list[Replaced]:
    """Return what is about to be replaced of each of these challenges."""
    return [await Replaced.of(reads, challenge_id) for challenge_id in challenge_ids]


async def migrate(tx: Transaction, before: Sequence[Replaced], seq: int, at: datetime) -> None:
    """Write what the publication ``seq`` means for learners of several challenges, each as follows from its change.

    Where nothing is live now, or several versions are, it means nothing.
    """
    for one in before:
        now = await Replaced.of(tx, one.challenge_id)
        if len(now.before) == 1:
            (version,) = now.before
            await one.migrate(tx, seq, at, version.id, version.judged_hash, NOTHING_STATED)


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
