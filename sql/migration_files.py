"""The migrations as files: their names and numbers, their roles, and the statements that each is made of.

Up to ``WHOLE`` a file is sent to the server as one text, as it was when it was released. Every later file is sent
statement by statement. Its first line may say that it runs ``OUTSIDE`` of a transaction; what that allows is told in
``docs/decisions/0033-migrations-at-size.md``.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from sql.errors import Unfit
from sql.statements import statements

FOLDER = Path(__file__).parent / "migrations"
WHOLE = 17
OUTSIDE = "-- outside a transaction\n"

_NAME = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")
# What runs outside of a transaction has to be of a form that can be run twice: its end and the note of its end are two
# commits, and a server may stop between them.
INDEX = re.compile(r"create (?:unique )?index concurrently if not exists (\w+) on (\w+)\b(.*)", re.S)
_REPEATABLE = (
    INDEX,
    re.compile(r"drop index concurrently if exists \w+"),
    re.compile(r"alter table \w+ validate constraint \w+"),
    re.compile(r"comment on .*", re.S),
    re.compile(r"analyze \w+"),
)


@dataclass(frozen=True, slots=True)
class Roles:
    """The names of the three roles, made from a prefix so that several installations can share one server."""

    prefix: str = "palimpsest"

    @property
    def owner(self) -> str:
        return f"{self.prefix}_owner"

    @property
    def gateway(self) -> str:
        return f"{self.prefix}_gateway"

    @property
    def worker(self) -> str:
        return f"{self.prefix}_worker"

    @property
    def all(self) -> tuple[str, str, str]:
        return self.owner, self.gateway, self.worker

    def written(self, text: str) -> str:
        """Return a migration's text with the roles' names in it."""
        for word, name in zip(("owner", "gateway", "worker"), self.all, strict=True):
            text = text.replace(f':"{word}"', f'"{name}"')
        return text


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its number, its name, its text, and the SHA-256 of that text."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def outside(self) -> bool:
        """Whether its statements run outside of a transaction."""
        return self.number > WHOLE and self.text.startswith(OUTSIDE)

    def statements(self, roles: Roles) -> list[str]:
        """Return what is sent to the server, in order."""
        text = roles.written(self.text)
        return [text] if self.number <= WHOLE else statements(text, f"Migration {self.name}")


def migrations(folder: Path = FOLDER) -> list[Migration]:
    """Return the migrations in order.

    Raises ``Unfit`` on a stray file, a gap in the numbers, or a statement of a form that may not run outside of a
    transaction.
    """
    found = []
    for path in sorted(folder.glob("*.sql")):
        match = _NAME.match(path.name)
        if not match:
            raise Unfit(f"{path.name} is not named like a migration (0001_what_it_does.sql).")
        found.append(Migration(int(match[1]), path.stem, path.read_text()))
    if [one.number for one in found] != list(range(1, len(found) + 1)):
        raise Unfit("The migrations are not numbered 0001, 0002, … without gap.")
    for migration in found:
        if migration.outside:
            for step, statement in enumerate(migration.statements(Roles()), 1):
                if not any(form.fullmatch(statement) for form in _REPEATABLE):
                    raise Unfit(
                        f"Statement {step} of migration {migration.name} may not run outside of a transaction:"
                        f" it is of no form that can be run twice ({statement[:60]})."
                    )
    return found
