"""Compatibility: what a publish does to the work that learners have done, and what follows for gate and label.

Everything is read from what is stored, in the publish's own transaction: how many learners' solutions the live tests
have accepted, and the last replay of them under the draft's tests. A replay holds for a week, and while no more
learners have passed since than had before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias
from uuid import UUID

from core.canonical import Canonical
from sql.database import Reads
from sql.rows.replays import ChallengeLearnersRow, ReplayRow
from versioning.content.definition import Content
from versioning.content.labels import Bump
from versioning.judging.replays import queries

Pair: TypeAlias = tuple[str, str]  # judged hash of the draft, judged hash of what is live
State = Literal["PASSED", "FAILED", "PENDING", "WARNING"]

DAYS = 7
ENOUGH = 30  # solutions that all still pass let a changed test count as minor


@dataclass(frozen=True, slots=True)
class Accepted:
    """The publisher's word that tests may break solutions: which, and why."""

    tests: frozenset[str] = frozenset()
    reason: str = ""


NOTHING_ACCEPTED = Accepted()


@dataclass(frozen=True, slots=True)
class Compatibility:
    """What is known of learners' solutions under a draft whose tests differ from those that are live.

    ``solved`` is how many learners the live tests have let through, ``replay`` the finished one that holds,
    ``allowed`` how many percent may break, ``runner`` whether somebody could replay.
    """

    solved: int
    replay: ReplayRow | None
    allowed: int
    runner: bool

    @property
    def judged(self) -> int:
        """How many different solutions were judged."""
        return self.replay.still_pass + self.replay.broken if self.replay else 0

    @property
    def is_within(self) -> bool:
        """Whether no more break than may."""
        return self.replay is not None and 100 * self.replay.broken <= self.allowed * self.judged

    @property
    def is_harmless(self) -> bool:
        """Whether a replay showed that nothing breaks, over enough solutions."""
        replay = self.replay
        return replay is not None and self.judged >= ENOUGH and not (replay.broken or replay.unknown)

    def accepts(self, accepted: Accepted) -> bool:
        """Whether the publisher named every test that breaks something, and a reason."""
        breaks = {test["id"] for test in self.replay.breaks} if self.replay else set()
        return self.replay is not None and bool(accepted.reason.strip()) and breaks <= accepted.tests

    def facts(self) -> dict[str, Canonical] | None:
        """Return the replay's figures, for the log and for a plan's id."""
        replay = self.replay
        if replay is None:
            return None
        return {
            "id": str(replay.id),
            "stillPass": replay.still_pass,
            "broken": replay.broken,
            "newlyPass": replay.newly_pass,
            "unknown": replay.unknown,
            "breaks": {test["id"]: test["breaks"] for test in replay.breaks},
        }


async def learners(reads: Reads, judged: Mapping[UUID, str]) -> dict[UUID, ChallengeLearnersRow]:
    """Return how many learners these challenges have; ``judged`` is the hash of the tests that are live."""
    rows = await reads.fetch_all(
        queries.learners_of_challenges,
        ChallengeLearnersRow,
        challenge_ids=list(judged),
        judged_hashes=list(judged.values()),
    )
    return {row.challenge_id: row for row in rows}


async def of_changed(
    reads: Reads, changed: Mapping[UUID, Pair], allowed: int, *, runner: bool
) -> dict[UUID, Compatibility]:
    """Return what is known of these challenges, whose tests are to change."""
    if not changed:
        return {}
    counts = await learners(reads, {id: live for id, (_, live) in changed.items()})
    rows = await reads.fetch_all(
        queries.finished_replays,
        ReplayRow,
        challenge_ids=list(changed),
        judged_hashes=[draft for draft, _ in changed.values()],
        against=[live for _, live in changed.values()],
        days=DAYS,
    )
    replays = {row.challenge_id: row for row in rows}
    found = {}
    for id in changed:
        solved, replay = counts[id].solved, replays.get(id)
        holds = replay is not None and solved <= 2 * (replay.solved or 0)
        found[id] = Compatibility(solved, replay if holds else None, allowed, runner)
    return found


def only_adds_or_changes(before: Content, after: Content) -> bool:
    """Whether the change is one whose harm a replay can tell: tests added or changed, nothing else that judges."""
    ids = [test.id for test in after.tests]
    kept = [test.id for test in before.tests]
    return (
        [id for id in ids if id in set(kept)] == kept
        and before.hooks == after.hooks
        and before.libraries == after.libraries
        and before.starter.plain().keys() == after.starter.plain().keys()
        and before.solution.plain().keys() == after.solution.plain().keys()
    )


def state(known: Compatibility | None, wanted: Bump | None, accepted: Accepted) -> tuple[State, str | None]:
    """Return how the gate stands with what it says; ``wanted`` is the label's step that the publisher asks for.

    What is published as major may break: then nothing is waited for, and nothing refused.
    """
    if known is None or (known.replay is None and not known.solved):
        return "PASSED", None
    if known.replay is None:
        told = (
            f"{known.solved} learners have passed the tests that are live, and nobody ran their solutions under these"
        )
        if wanted == "MAJOR":
            return "WARNING", f"{told}; as a major change it may break them. replayDraft tells whom."
        if not known.runner:
            return "WARNING", f"{told}: no worker with a browser is there. It is a major change."
        return "PENDING", f"{told}; replayDraft runs them, and so does the publish, unless bump is MAJOR."
    told = _told(known, known.replay)
    if known.is_within:
        return "PASSED", told
    if wanted == "MINOR" and not known.accepts(accepted):
        return "FAILED", (
            f"{told} More than {known.allowed} % break: publish it as a major change, or name the tests in"
            " acceptBroken and say why in brokenReason."
        )
    return "WARNING", told


def _told(known: Compatibility, replay: ReplayRow) -> str:
    told = f"{replay.still_pass} of {known.judged} different solutions still pass"
    if replay.broken:
        named = [f"{test['id']} breaks {test['breaks']}" for test in replay.breaks]
        more = f" and {len(named) - 5} more tests" if len(named) > 5 else ""
        told += f"; {', '.join(named[:5])}{more}, of {replay.broken_learners} learners"
    if replay.newly_pass:
        told += f"; {replay.newly_pass} wrong ones pass now"
    return f"{told}."
