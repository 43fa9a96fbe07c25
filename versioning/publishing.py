"""Publishing: a draft becomes the next version and the one that learners get.

In order, under the challenge's lock: compare what the caller saw; read the gates; allot number and label; append the
version; append the log's entry; set the live set; notify. Nothing is written unless every challenge of the call passes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sql import limits, texts
from sql.act import Act
from sql.canonical import CANONICAL
from sql.database import Jsonb, Reads, Transaction
from sql.faults import Fault, Faults, NotFound
from sql.ids import new_id
from sql.named import Query, load
from sql.rows.log import PublicationRow
from sql.rows.runs import VerdictRow
from sql.sealing import Keyring
from versioning import labels
from versioning.chain import chain_hash
from versioning.content import Content, is_major
from versioning.diff import Diff, diff
from versioning.faults import (
    Archived,
    ExperimentRunning,
    GateFailed,
    IdenticalToVersion,
    NothingToPublish,
    RunnerUnavailable,
)
from versioning.labels import Bump
from versioning.live import plain
from versioning.log import Entry, Record
from versioning.standing import Standing, lock, look
from versioning.successions import NOTHING_STATED, Replaced, Stated

GateName = Literal[
    "VALID",
    "HAS_TESTS",
    "SOLUTION_PASSES",
    "STARTER_DOES_NOT_PASS",
    "CHANGED",
    "CHANGELOG",
    "REVIEWED",
    "NO_EXPERIMENT",
    "ANCESTORS_SHOWN",
]
GateState = Literal["PASSED", "FAILED", "PENDING", "UNAVAILABLE", "WARNING"]


@dataclass(frozen=True, slots=True)
class Gate:
    """One condition of publishing. WARNING never blocks; PENDING waits for what the call itself must bring.

    UNAVAILABLE is what nobody is there to find out.
    """

    gate: GateName
    state: GateState
    message: str | None = None
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a publish would do now."""

    standing: Standing
    gates: list[Gate]
    bump: Bump | None
    label: str | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be published: ``path`` leads to it in the caller's input; hashes are what the caller saw."""

    challenge_id: UUID
    content_hash: str | None
    live_set_hash: str
    changelog: str
    bump: Bump | None = None
    path: tuple[str, ...] = ()
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


queries = load("publishing", _Queries)


_ARCHIVED = Archived(("challengeId",))


async def plan(reads: Reads, keyring: Keyring, challenge_id: UUID) -> Plan | None:
    """Tell what a publish would do, without doing it; None when there is no such challenge."""
    standing = (await look(reads, keyring, [challenge_id])).get(challenge_id)
    if standing is None:
        return None
    bump = kind_of_change(standing)
    label = labels.spelled(_label(standing, bump)) if standing.same_text is None else None
    return Plan(standing, gates(standing, None), bump if standing.same_text is None else None, label)


async def publish(tx: Transaction, keyring: Keyring, act: Act, wishes: Sequence[Wish]) -> Published:
    """Publish each wish's draft, all in one entry of the log; raises ``Refused`` and writes nothing otherwise."""
    standings = await lock(tx, keyring, [wish.challenge_id for wish in wishes])
    missing = [NotFound((*wish.path, "challengeId")) for wish in wishes if wish.challenge_id not in standings]
    Faults(missing).settle()
    for wish in wishes:
        standings[wish.challenge_id].compare(wish.path, wish.content_hash, wish.live_set_hash)
    faults = Faults()
    for wish in wishes:
        faults.extend(refusals(standings[wish.challenge_id], wish))
    faults.settle()
    return await append(tx, act, [(standings[wish.challenge_id], wish) for wish in wishes])


