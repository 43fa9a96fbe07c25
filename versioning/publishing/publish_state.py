"""A challenge as publishing sees it: its locked draft, its live set, its highest version, what it says already."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

from core.faults import Faults, Stale
from core.sealing import Keyring
from sql import named, settings
from sql.database import Reads, Transaction
from sql.named import Query
from sql.rows.drafts import DraftRow
from sql.rows.runs import VerdictRow
from sql.rows.tree import IdRow
from sql.rows.versions import ApprovalRow, FullVersionRow, VersionRow
from versioning.content.definition import Content
from versioning.content.solutions import opened
from versioning.experiments.assignment import running
from versioning.judging import compatibility, runs, verdicts
from versioning.judging.compatibility import Compatibility
from versioning.judging.verdicts import Keys
from versioning.log.live import LiveSet, live_sets
from versioning.pins.selection import RunningExperiment

K = TypeVar("K")


@dataclass(frozen=True)
class _Queries:
    lock_drafts: Query
    drafts_by_id: Query
    highest_versions: Query
    versions_with_text: Query
    challenges_without_shown_ancestors: Query
    approvals: Query
    full_versions_by_challenge_id: Query
    full_versions_by_id: Query
    full_versions_by_number: Query


_q = named.load("versioning/publish_state", _Queries)


@dataclass(frozen=True, slots=True)
class Proof:
    """What running the draft came to so far; ``runner`` tells whether somebody could run it.

    ``vain`` is how often the text was tried when it last came to no verdict, 0 when it never did.
    """

    solution: VerdictRow | None
    starter: VerdictRow | None
    runner: bool
    vain: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to run: a solution has to have passed twice, and one that hung is run again."""
        if self.starter is None or self.solution is None or self.solution.status != "FINISHED":
            return False
        return self.solution.confirmed or not self.solution.passed

    @property
    def has_pictures(self) -> bool:
        """Whether there is something to look at."""
        return bool(self.starter and self.solution and self.starter.has_screenshot and self.solution.has_screenshot)


@dataclass(frozen=True, slots=True)
class PublishState:
    """One challenge, read under its lock (or, for a plan, without)."""

    draft: DraftRow
    content: Content
    live: LiveSet
    highest: VersionRow | None
    same_text: VersionRow | None
    highest_content: Content | None
    live_content: Content | None
    ancestors_shown: bool
    approved_by: UUID | None
    review_needed: bool
    proof: Proof | None
    trial: RunningExperiment | None
    compatibility: Compatibility | None = None

    def compare(self, path: tuple[str, ...], content_hash: str | None, live_set_hash: str) -> None:
        """Raise ``Refused`` with ``Stale`` alone when the caller saw something else."""
        faults = Faults()
        if content_hash is not None and content_hash != self.draft.content_hash:
            faults.append(
                Stale(
                    (*path, "contentHash"),
                    "The draft was edited since you read it; read it again and decide anew.",
                    expected=content_hash,
                    actual=self.draft.content_hash,
                )
            )
        if live_set_hash != self.live.hash:
            faults.append(
                Stale(
                    (*path, "liveSetHash"),
                    "What is live was changed since you read it; read it again and decide anew.",
                    expected=live_set_hash,
                    actual=self.live.hash,
                )
            )
        faults.settle()


async def lock(tx: Transaction, keyring: Keyring, ids: Sequence[UUID]) -> dict[UUID, PublishState]:
    """Lock these challenges in the order of their ids and return how they stand; unknown ids are absent."""
    return await stand(tx, keyring, await lock_drafts(tx, ids))


async def lock_drafts(tx: Transaction, ids: Sequence[UUID]) -> list[DraftRow]:
    """Lock these challenges in the order of their ids and return them with their drafts."""
    # A statement that waited for a row's lock answers the row as it is then, not as it was when it began.
    return await tx.fetch_all(_q.lock_drafts, DraftRow, ids=list(ids))


async def drafts_by_id(reads: Reads, ids: Sequence[UUID]) -> list[DraftRow]:
    """Return these challenges with their drafts, unlocked."""
    return await reads.fetch_all(_q.drafts_by_id, DraftRow, ids=list(ids))


async def load(reads: Reads, keyring: Keyring, ids: Sequence[UUID]) -> dict[UUID, PublishState]:
    """Return how these challenges stand without locking them: for plans, which decide nothing."""
    return await stand(reads, keyring, await drafts_by_id(reads, ids))


async def full_versions(reads: Reads, challenge_id: UUID) -> list[FullVersionRow]:
    """Return all versions of a challenge, whole, in order."""
    return await reads.fetch_all(_q.full_versions_by_challenge_id, FullVersionRow, challenge_id=challenge_id)


async def full_versions_by_id(reads: Reads, ids: Sequence[UUID]) -> list[FullVersionRow]:
    """Return these versions, whole."""
    return await reads.fetch_all(_q.full_versions_by_id, FullVersionRow, ids=list(ids))


async def versions_by_number(reads: Reads, wanted: Collection[tuple[UUID, int]]) -> list[FullVersionRow]:
    """Return these versions, given as (challenge, number), whole."""
    return await reads.fetch_all(
        _q.full_versions_by_number,
        FullVersionRow,
        challenge_ids=[id for id, _ in wanted],
        numbers=[number for _, number in wanted],
    )


