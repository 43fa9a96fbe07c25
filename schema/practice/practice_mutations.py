"""Mutations of learners, and of those who grade them."""

from typing import Annotated, Any, cast
from uuid import UUID

import strawberry
from strawberry.types import Info

from loaders.practice import attempt_by_ref, enrollment_by_ref, notice_by_ref, progress_by_challenge_id
from practice.grading import Outcome, Result
from resolvers import practice
from resolvers.policy import may_grade, may_practise
from schema.inputs import INPUT, CodeInput, Reader, answered, asked, context, idempotency_key, text_of
from schema.payloads import Payload
from schema.practice.notices import Notice
from schema.practice.practice import Attempt, ChallengeProgress, Enrollment, TestOutcome

VERSION = "The version that is meant; another one than would be used means STALE. Absent, the one that would be used."


@strawberry.input(description="A track to follow.")
class EnrollInput:
    track_id: strawberry.ID = strawberry.field(description="Which track.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A challenge to begin.")
class StartChallengeInput:
    challenge_id: strawberry.ID = strawberry.field(description="Which challenge; one enrols in its track first.")
    version_id: strawberry.ID | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Work to be judged.")
class SubmitAttemptInput:
    challenge_id: strawberry.ID = strawberry.field(description="Which challenge.")
    code: CodeInput = strawberry.field(description="The page, at most 256,000 bytes over its three files.")
    version_id: strawberry.ID | None = strawberry.field(default=None, description=VERSION)
    wait_seconds: int = strawberry.field(default=0, description="How long to wait for the verdict, 0 to 60.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Which challenge to go on with in the version that is live now.")
class AdoptVersionInput:
    challenge_id: strawberry.ID = strawberry.field(description="Which challenge.")
    version_id: strawberry.ID | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="A notice that one has seen.")
