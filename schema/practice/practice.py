"""Learners' work: enrolments, progress, attempts, leaderboards. Everybody reaches their own, and leaderboards."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

import loaders.practice
from loaders.content.tree import challenge_by_id, track_by_id
from loaders.content.versions import newer_version_by_pin, own_version_by_id
from loaders.judging.heads import head_status_by_work, newer_changes_by_work
from loaders.practice import AttemptsOf, ProgressOf, attempt_by_ref, visible_enrollment_by_ref, visible_progress_by_ref
from loaders.users import user_by_id
from practice import grading, leaderboards
from resolvers.policy import everyone
from schema.content.versions import ChallengeVersion, Code
from schema.fields import Arguments, Shows, column, identity, loaded
from schema.inputs import text_of
from schema.judging.page_errors import PageError, PageRunStatus
from schema.node import Node, parsed_id
from schema.people.users import User

if TYPE_CHECKING:
    from schema.content.tree import Challenge, Track

FIRST = {"description": "How many at most; 20 when absent, up to 100."}
AFTER = {"description": "The cursor to go on from; absent begins."}


@strawberry.enum(description="How far a learner is with a challenge.")
class ProgressStatus(Enum):
    NOT_STARTED = strawberry.enum_value("NOT_STARTED", description="Neither started nor submitted.")
    IN_PROGRESS = strawberry.enum_value("IN_PROGRESS", description="Begun, and never passed all tests.")
    COMPLETED = strawberry.enum_value(
        "COMPLETED", description="The learner passed all tests once. A completion is never withdrawn."
    )


@strawberry.enum(description="How a learner's best code stands against what is live for them now.")
class HeadStatus(Enum):
    PASSES = strawberry.enum_value("PASSES", description="It passes all tests.")
    FAILS = strawberry.enum_value("FAILS", description="It does not.")
    STALE = strawberry.enum_value("STALE", description="It was judged by another version's tests only.")
    QUEUED = strawberry.enum_value("QUEUED", description="It is about to be run under the tests of what is live.")
    UNKNOWN = strawberry.enum_value("UNKNOWN", description="Nothing of theirs was judged, or nothing is live.")


@strawberry.enum(description="How an attempt stands.")
class AttemptStatus(Enum):
    QUEUED = strawberry.enum_value("QUEUED", description="It waits for its verdict.")
    RUNNING = strawberry.enum_value("RUNNING", description="It is being judged.")
    PASSED = strawberry.enum_value("PASSED", description="Every test passed.")
    FAILED = strawberry.enum_value("FAILED", description="Some test did not pass.")
    ERROR = strawberry.enum_value("ERROR", description="It could not be judged; it is kept and can be graded again.")
    INCONCLUSIVE = strawberry.enum_value(
        "INCONCLUSIVE", description="The judge ran out of time, not the work; it is kept and can be graded again."
    )


@strawberry.enum(description="How a test came out.")
class TestOutcome(Enum):
    __test__ = False
    PASSED = strawberry.enum_value("PASSED", description="The page is right in this respect.")
    FAILED = strawberry.enum_value("FAILED", description="It is not, and the message says in what.")
    ERROR = strawberry.enum_value("ERROR", description="The page or the test threw something unforeseen.")
    TIMEOUT = strawberry.enum_value("TIMEOUT", description="It took longer than it may.")
    CRASHED = strawberry.enum_value("CRASHED", description="The page took the browser down.")
    SKIPPED = strawberry.enum_value("SKIPPED", description="It was not run, because of what came before.")


@strawberry.type(description="How one of the tests that learners see came out.")
class TestResult(Shows[grading.Result]):
    __test__ = False
    test_id: strawberry.ID = column("The test's id, local to the challenge.", see=everyone)
    outcome: TestOutcome = column("How it came out.", see=everyone)
    message: str | None = column("What is wrong, for the learner.", see=everyone)


@strawberry.type(description="A learner in a track.")
class Enrollment(Shows[loaders.practice.Enrollment], Node, node=visible_enrollment_by_ref):
    id: strawberry.ID = identity("user_id", "track_id")
    track: Annotated["Track", strawberry.lazy("schema.content.tree")] = loaded(
        "The track.", by="track_id", loader=track_by_id, see=everyone
    )
    enrolled_at: datetime = column("When they enrolled.", see=everyone)
    progress_percentage: float = column("Completed challenges among those that are there now, 0 to 100.", see=everyone)
    total_challenges: int = column("How many challenges the track has now.", see=everyone)
    completed_challenges: int = column("How many of them they completed.", see=everyone)
    total_points: int = column("What the track's challenges are worth now.", see=everyone)
    earned_points: int = column("The points that the learner earned. Points of archived challenges stay.", see=everyone)
    new_challenges: int = column(
        "How many challenges came into the track since they last completed something in it.", see=everyone
    )


@strawberry.type(description="A learner's progress in a challenge.")
class ChallengeProgress(Shows[loaders.practice.Progress], Node, node=visible_progress_by_ref):
    id: strawberry.ID = identity("user_id", "challenge_id")
    challenge: Annotated["Challenge", strawberry.lazy("schema.content.tree")] | None = loaded(
        "The challenge; null while it is hidden.", by="challenge_id", loader=challenge_by_id, see=everyone
    )
    status: ProgressStatus = column("How far they are.", see=everyone)
    best_score: int | None = column("The best score over all versions, 0 to 100; it never falls.", see=everyone)
    total_attempts: int = column("How many attempts they submitted.", see=everyone)
    last_attempt_at: datetime | None = column("When they last submitted.", see=everyone)
    completed_at: datetime | None = column("When they first passed all tests.", see=everyone)
    version: ChallengeVersion | None = loaded(
        "The version that they work on; null before they begin.",
        by="version_id",
        loader=own_version_by_id,
        see=everyone,
    )
    newer_version: ChallengeVersion | None = loaded(
        "What they would get if they began now, where that is another version; after a rollback its number is lower.",
        by="newer_than",
        loader=newer_version_by_pin,
        see=everyone,
    )
    newer_changes: str | None = loaded(
        'What is different there for them: "2 tests added; your saved code passes both". Null where nothing is newer.',
        by="work",
        loader=newer_changes_by_work,
        see=everyone,
    )
    head_status: HeadStatus = loaded(
        "Whether their best code passes what is live for them: a fact beside the completion, which stays.",
        by="work",
        loader=head_status_by_work,
        see=everyone,
    )
    completed_version: ChallengeVersion | None = loaded(
        "The version whose tests the learner first passed; null until then.",
        by="completed_version_id",
        loader=own_version_by_id,
        see=everyone,
    )


@strawberry.type(description="One submission of a learner's work.")
class Attempt(Shows[loaders.practice.Attempt], Node, node=attempt_by_ref):
    id: strawberry.ID = identity("user_id", "id")
    challenge: Annotated["Challenge", strawberry.lazy("schema.content.tree")] | None = loaded(
        "The challenge; null while it is hidden.", by="challenge_id", loader=challenge_by_id, see=everyone
    )
    number: int = column("Its number among their attempts at the challenge, from 1.", see=everyone)
    status: AttemptStatus = column("How it stands.", see=everyone)
    score: int | None = column("The share of passed weight in percent; null before the verdict.", see=everyone)
    created_at: datetime = column("When it was submitted.", see=everyone)
    graded_at: datetime | None = column("When its verdict came.", see=everyone)
    version: ChallengeVersion = loaded(
        "The version it was submitted for, by which it is judged.",
        by="version_id",
        loader=own_version_by_id,
        see=everyone,
    )
    code: Code = column("The submitted code.", see=everyone)
    results: list[TestResult] = column("How the visible tests came out, in order; empty before.", see=everyone)
    hidden_passed: int | None = column("How many hidden tests passed; null before the verdict.", see=everyone)
    hidden_total: int | None = column("How many hidden tests there are; null before the verdict.", see=everyone)
    page_errors: list[PageError] = column(
        "Errors of the page in the order they happened, at most 20; empty before the verdict. Errors that came after a"
        " hidden test had begun are left out.",
        see=everyone,
    )
    run_status: PageRunStatus | None = column(
        "How the page ended; null before the verdict and for one judged from outside.", see=everyone
    )
    learner: User | None = loaded(
        "Whose attempt it is. The learner, reviewers and admins; null to others.",
        by="user_id",
        loader=user_by_id,
        see=everyone,
    )
    can_rejudge: bool = column(
        "Whether the viewer may have it judged again: its learner, for ERROR and INCONCLUSIVE.", see=everyone
    )


@strawberry.type(description="A place on a challenge's leaderboard.")
class LeaderboardEntry(Shows[leaderboards.Place]):
    rank: int = column("The rank; equals share one, and the next one counts them.", see=everyone)
    display_name: str = column("Who.", see=everyone)
    avatar_url: str | None = column("Where their picture lies, if there is one.", see=everyone)
    best_score: int = column("Their best score.", see=everyone)
    total_attempts: int = column("How many attempts it took up to completion.", of="attempts", see=everyone)
    completed_at: datetime = column("When they completed the challenge.", see=everyone)


@dataclass(frozen=True, slots=True)
class ProgressArguments(Arguments):
    """The arguments of ``progress``."""

    first: int | None = field(default=None, metadata=FIRST)
    after: str | None = field(default=None, metadata=AFTER)
    status: ProgressStatus | None = field(
        default=None, metadata={"description": "Only challenges of this status; NOT_STARTED ones are in no list."}
    )

    def asked(self) -> ProgressOf:
        return ProgressOf(self.first, self.after, text_of(self.status) if self.status else None)


@dataclass(frozen=True, slots=True)
class AttemptsArguments(Arguments):
    """The arguments of ``attempts``."""

    challenge_id: strawberry.ID | None = field(default=None, metadata={"description": "Only those at this challenge."})
    first: int | None = field(default=None, metadata=FIRST)
    after: str | None = field(default=None, metadata=AFTER)

    def asked(self) -> AttemptsOf:
        return AttemptsOf(self._challenge(), self.first, self.after)

    def _challenge(self) -> UUID | None:
        if self.challenge_id is None:
            return None
        parsed = parsed_id(self.challenge_id)
        # What is no challenge has no attempts.
        return parsed[1][0] if parsed and parsed[0] == "Challenge" and len(parsed[1]) == 1 else UUID(int=0)
