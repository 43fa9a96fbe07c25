"""Publishing: a draft becomes the next version and the one that learners get.

In order, under the challenge's lock: compare what the caller saw; read the gates; allot number and label; append the
version; append the log's entry; set the live set; notify. Nothing is written unless every challenge of the call passes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
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
from versioning.log.publication_log import Entry, Record
from versioning.pins.forwarding import NOTHING_STATED, Replaced, Stated
from versioning.publishing import publish_state
from versioning.publishing.gates import ARCHIVED, Gate, gates
from versioning.publishing.publish_state import PublishState, lock


@dataclass(frozen=True, slots=True)
class Plan:
    """What a publish would do now."""

    standing: PublishState
    gates: list[Gate]
    bump: Bump | None
    label: str | None

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
    append_version: Query
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
    if standing is None:
        return None
    bump = kind_of_change(standing)
    label = labels.spelled(label_of(standing, bump)) if standing.same_text is None else None
    return Plan(standing, gates(standing, None), bump if standing.same_text is None else None, label)


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
    tx: Transaction, act: WriteContext, passed: Sequence[tuple[PublishState, PublishRequest]]
) -> Published:
    """Write the versions and the entry of wishes that passed every gate under the locks that are held."""
    entry = await Entry.open(tx, act)
    replaced = [await Replaced.of(tx, standing.draft.id) for standing, _ in passed]
    written = [await append_version(tx, act, entry, standing, wish) for standing, wish in passed]
    reasons = {wish.changelog for _, wish in passed}
    reason = reasons.pop() if len(reasons) == 1 else None
    publication = await entry.close(
        "PUBLISH", [record for _, record in written], reason=reason or None, facts=replay_facts(passed)
    )
    for before, (version_id, _), (standing, wish) in zip(replaced, written, passed, strict=True):
        await before.migrate(tx, entry.seq, entry.at, version_id, standing.content.judged_hash, wish.migration)
    return Published(publication, [version_id for version_id, _ in written])


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


async def append_version(
    tx: Transaction, act: WriteContext, entry: Entry, standing: PublishState, wish: PublishRequest
) -> tuple[UUID, Record]:
    """Make what stands there the next version, live; return its id and the challenge's share of the open entry."""
    draft, highest = standing.draft, standing.highest
    number = highest.number + 1 if highest else 1
    major, minor = label_of(standing, wish.bump or kind_of_change(standing))
    version_id = new_id()
    facts = {
        "id": version_id,
        "challenge_id": draft.id,
        "number": number,
        "major": major,
        "minor": minor,
        "content_hash": draft.content_hash,
        "restored_from": draft.draft_restored_from,
        "changelog": texts.lf(wish.changelog),
        "created_by": draft.draft_updated_by,
        "reviewed_by": standing.approved_by,
        "published_by": act.actor,
        "published_at": entry.at,
        "canonical": CANONICAL,
    }
    # Not the draft row's own: one that was saved before the hash covered names still has the hash of then.
    judged_hash = standing.content.judged_hash
    await tx.execute(queries.take_out_of_service, challenge_id=draft.id)
    await tx.execute(
        queries.append_version,
        **facts,
        title=draft.title,
        instructions=draft.instructions,
        difficulty=draft.difficulty,
        points=draft.points,
        estimated_time_minutes=draft.estimated_time_minutes,
        starter_html=draft.starter_html,
        starter_css=draft.starter_css,
        starter_js=draft.starter_js,
        solution_hash=draft.solution_hash,
        tests=Jsonb(draft.tests),
        hooks=Jsonb(draft.hooks),
        libraries=Jsonb(draft.libraries),
        hints=Jsonb(draft.hints),
        judged_hash=judged_hash,
        chain_hash=chain_hash(
            highest.chain_hash if highest else None,
            judged_hash=judged_hash,
            **facts,  # type: ignore[arg-type]  # the facts above are the function's own names and types
        ),
    )
    await tx.execute(queries.mark_published, id=draft.id, content_hash=draft.content_hash)
    return version_id, live_record(standing, [(number, 100)])


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
