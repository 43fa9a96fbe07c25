"""Failures as HTTP tells them: which status, which code, which words; None for those that are ours to mask."""

from collections.abc import Sequence

from graphql import GraphQLError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from accounts.errors import Overloaded, TooManyTries
from gateway.errors import Refusal
from sql.errors import Busy, TimedOut, Unavailable

_CODES = {
    401: "UNAUTHENTICATED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "TOO_LARGE",
}
_SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address does not serve that method.",
}


def refusal_of(error: BaseException) -> Refusal | None:
    """Return the refusal that a failure comes to, or None for a fault of ours."""
    match error:
        case Refusal():
            return error
        case Overloaded():
            # A limit of the client's own is told apart from one of the server's.
            status = 429 if isinstance(error, TooManyTries) else 503
            return Refusal(status, "OVERLOADED", str(error), {"retry-after": str(error.seconds)})
        case Unavailable():
            return Refusal(503, "UNAVAILABLE", str(error), {"retry-after": "2"})
        case TimedOut():
            return Refusal(503, "TIMEOUT", str(error), {"retry-after": "2"})
        case Busy():
            return Refusal(503, "OVERLOADED", str(error), {"retry-after": "1"})
        case HTTPException():
            message = _SENTENCES.get(error.status_code, error.detail)
            code = _CODES.get(error.status_code, "BAD_REQUEST")
            return Refusal(error.status_code, code, message, error.headers)
        case _:
            return None


def overload_of(errors: Sequence[GraphQLError]) -> Refusal | None:
    """Return the refusal of an operation that came to a limit on tries, the longest wait of them."""
    found = [error.original_error for error in errors if isinstance(error.original_error, Overloaded)]
    return refusal_of(max(found, key=lambda error: error.seconds)) if found else None


def told(refusal: Refusal, **extensions: str) -> JSONResponse:
    """Return a refusal as the answer of a path that is not GraphQL's.

    It has GraphQL's form; ``message`` beside it is for who reads no more.
    """
    error = {"message": str(refusal), "extensions": {"code": refusal.code, **extensions}}
    return JSONResponse({"message": str(refusal), "errors": [error]}, refusal.status, refusal.headers)