class DismissNoticeInput:
    notice_id: strawberry.ID = strawberry.field(description="Which notice.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="How one test came out.")
class TestResultInput:
    __test__ = False
    test_id: strawberry.ID = strawberry.field(description="The test's id, local to the challenge.")
    outcome: TestOutcome = strawberry.field(description="How it came out.")
    message: str | None = strawberry.field(default=None, description="For the learner, at most 2,000 characters.")

    def result(self) -> Result:
        return Result(self.test_id, cast(Outcome, text_of(self.outcome)), self.message)


@strawberry.input(
    description="A verdict from outside: how each test of the attempt's version came out, hidden ones too."
)
class GradeAttemptInput:
    attempt_id: strawberry.ID = strawberry.field(description="Which attempt.")
    results: list[TestResultInput] = strawberry.field(description="A result for each test, and no other.")
    idempotency_key: str | None = idempotency_key()


@strawberry.type(description="The answer of enroll.")
class EnrollPayload(Payload):
    enrollment: Enrollment | None = strawberry.field(default=None, description="The enrolment.")


@strawberry.type(description="The answer of startChallenge.")
class StartChallengePayload(Payload):
    progress: ChallengeProgress | None = strawberry.field(default=None, description="The progress, with its version.")


@strawberry.type(description="The answer of submitAttempt.")
class SubmitAttemptPayload(Payload):
    attempt: Attempt | None = strawberry.field(default=None, description="The attempt, QUEUED or with its verdict.")
    progress: ChallengeProgress | None = strawberry.field(default=None, description="The progress as it is now.")


@strawberry.type(description="The answer of adoptVersion.")
class AdoptVersionPayload(Payload):
    progress: ChallengeProgress | None = strawberry.field(default=None, description="The progress, with its version.")


@strawberry.type(description="The answer of dismissNotice.")
class DismissNoticePayload(Payload):
    notice: Notice | None = strawberry.field(default=None, description="The notice, put away.")


@strawberry.type(description="The answer of gradeAttempt.")
class GradeAttemptPayload(Payload):
    attempt: Attempt | None = strawberry.field(default=None, description="The attempt with its verdict.")
    progress: ChallengeProgress | None = strawberry.field(default=None, description="Its learner's progress.")


@strawberry.type
class PracticeMutations:
    @strawberry.mutation(description="Enrol in a track. Enrolling again changes nothing. Requires a signed-in viewer.")
    async def enroll(self, info: Info[Any, Any], input: Annotated[EnrollInput, INPUT]) -> EnrollPayload:
        async def do() -> EnrollPayload:
            reader = Reader(info, may_practise)
            track_id = reader.id(input.track_id, "Track", "trackId")
            reader.settle()
            ctx = context(info)
            ids = await practice.enroll_in(ctx, asked("enroll", input), track_id)
            made = await ctx.loaders.load(enrollment_by_ref, (ctx.act().actor, ids["track"]))
            return EnrollPayload(enrollment=Enrollment.maybe(made))

        return await answered(EnrollPayload, do())

    @strawberry.mutation(description="Begin a challenge: one keeps the version that one sees now until one moves on.")
    async def start_challenge(
        self, info: Info[Any, Any], input: Annotated[StartChallengeInput, INPUT]
    ) -> StartChallengePayload:
        async def do() -> StartChallengePayload:
            challenge_id, version_id = _meant(info, input)
            ids = await practice.start_challenge(
                context(info), asked("startChallenge", input), challenge_id, version_id
            )
            return StartChallengePayload(progress=await _progress(info, ids["challenge"]))

        return await answered(StartChallengePayload, do())

    @strawberry.mutation(description="Submit work. It is kept, whatever becomes of its verdict.")
    async def submit_attempt(
        self, info: Info[Any, Any], input: Annotated[SubmitAttemptInput, INPUT]
    ) -> SubmitAttemptPayload:
        async def do() -> SubmitAttemptPayload:
            challenge_id, version_id = _meant(info, input, wait=input.wait_seconds)
            ctx = context(info)
            ids = await practice.submit_attempt(
                ctx,
                asked("submitAttempt", input),
                challenge_id,
                input.code.code(),
                version_id,
                input.wait_seconds,
            )
            attempt = await ctx.loaders.load(attempt_by_ref, (ctx.act().actor, ids["attempt"]))
            return SubmitAttemptPayload(
                attempt=Attempt.maybe(attempt), progress=await _progress(info, ids["challenge"])
            )

        return await answered(SubmitAttemptPayload, do())

    @strawberry.mutation(description="Move on to the version that is live for you now. Your progress stays.")
    async def adopt_version(
        self, info: Info[Any, Any], input: Annotated[AdoptVersionInput, INPUT]
    ) -> AdoptVersionPayload:
        async def do() -> AdoptVersionPayload:
            challenge_id, version_id = _meant(info, input)
            ids = await practice.adopt_version(context(info), asked("adoptVersion", input), challenge_id, version_id)
            return AdoptVersionPayload(progress=await _progress(info, ids["challenge"]))

        return await answered(AdoptVersionPayload, do())

    @strawberry.mutation(
        description="Dismiss a notice. Dismissing again changes nothing. Requires the notice's learner."
    )
    async def dismiss_notice(
        self, info: Info[Any, Any], input: Annotated[DismissNoticeInput, INPUT]
    ) -> DismissNoticePayload:
        async def do() -> DismissNoticePayload:
            reader = Reader(info, may_practise)
            learner, notice_id = reader.pair(input.notice_id, "Notice", "noticeId")
            reader.settle()
            ctx = context(info)
            ids = await practice.dismiss_notice(ctx, asked("dismissNotice", input), learner, notice_id)
            notice = await ctx.loaders.load(notice_by_ref, (ctx.act().actor, ids["notice"]))
            return DismissNoticePayload(notice=Notice.maybe(notice))

        return await answered(DismissNoticePayload, do())

    @strawberry.mutation(
        description="Record a verdict from outside; score and status are derived here. API tokens of scope GRADE only."
    )
    async def grade_attempt(
        self, info: Info[Any, Any], input: Annotated[GradeAttemptInput, INPUT]
    ) -> GradeAttemptPayload:
        async def do() -> GradeAttemptPayload:
            reader = Reader(info, may_grade)
            learner, attempt_id = reader.pair(input.attempt_id, "Attempt", "attemptId")
            reader.settle()
            results = [one.result() for one in input.results]
            ctx = context(info)
            ids = await practice.grade_attempt(ctx, asked("gradeAttempt", input), learner, attempt_id, results)
            attempt, progress = await practice.graded(ctx, ids)
            return GradeAttemptPayload(attempt=Attempt.of(attempt), progress=ChallengeProgress.of(progress))

        return await answered(GradeAttemptPayload, do())


def _meant(
    info: Info[Any, Any], input: StartChallengeInput | SubmitAttemptInput | AdoptVersionInput, *, wait: int = 0
) -> tuple[UUID, UUID | None]:
    """Return the challenge and, if one is stated, the version that a learner means."""
    reader = Reader(info, may_practise)
    challenge_id = reader.id(input.challenge_id, "Challenge", "challengeId")
    version_id = reader.id(input.version_id, "ChallengeVersion", "versionId") if input.version_id else None
    reader.wait(wait)
    reader.settle()
    return challenge_id, version_id


async def _progress(info: Info[Any, Any], challenge_id: UUID) -> ChallengeProgress | None:
    return ChallengeProgress.maybe(await context(info).loaders.load(progress_by_challenge_id, challenge_id))