async def append(tx: Transaction, act: Act, passed: Sequence[tuple[Standing, Wish]]) -> Published:
    """Write the versions and the entry of wishes that passed every gate under the locks that are held."""
    entry = await Entry.open(tx, act)
    replaced = [await Replaced.of(tx, standing.draft.id) for standing, _ in passed]
    written = [await append_version(tx, act, entry, standing, wish) for standing, wish in passed]
    reasons = {wish.changelog for _, wish in passed}
    reason = reasons.pop() if len(reasons) == 1 else None
    publication = await entry.close("PUBLISH", [record for _, record in written], reason=reason or None)
    for before, (version_id, _), (standing, wish) in zip(replaced, written, passed, strict=True):
        await before.migrate(tx, entry.seq, entry.at, version_id, standing.draft.judged_hash, wish.migration)
    return Published(publication, [version_id for version_id, _ in written])


def kind_of_change(standing: Standing) -> Bump:
    """Return MAJOR when the draft is a major change against the live version or against the highest one."""
    others = (standing.live_content, standing.highest_content)
    return "MAJOR" if any(other and is_major(other, standing.content) for other in others) else "MINOR"


def gates(standing: Standing, changelog: str | None) -> list[Gate]:
    """Return every gate with its state; ``changelog`` is None where the call to come will bring one."""
    return [
        _valid(standing),
        _has_tests(standing),
        *_proved(standing),
        _changed(standing),
        _changelog(changelog),
        _reviewed(standing),
        _no_experiment(standing),
        _ancestors_shown(standing),
    ]


def plan_diff(plan: Plan) -> Diff:
    """Return how the draft differs from what is live; from nothing when nothing is."""
    nothing = Content(title="", points=0, estimated_time_minutes=0)
    return diff(plan.standing.live_content or nothing, plan.standing.content)


def refusals(standing: Standing, wish: Wish) -> list[Fault]:
    """Return all that speaks against publishing what stands there as wished."""
    if standing.draft.deleted_at is not None:
        return [_ARCHIVED.under(*wish.path)]
    faults = [gate.fault.under(*wish.path) for gate in gates(standing, wish.changelog) if gate.fault]
    if wish.bump == "MINOR" and kind_of_change(standing) == "MAJOR" and standing.highest is not None:
        faults.append(
            GateFailed(
                (*wish.path, "bump"),
                "This change is major against what is live or highest; a label may only be raised.",
            )
        )
    before = standing.live_content.judged_hash if standing.live_content else None
    form = wish.migration.faults(wish.path, before, standing.draft.judged_hash)
    texts.prose(form, (*wish.path, "changelog"), wish.changelog, limits.CHANGELOG)
    return [*faults, *form]


async def append_version(
    tx: Transaction, act: Act, entry: Entry, standing: Standing, wish: Wish
) -> tuple[UUID, Record]:
    """Make what stands there the next version, live; return its id and the challenge's share of the open entry."""
    draft, highest = standing.draft, standing.highest
    number = highest.number + 1 if highest else 1
    major, minor = _label(standing, wish.bump or kind_of_change(standing))
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
        judged_hash=draft.judged_hash,
        chain_hash=chain_hash(
            highest.chain_hash if highest else None,
            judged_hash=draft.judged_hash,
            **facts,  # type: ignore[arg-type]  # the facts above are the function's own names and types
        ),
    )
    await tx.execute(queries.mark_published, id=draft.id, content_hash=draft.content_hash)
    return version_id, live_record(standing, [(number, 100)])


def live_record(standing: Standing, arms: Sequence[tuple[int, int]]) -> Record:
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


def _label(standing: Standing, bump: Bump) -> tuple[int, int]:
    return labels.following((standing.highest.major, standing.highest.minor) if standing.highest else None, bump)


def _valid(standing: Standing) -> Gate:
    if standing.draft.deleted_at is not None:
        return Gate("VALID", "FAILED", _ARCHIVED.text(), _ARCHIVED)
    faults = standing.content.check()
    if standing.content.instructions.strip() and not faults:
        return Gate("VALID", "PASSED")
    message = (
        f"{'.'.join(faults[0].path)}: {faults[0].text()}"
        if faults
        else "The challenge has no instructions; write what the learner is to do."
    )
    return Gate("VALID", "FAILED", message, GateFailed(("VALID",), message))


