"""Choose the version of a challenge that a learner works on, or would begin with.

Here what versioning knows (what is live, which experiment runs, where pins lead) and what practice keeps (enrolments,
progress) meet in the caller's transaction.
"""

from dataclasses import dataclass
from uuid import UUID

from core.faults import Fault, NotFound, Stale
from core.write_context import WriteContext
from loaders.content.tree import Tree
from practice import enrollments, progress
from practice.attempts import Place
from practice.faults import NotEnrolled
from sql.database import Reads, Transaction
from sql.errors import Busy
from versioning.experiments.assignment import assign, assigned, running
from versioning.faults import Archived, NotPublished
from versioning.log.live import arms_of
from versioning.pins.selection import Pin, drawn, followed, successions_in
from versioning.publishing.publish_state import full_versions_by_id

TURNS = 5  # an experiment or a pin is changed between two statements once, hardly twice


@dataclass(frozen=True, slots=True)
class Chooser:
    """Who works on a challenge, and what they see of the tree.

    ``participant`` takes part in experiments, ``subject`` is what is hashed for that; without them it is the control.
    """

    act: WriteContext
    sees_all: bool
    participant: UUID | None
    subject: str | None


async def choose(
    tx: Transaction, chooser: Chooser, challenge_id: UUID, version_id: UUID | None
) -> tuple[list[Fault], Place | None]:
    """Return where somebody works or would begin, or all that speaks against beginning.

    ``version_id`` is the version that the client means, if it says so: another one than the chosen is a fault.
    """
    faults = await challenge_faults(tx, chooser, challenge_id)
    if faults:
        return faults, None
    place = await place_of(tx, chooser.act.actor, challenge_id)
    if place is None:
        pin = await choose_anew(tx, chooser, challenge_id, draws=True)
        if pin is None:
            return [NotPublished(("challengeId",))], None
        place = Place(pin.version_id, pin.seq)
    stale = await stale_version(tx, challenge_id, version_id, place.version_id)
    return ([stale] if stale else []), place


async def place_of(tx: Transaction, user_id: UUID, challenge_id: UUID) -> Place | None:
    """Return where a learner works by now, with the pin that leads there; None before they begin."""
    own = await progress.one(tx, user_id, challenge_id)
    if own is None:
        return None
    stored, successions = Pin(own.pinned_version_id, own.pinned_seq), successions_in(own.successions)
    pin = followed(stored, successions)
    before = followed(stored, [one for one in successions if one[2] < pin.seq])
    return Place(pin.version_id, pin.seq, (stored.version_id, stored.seq), before.version_id)


async def choose_anew(tx: Transaction, chooser: Chooser, challenge_id: UUID, *, draws: bool) -> Pin | None:
    """Return what somebody gets who works on no version yet; with ``draws`` they are drawn for an arm, for ever.

    It is as of the statement that read the live set: what is published later leads on from there.
    """
    learner, subject = chooser.participant, chooser.subject
    for _ in range(TURNS):
        live = (await arms_of(tx, [challenge_id])).get(challenge_id, [])
        if not live:
            return None
        if len(live) == 1:
            return Pin(live[0].id, live[0].seq)
        trial = (await running(tx, [challenge_id])).get(challenge_id)
        if trial is None:
            continue
        known = (await assigned(tx, learner, [trial])).get(challenge_id) if learner else None
        if known is None and draws and learner and subject:
            known = (await assign(tx, learner, [(trial, drawn(trial, subject))], chooser.act.at)).get(challenge_id)
            if known is None:
                continue
        return Pin(known or trial.control, live[0].seq)
    raise Busy


async def challenge_faults(tx: Transaction, chooser: Chooser, challenge_id: UUID) -> list[Fault]:
    """Return what keeps somebody from working on a challenge, whatever its versions are."""
    seen = await Tree(tx, chooser.sees_all, chooser.act.actor).challenges([challenge_id])
    if challenge_id not in seen:
        return [NotFound(("challengeId",))]
    faults: list[Fault] = []
    if seen[challenge_id].state == "ARCHIVED":
        faults.append(
            Archived(("challengeId",), "This challenge is archived: what you did stays, and nothing is added.")
        )
    if not await enrollments.is_enrolled(tx, chooser.act.actor, challenge_id):
        faults.append(NotEnrolled(("challengeId",)))
    return faults


async def stale_version(reads: Reads, challenge_id: UUID, stated: UUID | None, actual: UUID) -> Stale | None:
    """Return the fault of a client that means another version than the one that would be used.

    A version of another challenge is as one that there is not: the learner may see nothing of it.
    """
    if stated is None or stated == actual:
        return None
    found = await full_versions_by_id(reads, [stated, actual])
    labels = {row.id: row.label for row in found if row.challenge_id == challenge_id}
    return Stale(
        ("versionId",),
        "That is not the version that you work on or would begin with; read the challenge again.",
        expected=labels.get(stated, "a version that there is not"),
        actual=labels[actual],
    )
