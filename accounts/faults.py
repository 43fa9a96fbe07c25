"""The faults that only accounts know; the others are in ``core.faults``."""

from core.faults import Fault, Invalid


class InvalidCredentials(Fault):
    """The e-mail address and the password do not belong together."""


class AlreadyRevoked(Fault):
    """The API token is revoked already."""


class LastAdmin(Invalid):
    """Nobody else is an admin who can sign in; make somebody else one first."""
