"""What the front door itself refuses.

::

    CommandError    a command cannot go on; its message is one sentence for the person at the terminal
    Refusal         an HTTP request is turned away before execution, with a status and a GraphQL error code
"""

from collections.abc import Mapping


class CommandError(Exception):
    """A command cannot go on; the message says why and what to do, and no traceback is shown."""


class Refusal(Exception):
    """The request is turned away: ``status`` for HTTP, ``code`` for ``extensions.code``, and further headers."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})
