"""Having an attempt judged again."""

from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from loaders.practice import attempt_by_ref, progress_by_challenge_id
from resolvers.judging.rejudging import rejudge_attempt
from resolvers.policy import may_practise
from schema.inputs import INPUT, Reader, answered_as, asked, context, idempotency_key
from schema.payloads import MutationError, MutationPayload
from schema.practice.practice import Attempt, ChallengeProgress


@strawberry.input(description="An attempt to judge again.")
class RejudgeAttemptInput:
    attempt_id: strawberry.ID = strawberry.field(description="The attempt.")
    wait_seconds: int = strawberry.field(default=0, description="How many seconds to wait for the verdict, 0 to 60.")
    idempotency_key: str | None = idempotency_key()


@strawberry.enum(description="Every code that rejudgeAttempt can answer.")
class RejudgeAttemptErrorCode(Enum):
    INVALID = strawberry.enum_value("INVALID", description="The value has the wrong form or is out of range.")
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="There is no such object, or you may not see it.")
    ALREADY_JUDGED = strawberry.enum_value(
        "ALREADY_JUDGED", description="The attempt has a verdict that the judge stands by: PASSED or FAILED."
    )
    OVERLOADED = strawberry.enum_value(
        "OVERLOADED",
        description="Too many requests of this kind, or too much work is queued; try again later.",
    )
    IDEMPOTENCY_MISMATCH = strawberry.enum_value(
        "IDEMPOTENCY_MISMATCH", description="The idempotency key was used with another input."
    )


@strawberry.type(description="One fault of rejudgeAttempt.")
class RejudgeAttemptError(MutationError):
    code: RejudgeAttemptErrorCode = strawberry.field(description="What kind of fault it is.")


@strawberry.type(description="The answer of rejudgeAttempt.")
class RejudgeAttemptPayload(MutationPayload):
    user_errors: Sequence[RejudgeAttemptError] = strawberry.field(
        default_factory=list, description="Why the mutation was refused, all faults at once. Empty on success."
    )
    attempt: Attempt | None = strawberry.field(
        default=None, description="The attempt, QUEUED or with its verdict; attemptGraded tells when it comes."
    )
    progress: ChallengeProgress | None = strawberry.field(default=None, description="The progress as it is now.")


@strawberry.type
class RejudgingMutations:
    @strawberry.mutation(
        description="Judge your attempt again after ERROR or INCONCLUSIVE, at most three times an hour. Requires its"
        " learner."
    )
    async def rejudge_attempt(
        self, info: Info[Any, Any], input: Annotated[RejudgeAttemptInput, INPUT]
    ) -> RejudgeAttemptPayload:
        async def do() -> RejudgeAttemptPayload:
            reader = Reader(info, may_practise)
            learner, attempt_id = reader.pair(input.attempt_id, "Attempt", "attemptId")
            reader.wait(input.wait_seconds)
            reader.settle()
            ctx = context(info)
            ids = await rejudge_attempt(ctx, asked("rejudgeAttempt", input), learner, attempt_id, input.wait_seconds)
            attempt = await ctx.loaders.load(attempt_by_ref, (ctx.act().actor, ids["attempt"]))
            progress = await ctx.loaders.load(progress_by_challenge_id, ids["challenge"])
            return RejudgeAttemptPayload(attempt=Attempt.maybe(attempt), progress=ChallengeProgress.maybe(progress))

        return await answered_as(RejudgeAttemptPayload, RejudgeAttemptError, RejudgeAttemptErrorCode, do())
