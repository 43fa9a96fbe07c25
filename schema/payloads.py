"""What every mutation answers: its result, or the faults for which it was refused."""

from collections.abc import Sequence
from enum import Enum

import strawberry


@strawberry.enum(description="What kind of fault it is.")
class UserErrorCode(Enum):
    INVALID = strawberry.enum_value("INVALID", description="Not of the form that is wanted here.")
    REQUIRED = strawberry.enum_value("REQUIRED", description="Something is needed here.")
    TAKEN = strawberry.enum_value("TAKEN", description="The name is taken.")
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="There is no such thing, or it is not yours to see.")
    STALE = strawberry.enum_value("STALE", description="What you saw no longer holds; nothing happened.")
    GATE_FAILED = strawberry.enum_value("GATE_FAILED", description="A gate of publishing; its name ends the path.")
    NOTHING_TO_PUBLISH = strawberry.enum_value("NOTHING_TO_PUBLISH", description="The draft says what is live.")
    IDENTICAL_TO_VERSION = strawberry.enum_value(
        "IDENTICAL_TO_VERSION", description="The draft says what an earlier version says: roll back instead."
    )
    ALREADY_LIVE = strawberry.enum_value("ALREADY_LIVE", description="That version is live already.")
    NOT_PUBLISHED = strawberry.enum_value("NOT_PUBLISHED", description="The challenge was never published.")
    EXPERIMENT_RUNNING = strawberry.enum_value(
        "EXPERIMENT_RUNNING", description="An experiment is running on the challenge; stop it first."
    )
    NOT_IN_EXPERIMENT = strawberry.enum_value(
        "NOT_IN_EXPERIMENT", description="That version is no arm of the experiment."
    )
    NOT_ENROLLED = strawberry.enum_value("NOT_ENROLLED", description="Enrol in the track first.")
    ARCHIVED = strawberry.enum_value("ARCHIVED", description="It is archived; unarchive it first.")
    NOT_ALLOWED = strawberry.enum_value(
        "NOT_ALLOWED", description="Who scheduled a release may not publish any more; only among a release's failures."
    )
    ALREADY_JUDGED = strawberry.enum_value(
        "ALREADY_JUDGED", description="The attempt has a verdict that the judge stands by: PASSED or FAILED."
    )
    ALREADY_REVOKED = strawberry.enum_value("ALREADY_REVOKED", description="The token was revoked before.")
    INVALID_CREDENTIALS = strawberry.enum_value(
        "INVALID_CREDENTIALS", description="Address and password do not belong together."
    )
    IDEMPOTENCY_MISMATCH = strawberry.enum_value(
        "IDEMPOTENCY_MISMATCH", description="The key was used with another input."
    )
    TOO_LARGE = strawberry.enum_value("TOO_LARGE", description="Larger than the limit.")
    RUNNER_UNAVAILABLE = strawberry.enum_value(
        "RUNNER_UNAVAILABLE", description="Nobody is there who could run it in a browser."
    )
    OVERLOADED = strawberry.enum_value(
        "OVERLOADED", description="Busy: a conflicting change, or too much that waits to be run; try again."
    )


@strawberry.type(description="One fault of a mutation's input or of what it asks for.")
class UserError:
    code: UserErrorCode = strawberry.field(description="What kind of fault it is.")
    message: str = strawberry.field(description="What is wrong and what to do about it, in a sentence.")
    path: list[str] = strawberry.field(
        description="Way into the input, list indices as text; empty when it concerns the whole."
    )
    expected: str | None = strawberry.field(default=None, description="STALE only: what the caller stated.")
    actual: str | None = strawberry.field(default=None, description="STALE only: what holds now.")


@strawberry.interface(
    description="One fault of a mutation's input or of what it asks for. Every implementation adds `code`, an enum of"
    " its own."
)
class MutationError:
    message: str = strawberry.field(description="What is wrong and what to do about it, in a sentence.")
    path: list[str] = strawberry.field(
        description="Path into the input, list indices as text. Empty when the fault concerns the whole."
    )


@strawberry.interface(
    description="What a mutation answers that has its own error type, so that a client knows which codes to expect."
)
class MutationPayload:
    user_errors: Sequence[MutationError] = strawberry.field(
        default_factory=list, description="Why the request was refused, all faults at once. Empty on success."
    )


@strawberry.interface(description="What every mutation answers.")
class Payload:
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it was refused, all faults at once; empty when it was done."
    )
