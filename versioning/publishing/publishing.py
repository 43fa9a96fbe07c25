"""Publishing: a draft becomes the next version and the one that learners get.

In order, under the challenge's lock: compare what the caller saw; read the gates; allot number and label; append the
version; append the log's entry; set the live set; notify. Nothing is written unless every challenge of the call passes.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core import limits, texts
from core.canonical import CANONICAL, Canonical
from core.faults import Fault, Faults, NotFound, Stale
from core.ids import new_id
from core.sealing import Keyring
from core.write_context import WriteContext
from sql.database import Jsonb, Reads, Transaction
from sql.named import Query, load
from sql.rows.log import PublicationRow
from versioning.content import labels
from versioning.content.change_kind import is_lowered, kind_of_change, label_of, plan_id
from versioning.content.definition import Content
from versioning.content.diff import Diff, diff
from versioning.content.labels import Bump
from versioning.faults import GateFailed
from versioning.judging.compatibility import ENOUGH, NOTHING_ACCEPTED, Accepted
from versioning.log.chain import chain_hash
from versioning.log.live import plain
from versioning.log.publication_log import Entry, Pending, Record
from versioning.pins.forwarding import NOTHING_STATED, Stated, Successor, live_versions, migrate
from versioning.publishing import publish_state
from versioning.publishing.gates import ARCHIVED, Gate, gates
from versioning.publishing.publish_state import PublishState, lock


@dataclass(frozen=True, slots=True)
class Plan:
    """What a publish would do now."""

    standing: PublishState

    @property
    def gates(self) -> list[Gate]:
        """Every gate with its state; the changelog is still to come."""
        return gates(self.standing, None)

    @property
    def bump(self) -> Bump | None:
        """What the change is; None when the text is a version already."""
        return kind_of_change(self.standing) if self.standing.same_text is None else None

    @property
    def label(self) -> str | None:
        """The label that the version would get; None when the text is a version already."""
        return None if self.bump is None else labels.spelled(label_of(self.standing, self.bump))

    @property
    def id(self) -> str:
        """What a publish may state, so that what was reviewed is what runs."""
        return plan_id(self.standing)


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """What is to be published: ``path`` leads to it in the caller's input; hashes are what the caller saw.

    ``plan_id`` is that of the plan that was reviewed, if one was. ``waits`` tells whether a replay that is missing is
    waited for; else the change counts as one that may break.
    """

    challenge_id: UUID
    content_hash: str | None
    live_set_hash: str
    changelog: str
    bump: Bump | None = None
    path: tuple[str, ...] = ()
    accepted: Accepted = NOTHING_ACCEPTED
    plan_id: str | None = None
    waits: bool = True
    migration: Stated = NOTHING_STATED


@dataclass(frozen=True, slots=True)
class Published:
    """A publication with the ids of the versions that it appended, in the order of the wishes."""

    publication: PublicationRow
    version_ids: list[UUID]


@dataclass(frozen=True)
class _Queries:
    append_versions: Query
    take_out_of_service: Query
    put_into_service: Query
    mark_published: Query
    mark_shown: Query
    mark_archived: Query
    mark_unarchived: Query


queries = load("versioning/publishing", _Queries)


async def plan(reads: Reads, keyring: Keyring, challenge_id: UUID) -> Plan | None:
    """Tell what a publish would do, without doing it; None when there is no such challenge."""
    standing = (await publish_state.load(reads, keyring, [challenge_id])).get(challenge_id)
    return Plan(standing) if standing else None


async def publish(tx: Transaction, keyring: Keyring, act: WriteContext, wishes: Sequence[PublishRequest]) -> Published:
    """Publish each wish's draft, all in one entry of the log; raises ``Refused`` and writes nothing otherwise."""
    standings = await lock(tx, keyring, [wish.challenge_id for wish in wishes])
    missing = [NotFound((*wish.path, "challengeId")) for wish in wishes if wish.challenge_id not in standings]
    Faults(missing).settle()
    for wish in wishes:
        standings[wish.challenge_id].compare(wish.path, wish.content_hash, wish.live_set_hash)
    Faults([stale for wish in wishes if (stale := _stale_plan(standings[wish.challenge_id], wish))]).settle()
    faults = Faults()
    for wish in wishes:
        faults.extend(refusals(standings[wish.challenge_id], wish))
    faults.settle()
    return await append(tx, act, [(standings[wish.challenge_id], wish) for wish in wishes])


async def append(
    tx: Transaction,
    act: WriteContext,
    passed: Sequence[tuple[PublishState, PublishRequest]],
    before: Sequence[Pending] = (),
) -> Published:
    """Write the versions and the entry of wishes that passed every gate under the locks that are held.

    ``before`` are the entries of what the same transaction did before it.
    """
    replaced = await live_versions(tx, [standing.draft.id for standing, _ in passed])
    versions = [next_version(act, standing, wish) for standing, wish in passed]
    records = [
        live_record(standing, [(one["number"], 100)]) for (standing, _), one in zip(passed, versions, strict=True)
    ]
    facts = replay_facts(passed)
    reasons = {wish.changelog for _, wish in passed}
    reason = reasons.pop() if len(reasons) == 1 else None
    await make_room(tx, versions)
    entry = await Entry.open(tx, act, before)
    await append_versions(tx, entry, versions)
    publication = await entry.close("PUBLISH", records, reason=reason or None, facts=facts)
    successors = [
        Successor(one["challenge_id"], one["id"], one["judged_hash"], wish.migration)
        for (_, wish), one in zip(passed, versions, strict=True)
    ]
    await migrate(tx, replaced, successors, entry.seq, entry.at)
    return Published(publication, [one["id"] for one in versions])


