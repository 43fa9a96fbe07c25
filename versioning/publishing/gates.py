"""The gates of publishing: each condition, how it stands, and the fault of one that does not let pass.

Pure functions of how a challenge stands; nothing is looked up here.
"""

from dataclasses import dataclass
from typing import Literal

from core.faults import Fault
from sandbox.work import Doubt
from sql.rows.runs import VerdictRow
from versioning.content.labels import Bump
from versioning.faults import (
    Archived,
    ExperimentRunning,
    GateFailed,
    IdenticalToVersion,
    NothingToPublish,
    RunnerUnavailable,
)
from versioning.judging import compatibility
from versioning.judging.compatibility import NOTHING_ACCEPTED, Accepted
from versioning.publishing.publish_state import Proof, PublishState

ARCHIVED = Archived(("challengeId",))

GateName = Literal[
    "VALID",
    "HAS_TESTS",
    "SOLUTION_PASSES",
    "STARTER_DOES_NOT_PASS",
    "TESTS_ASSERT",
    "CHANGED",
    "CHANGELOG",
    "REVIEWED",
    "NO_EXPERIMENT",
    "ANCESTORS_SHOWN",
    "COMPATIBLE",
]
DOUBTS: tuple[tuple[Doubt, str], ...] = (
    ("NO_ASSERTION", "Passed without making an assertion: {}."),
    ("NOT_AWAITED", "Made an assertion after the test was over; await the promise: {}."),
)
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


def gates(
    standing: PublishState, changelog: str | None, bump: Bump | None = None, accepted: Accepted = NOTHING_ACCEPTED
) -> list[Gate]:
    """Return every gate with its state; ``changelog`` is None where the call to come will bring one.

    ``bump`` is the step of the label that is asked for: what is published as major may break solutions.
    """
    return [
        _valid(standing),
        _has_tests(standing),
        *_proved(standing),
        _changed(standing),
        _changelog(changelog),
        _reviewed(standing),
        _no_experiment(standing),
        _ancestors_shown(standing),
        *_compatible(standing, bump, accepted),
    ]


def _valid(standing: PublishState) -> Gate:
    if standing.draft.deleted_at is not None:
        return Gate("VALID", "FAILED", ARCHIVED.text(), ARCHIVED)
    faults = standing.content.check()
    if standing.content.instructions.strip() and not faults:
        return Gate("VALID", "PASSED")
    message = (
        f"{'.'.join(faults[0].path)}: {faults[0].text()}"
        if faults
        else "The challenge has no instructions; write what the learner is to do."
    )
    return Gate("VALID", "FAILED", message, GateFailed(("VALID",), message))


def _has_tests(standing: PublishState) -> Gate:
    if standing.content.tests:
        return Gate("HAS_TESTS", "PASSED")
    message = "The challenge has no test; add at least one, so that work on it can be judged."
    return Gate("HAS_TESTS", "FAILED", message, GateFailed(("HAS_TESTS",), message))


def _proved(standing: PublishState) -> list[Gate]:
    """Return the gates of what running the draft came to; none where nothing is asked for or to be run."""
    proof, text = standing.proof, standing.content
    if proof is None or not text.tests or (standing.same_text is not None):
        return []
    solution, starter = proof.solution, proof.starter
    if solution is not None and solution.passed and not solution.confirmed:
        solution = None
    return [
        _proof("SOLUTION_PASSES", solution, proof, passes=True),
        _proof("STARTER_DOES_NOT_PASS", starter, proof, passes=False),
        _tests_assert(solution, proof.runner),
    ]


def _proof(gate: GateName, found: VerdictRow | None, proof: Proof, *, passes: bool) -> Gate:
    if found is None:
        if not proof.runner:
            fault: Fault = RunnerUnavailable((gate,))
            return Gate(gate, "UNAVAILABLE", fault.text(), fault)
        message = "It was not run yet; previewDraft runs it, and so does the publish."
        if proof.vain:
            times = "once" if proof.vain == 1 else f"{proof.vain} times"
            message = f"It was run {times} and came to no verdict; try again."
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


def _tests_assert(solution: VerdictRow | None, runner: bool) -> Gate:
    """Warn of tests that the solution passed without showing anything; it never blocks, not even before the run."""
    if solution is None:
        return Gate("TESTS_ASSERT", "PENDING" if runner else "UNAVAILABLE", "The run of the solution shows it.")
    told = [
        sentence.format(", ".join(ids))
        for doubt, sentence in DOUBTS
        if (ids := [test["id"] for test in solution.tests if doubt in test.get("doubts", ())])
    ]
    return Gate("TESTS_ASSERT", "WARNING", " ".join(told)) if told else Gate("TESTS_ASSERT", "PASSED")


def _changed(standing: PublishState) -> Gate:
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


def _reviewed(standing: PublishState) -> Gate:
    if not standing.review_needed or standing.approved_by is not None:
        return Gate("REVIEWED", "PASSED")
    message = "Nobody approved this text; ask for a review with requestReview."
    return Gate("REVIEWED", "FAILED", message, GateFailed(("REVIEWED",), message))


def _no_experiment(standing: PublishState) -> Gate:
    if standing.trial is None:
        return Gate("NO_EXPERIMENT", "PASSED")
    fault = ExperimentRunning(("NO_EXPERIMENT",))
    return Gate("NO_EXPERIMENT", "FAILED", fault.text(), fault)


def _ancestors_shown(standing: PublishState) -> Gate:
    if standing.ancestors_shown:
        return Gate("ANCESTORS_SHOWN", "PASSED")
    return Gate(
        "ANCESTORS_SHOWN",
        "WARNING",
        "Its track, module or lesson is not shown yet: learners will not see it until then.",
    )


def _compatible(standing: PublishState, bump: Bump | None, accepted: Accepted) -> list[Gate]:
    """Return the gate of what becomes of learners' solutions; none where nothing is to be run."""
    if standing.proof is None or standing.same_text is not None:
        return []
    state, message = compatibility.state(standing.compatibility, bump, accepted)
    blocks = state in ("FAILED", "PENDING")
    return [Gate("COMPATIBLE", state, message, GateFailed(("COMPATIBLE",), message or "") if blocks else None)]