def _has_tests(standing: Standing) -> Gate:
    if standing.content.tests:
        return Gate("HAS_TESTS", "PASSED")
    message = "The challenge has no test; add at least one, so that work on it can be judged."
    return Gate("HAS_TESTS", "FAILED", message, GateFailed(("HAS_TESTS",), message))


def _proved(standing: Standing) -> list[Gate]:
    """Return the two gates of what running the draft came to; none where nothing is asked for or to be run."""
    proof, text = standing.proof, standing.content
    if proof is None or not text.tests or (standing.same_text is not None):
        return []
    solution, starter = proof.solution, proof.starter
    if solution is not None and solution.passed and not solution.confirmed:
        solution = None
    return [
        _proof("SOLUTION_PASSES", solution, proof.runner, passes=True),
        _proof("STARTER_DOES_NOT_PASS", starter, proof.runner, passes=False),
    ]


def _proof(gate: GateName, found: VerdictRow | None, runner: bool, *, passes: bool) -> Gate:
    if found is None:
        if not runner:
            fault: Fault = RunnerUnavailable((gate,))
            return Gate(gate, "UNAVAILABLE", fault.text(), fault)
        message = "It was not run yet; previewDraft runs it, and so does the publish."
        return Gate(gate, "PENDING", message, GateFailed((gate,), message))
    if found.passed is passes:
        return Gate(gate, "PASSED")
    if found.passed:
        message = "The starter passes all tests as it is, so nothing is left to do; add a test that it fails."
    elif found.status != "FINISHED":
        message = f"The solution's page ended as {found.status}; previewDraft shows how."
    else:
        failed = [test for test in found.tests if test["outcome"] != "PASSED"]
        told = "; ".join(f"{test['id']}: {test['message'] or test['outcome']}" for test in failed[:5])
        more = f" (and {len(failed) - 5} more)" if len(failed) > 5 else ""
        message = f"The solution fails {told[:1000]}{more}"
    return Gate(gate, "FAILED", message, GateFailed((gate,), message))


def _changed(standing: Standing) -> Gate:
    same = standing.same_text
    if same is None:
        return Gate("CHANGED", "PASSED")
    if same.is_active:
        fault: Fault = NothingToPublish(("CHANGED",))
    else:
        fault = IdenticalToVersion(
            ("CHANGED",),
            f"The draft says exactly what {same.label} says; use rollbackChallenge with toLabel {same.label} instead.",
        )
    return Gate("CHANGED", "FAILED", fault.text(), fault)


def _changelog(changelog: str | None) -> Gate:
    if changelog is None:
        return Gate("CHANGELOG", "PENDING", "Say in the publish's changelog what is different for learners.")
    if changelog.strip():
        return Gate("CHANGELOG", "PASSED")
    message = "The changelog is empty; say what is different for learners."
    return Gate("CHANGELOG", "FAILED", message, GateFailed(("CHANGELOG",), message))


def _reviewed(standing: Standing) -> Gate:
    if not standing.review_needed or standing.approved_by is not None:
        return Gate("REVIEWED", "PASSED")
    message = "Nobody approved this text; ask for a review with requestReview."
    return Gate("REVIEWED", "FAILED", message, GateFailed(("REVIEWED",), message))


def _no_experiment(standing: Standing) -> Gate:
    if standing.trial is None:
        return Gate("NO_EXPERIMENT", "PASSED")
    fault = ExperimentRunning(("NO_EXPERIMENT",))
    return Gate("NO_EXPERIMENT", "FAILED", fault.text(), fault)


def _ancestors_shown(standing: Standing) -> Gate:
    if standing.ancestors_shown:
        return Gate("ANCESTORS_SHOWN", "PASSED")
    return Gate(
        "ANCESTORS_SHOWN",
        "WARNING",
        "Its track, module or lesson is not shown yet: learners will not see it until then.",
    )