def waits_for_replay(standing: PublishState, wish: PublishRequest) -> bool:
    """Whether nothing stands against a publish but that nobody ran learners' solutions under its tests."""
    if _stale_plan(standing, wish) or standing.draft.deleted_at is not None:
        return False
    found = gates(standing, wish.changelog, wish.bump, wish.accepted)
    waits = any(gate.gate == "COMPATIBLE" and gate.state == "PENDING" for gate in found)
    return waits and len(refusals(standing, wish)) == 1


def plan_diff(plan: Plan) -> Diff:
    """Return how the draft differs from what is live; from nothing when nothing is."""
    nothing = Content(title="", points=0, estimated_time_minutes=0)
    return diff(plan.standing.live_content or nothing, plan.standing.content)


def refusals(standing: PublishState, wish: PublishRequest) -> list[Fault]:
    """Return all that speaks against publishing what stands there as wished."""
    if standing.draft.deleted_at is not None:
        return [ARCHIVED.under(*wish.path)]
    found = gates(standing, wish.changelog, wish.bump or (None if wish.waits else "MAJOR"), wish.accepted)
    faults = [gate.fault.under(*wish.path) for gate in found if gate.fault]
    if is_lowered(standing, wish.bump, wish.accepted):
        faults.append(
            GateFailed(
                (*wish.path, "bump"),
                "This change is major against what is live or highest; a label may only be raised. Only a replay of at"
                f" least {ENOUGH} solutions lowers an added or changed test, or acceptBroken with brokenReason.",
            )
        )
    before = standing.live_content.judged_hash if standing.live_content else None
    form = wish.migration.faults(wish.path, before, standing.content.judged_hash)
    texts.prose(form, (*wish.path, "changelog"), wish.changelog, limits.CHANGELOG)
    texts.prose(form, (*wish.path, "brokenReason"), wish.accepted.reason, limits.REASON)
    return [*faults, *form]


def replay_facts(passed: Sequence[tuple[PublishState, PublishRequest]]) -> dict[str, Canonical] | None:
    """Return what replays showed of what is published, and why it may break what it breaks."""
    replays: dict[str, Canonical] = {}
    for standing, wish in passed:
        known = standing.compatibility
        if known is not None and (figures := known.facts()) is not None:
            accepted: dict[str, Canonical] = {}
            if wish.accepted.reason.strip():
                accepted = {"tests": sorted(wish.accepted.tests), "reason": texts.lf(wish.accepted.reason).strip()}
            replays[str(standing.draft.id)] = {**figures, "accepted": accepted}
    return {"replays": replays} if replays else None


def _stale_plan(standing: PublishState, wish: PublishRequest) -> Stale | None:
    if wish.plan_id is None or wish.plan_id == (actual := plan_id(standing)):
        return None
    told = "The publish would not do what the plan said; read the plan again and decide anew."
    return Stale((*wish.path, "planId"), told, expected=wish.plan_id, actual=actual)


def next_version(act: WriteContext, standing: PublishState, wish: PublishRequest) -> dict[str, Any]:
    """Return what stands there as the next version, with everything of its row but its text, moment and chain hash."""
    draft, highest = standing.draft, standing.highest
    number = highest.number + 1 if highest else 1
    major, minor = label_of(standing, wish.bump or kind_of_change(standing))
    return {
        "id": new_id(),
        "challenge_id": draft.id,
        "number": number,
        "major": major,
        "minor": minor,
        "content_hash": draft.content_hash,
        # Not the draft row's own: one that was saved before the hash covered names still has the hash of then.
        "judged_hash": standing.content.judged_hash,
        "restored_from": draft.draft_restored_from,
        "changelog": texts.lf(wish.changelog),
        "created_by": draft.draft_updated_by,
        "reviewed_by": standing.approved_by,
        "published_by": act.actor,
        "canonical": CANONICAL,
        "previous": highest.chain_hash if highest else None,
    }


async def make_room(tx: Transaction, versions: Sequence[dict[str, Any]]) -> None:
    """Take what is live of the challenges of new versions out of service; the rest of it is theirs."""
    ids = [one["challenge_id"] for one in versions]
    await tx.execute(queries.take_out_of_service, challenge_ids=ids)
    await tx.execute(queries.mark_published, ids=ids, content_hashes=[one["content_hash"] for one in versions])


async def append_versions(
    tx: Transaction, entry: Entry, versions: Sequence[dict[str, Any]], release_id: UUID | None = None
) -> None:
    """Append versions, live at the moment of the open entry, with the texts of the drafts or of a release's items."""
    # Thousands of hashes take their time, and other requests go on meanwhile.
    many = len(versions) > 50
    rows = await asyncio.to_thread(_chained, versions, entry.at) if many else _chained(versions, entry.at)
    appended = await tx.execute(
        queries.append_versions, versions=Jsonb(rows), published_at=entry.at, release_id=release_id
    )
    assert appended == len(versions), "the texts are locked, so they are those that were checked"


def _chained(versions: Sequence[dict[str, Any]], at: datetime) -> list[dict[str, Any]]:
    rows = []
    for version in versions:
        facts = {name: value for name, value in version.items() if name != "previous"}
        rows.append(facts | {"chain_hash": chain_hash(version["previous"], published_at=at, **facts)})
    return rows


def live_record(standing: PublishState, arms: Sequence[tuple[int, int]]) -> Record:
    """Return a challenge's share of an entry after which these versions, at least one, are live.

    A challenge that was out of sight although it has versions (a release that published it was reverted) counts for
    learners again, and its record says so.
    """
    hidden = standing.highest is not None and not standing.draft.is_published
    return Record(
        "challenge",
        standing.draft.id,
        standing.live.plain(),
        plain(arms),
        published_before=False if hidden else None,
        published_after=True if hidden else None,
    )
