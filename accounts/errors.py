"""What ends a try to get in before anybody has looked at the password.

::

    Overloaded
    ├── TooManyTries     a limit of the client, of the account, or of the client at the account is used up
    └── PasswordsBusy    more passwords wait to be checked than the process's cores can do in time
"""


class Overloaded(Exception):
    """Too much is asked for; ``seconds`` tells after how many another try may pass."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class TooManyTries(Overloaded):
    """A limit on tries is used up."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many attempts; try again in {seconds} seconds.", seconds)


class PasswordsBusy(Overloaded):
    """Too many passwords wait to be checked."""

    def __init__(self) -> None:
        super().__init__("Too many people are signing in at this moment; try again in a few seconds.", 2)