async def stand(reads: Reads, keyring: Keyring, drafts: Sequence[DraftRow]) -> dict[UUID, PublishState]:
    """Return how challenges stand whose drafts say this: for a release, what they said when it was planned."""
    ids = [draft.id for draft in drafts]
    if not ids:
        return {}
    live = await live_sets(reads, ids)
    highest = {row.challenge_id: row for row in await reads.fetch_all(_q.highest_versions, VersionRow, ids=ids)}
    hashes = [draft.content_hash for draft in drafts]
    same = {
        row.challenge_id: row
        for row in await reads.fetch_all(_q.versions_with_text, VersionRow, challenge_ids=ids, content_hashes=hashes)
    }
    hidden = {row.id for row in await reads.fetch_all(_q.challenges_without_shown_ancestors, IdRow, ids=ids)}
    editors = {draft.id: draft.draft_editors for draft in drafts}
    approvals = {
        row.challenge_id: row.reviewer_id
        for row in await reads.fetch_all(_q.approvals, ApprovalRow, challenge_ids=ids, content_hashes=hashes)
        if row.reviewer_id not in editors[row.challenge_id]
    }
    review_needed = await settings.get(reads, "reviewers_required") == "1"
    verdicts_needed = await settings.get(reads, "verdicts_required") == "1"
    # Outside an experiment one version is live.
    trials = await running(reads, [id for id, one in live.items() if len(one.arms) > 1])
    compared = await _compared(reads, drafts, live, highest, trials)
    solutions = await opened(
        reads,
        keyring,
        [draft.solution_hash for draft in drafts] + [row.solution_hash for row in compared.values()],
    )
    contents = {key: Content.of_row(row, solutions[row.solution_hash]) for key, row in compared.items()}
    texts = {draft.id: Content.of_row(draft, solutions[draft.solution_hash]) for draft in drafts}
    proofs = await proofs_of(reads, texts) if verdicts_needed else {}
    changed = {
        draft.id: (texts[draft.id].judged_hash, row.judged_hash)
        for draft in drafts
        if draft.id in proofs
        and live[draft.id].arms
        and (row := compared[draft.id, live[draft.id].arms[0][0]]).judged_hash != texts[draft.id].judged_hash
    }
    known = await compatibility.of_changed(
        reads,
        changed,
        int(await settings.get(reads, "broken_solutions_allowed")) if changed else 0,
        runner=any(proof.runner for proof in proofs.values()),
    )
    return {
        draft.id: PublishState(
            draft=draft,
            content=texts[draft.id],
            live=live[draft.id],
            highest=highest.get(draft.id),
            same_text=same.get(draft.id),
            highest_content=contents.get((draft.id, highest[draft.id].number)) if draft.id in highest else None,
            live_content=_live_content(draft.id, contents, live, compared, trials.get(draft.id)),
            ancestors_shown=draft.id not in hidden,
            approved_by=approvals.get(draft.id),
            review_needed=review_needed,
            proof=proofs.get(draft.id),
            trial=trials.get(draft.id),
            compatibility=known.get(draft.id),
        )
        for draft in drafts
    }


async def proofs_of(reads: Reads, texts: Mapping[K, Content]) -> dict[K, Proof]:
    """Return what running these texts came to so far."""
    keys = {id: Keys.of(text) for id, text in texts.items()}
    found = await verdicts.by_key(reads, [key for one in keys.values() for key in (one.solution, one.starter)])
    runner = await verdicts.runner(reads) is not None
    proofs = {id: Proof(found.get(one.solution), found.get(one.starter), runner) for id, one in keys.items()}
    open = {id: texts[id].normal().content_hash for id, proof in proofs.items() if not proof.is_complete}
    vain = await runs.vain_tries(reads, list(open.values()))
    return proofs | {id: replace(proofs[id], vain=vain.get(hash, 0)) for id, hash in open.items()}


def _live_content(
    id: UUID,
    contents: Mapping[tuple[UUID, int], Content],
    live: Mapping[UUID, LiveSet],
    compared: Mapping[tuple[UUID, int], FullVersionRow],
    trial: RunningExperiment | None,
) -> Content | None:
    """Return what is live says: the control, during an experiment."""
    numbers = [number for number, _ in live[id].arms if trial is None or compared[id, number].id == trial.control]
    return contents.get((id, numbers[0])) if numbers else None


async def _compared(
    reads: Reads,
    drafts: Sequence[DraftRow],
    live: dict[UUID, LiveSet],
    highest: dict[UUID, VersionRow],
    trials: Mapping[UUID, RunningExperiment],
) -> dict[tuple[UUID, int], FullVersionRow]:
    """Return, whole, the highest version of each challenge and the live one, of an experiment all arms."""
    wanted = {
        (draft.id, number)
        for draft in drafts
        if draft.id in highest
        for number in (highest[draft.id].number, *(arm for arm, _ in live[draft.id].arms))
    }
    return {(row.challenge_id, row.number): row for row in await versions_by_number(reads, wanted)}
