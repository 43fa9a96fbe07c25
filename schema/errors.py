"""The one table from faults to what clients read, and the line between their errors and ours."""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import TypeVar

from graphql import GraphQLError

from accounts import faults as accounts_faults
from accounts.errors import Overloaded
from core import faults, limits
from loaders.content.experiments import DrawnAnew
from loaders.pages import ReadError
from practice import faults as practice_faults
from resolvers.errors import RequestError
from schema.payloads import UserError, UserErrorCode
from sql.errors import Busy, OutcomeUnknown, TimedOut, Unavailable
from versioning import faults as versioning_faults

E = TypeVar("E")

CODES: dict[type[faults.Fault], UserErrorCode] = {
    faults.Invalid: UserErrorCode.INVALID,
    faults.Required: UserErrorCode.REQUIRED,
    faults.TooLarge: UserErrorCode.TOO_LARGE,
    faults.Taken: UserErrorCode.TAKEN,
    faults.NotFound: UserErrorCode.NOT_FOUND,
    faults.Stale: UserErrorCode.STALE,
    faults.IdempotencyMismatch: UserErrorCode.IDEMPOTENCY_MISMATCH,
    accounts_faults.LastAdmin: UserErrorCode.INVALID,
    accounts_faults.AlreadyRevoked: UserErrorCode.ALREADY_REVOKED,
    accounts_faults.InvalidCredentials: UserErrorCode.INVALID_CREDENTIALS,
    versioning_faults.Archived: UserErrorCode.ARCHIVED,
    versioning_faults.NotPublished: UserErrorCode.NOT_PUBLISHED,
    versioning_faults.NothingToPublish: UserErrorCode.NOTHING_TO_PUBLISH,
    versioning_faults.IdenticalToVersion: UserErrorCode.IDENTICAL_TO_VERSION,
    versioning_faults.AlreadyLive: UserErrorCode.ALREADY_LIVE,
    versioning_faults.ExperimentRunning: UserErrorCode.EXPERIMENT_RUNNING,
    versioning_faults.NotInExperiment: UserErrorCode.NOT_IN_EXPERIMENT,
    practice_faults.NotEnrolled: UserErrorCode.NOT_ENROLLED,
    practice_faults.AlreadyJudged: UserErrorCode.ALREADY_JUDGED,
    practice_faults.RejudgedTooOften: UserErrorCode.OVERLOADED,
    practice_faults.NotBegun: UserErrorCode.NOT_FOUND,
    versioning_faults.RunnerUnavailable: UserErrorCode.RUNNER_UNAVAILABLE,
    versioning_faults.TooManyWait: UserErrorCode.OVERLOADED,
    versioning_faults.GateFailed: UserErrorCode.GATE_FAILED,
    versioning_faults.NotAllowed: UserErrorCode.NOT_ALLOWED,
}


def user_errors(found: Sequence[faults.Fault]) -> list[UserError]:
    """Return faults as clients read them, the first ``FAULTS_TOLD`` and how many more there are."""
    more = len(found) - limits.FAULTS_TOLD
    if more > 0:
        rest = faults.Invalid((), f"There are {more} further faults; mend these first.")
        found = [*found[: limits.FAULTS_TOLD], rest]
    return [
        UserError(
            code=code_of(type(fault)),
            message=fault.text(),
            path=list(fault.path),
            expected=fault.expected,
            actual=fault.actual,
        )
        for fault in found
    ]


def errors_as(error: Callable[..., E], codes: type[Enum], found: Sequence[faults.Fault]) -> list[E]:
    """Return faults as the error type of one mutation; raises ``LookupError`` on a code that it does not declare."""
    return [error(code=codes[one.code.name], message=one.message, path=one.path) for one in user_errors(found)]


def code_of(kind: type[faults.Fault]) -> UserErrorCode:
    """Return the code of a fault's class or of the nearest one above it."""
    for base in kind.__mro__:
        if base in CODES:
            return CODES[base]
    raise LookupError(f"{kind.__name__} has no code; add it to schema/errors.py")


def code_named(name: str) -> UserErrorCode:
    """Return the code of the fault's class of that name, as a release keeps it."""
    return next(code for kind, code in CODES.items() if kind.__name__ == name)


def failure(error: Exception) -> dict[str, str] | None:
    """Return the extensions that tell of a failure of the database; None when it is none that clients are told of.

    ``outcome`` is UNKNOWN when a commit was under way, COMMITTED when the request had committed something before.
    """
    match error:
        case OutcomeUnknown():
            return {"code": "UNAVAILABLE", "outcome": "UNKNOWN"}
        case Unavailable():
            code = "UNAVAILABLE"
        case TimedOut():
            code = "TIMEOUT"
        case Busy():
            code = "OVERLOADED"
        case _:
            return None
    return {"code": code, "outcome": "COMMITTED"} if error.committed else {"code": code}


def public(error: GraphQLError) -> GraphQLError | None:
    """Return the error as the client may read it, with ``extensions.code``; None when it is ours to mask."""
    cause = error.original_error
    if cause is None or isinstance(cause, GraphQLError):
        extensions = {"code": "BAD_REQUEST", **(error.extensions or {})}
        return GraphQLError(
            message=error.message,
            nodes=error.nodes,
            source=error.source,
            positions=error.positions,
            path=error.path,
            original_error=None,
            extensions=extensions,
        )
    if isinstance(cause, Overloaded):
        extensions = {"code": "OVERLOADED", "retryAfter": cause.seconds}
        return GraphQLError(
            message=str(cause),
            nodes=error.nodes,
            source=error.source,
            positions=error.positions,
            path=error.path,
            original_error=None,
            extensions=extensions,
        )
    code = cause.code if isinstance(cause, RequestError) else "INVALID" if isinstance(cause, ReadError) else None
    if isinstance(cause, DrawnAnew):
        code = "CONFLICT"
    if code is None:
        return None
    return GraphQLError(
        message=str(cause),
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        original_error=None,
        extensions={"code": code},
    )
