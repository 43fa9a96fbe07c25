"""Refusals that are not about an input: who asks may not, or what a query's argument says makes no sense.

They become top-level errors with ``extensions.code``; faults of a mutation's input are ``core.faults`` instead.
"""


class RequestError(Exception):
    """The request cannot be answered."""

    code = "BAD_REQUEST"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])


class Unauthenticated(RequestError):
    """Sign in first: this needs a session or an API token."""

    code = "UNAUTHENTICATED"


class Forbidden(RequestError):
    """Your role or your token's scopes do not allow this."""

    code = "FORBIDDEN"


class Hidden(RequestError):
    """What this belongs to is hidden at the moment."""

    code = "NOT_FOUND"


class LimitExceeded(RequestError):
    """The answer would be larger than one request may ask for."""

    code = "LIMIT"


class InvalidArgument(RequestError):
    """An argument of the query makes no sense."""

    code = "INVALID"
