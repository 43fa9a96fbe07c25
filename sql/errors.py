"""What can go wrong between the house and its database.

::

    DatabaseError
    ├── Unavailable          the server cannot be reached, or no connection came free in time
    │   └── OutcomeUnknown   it was lost while a commit was under way
    ├── TimedOut             the request's deadline came first; what it wrote is rolled back
    ├── Uncounted            the driver could not say how many rows a statement touched
    ├── Busy                 a lock, a deadlock or a statement's deadline; trying again may help
    ├── ConstraintViolated   a named constraint refused the write; ``.constraint`` says which
    └── Unfit                the server or the schema is not one that this program can serve
"""


class DatabaseError(Exception):
    """The database did not do what was asked.

    ``committed`` says that the same request had committed something before.
    """

    committed = False

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])


class Unavailable(DatabaseError):
    """The database cannot be reached."""


class OutcomeUnknown(Unavailable):
    """The database was lost while the change was being committed; ask again under the same idempotency key."""


class TimedOut(DatabaseError):
    """The operation took longer than its deadline and was stopped; ask for less at once."""


class Uncounted(DatabaseError):
    """The database did not say how many rows a statement touched."""


class Busy(DatabaseError):
    """The database is busy with a conflicting change; try again."""


class ConstraintViolated(DatabaseError):
    """A constraint of the database refused the write."""

    def __init__(self, constraint: str) -> None:
        super().__init__(f"The constraint {constraint} refused the write.")
        self.constraint = constraint


class Unfit(DatabaseError):
    """The database is not one that this program can serve."""
