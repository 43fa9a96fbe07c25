"""The log: one line of JSON a request, and one for each error that was masked.

A line never holds variables, credentials, addresses or other personal data; people appear by their id. An exception
is told by its type, the places in the code that it passed, and its message only where the message is ours or the
database's words about its own objects: others may quote what somebody sent.
"""

import logging
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import orjson
from starlette.requests import HTTPConnection

from sql.database import Meter

_ROOT = Path(__file__).parent.parent
_OURS = ("gateway.", "schema.", "resolvers.", "loaders.", "versioning.", "practice.", "accounts.", "sql.")
_QUOTES_VALUES = ("22", "23")  # SQLSTATE classes: data exceptions, integrity violations

LOGGER = "palimpsest"

Write = Callable[[str], None]


@dataclass(slots=True)
class Record:
    """What the log will say about one request, filled on its way; ``bytes`` is the size of the answer.

    ``heads`` are the ends of the publication log that the request wrote: a copy of the chain outside of the database.
    """

    id: str
    method: str
    path: str
    time: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))
    status: int = 0
    ms: float = 0.0
    bytes: int = 0
    viewer: str = "visitor"
    token: str | None = None
    operation: str | None = None
    kind: str | None = None
    document: str | None = None
    cached: bool | None = None
    statements: int = 0
    rows: int = 0
    heads: list[tuple[int, str]] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    gone: bool = False

    def cost(self, meter: Meter) -> None:
        """Note what the request cost and committed."""
        self.statements, self.rows, self.heads = meter.statements, meter.rows, meter.heads


class Log:
    """Where lines go: to ``logging`` (``log_output``); tests hand in a list's ``append``."""

    def __init__(self, write: Write | None = None) -> None:
        self._write = write

    def request(self, record: Record, began: float) -> None:
        """Write the request's line; ``began`` is the ``perf_counter`` at its start."""
        record.ms = round((perf_counter() - began) * 1000, 2)
        facts = asdict(record)
        if not record.gone:
            del facts["gone"]
        self._line({name: value for name, value in facts.items() if value is not None and value != []})

    def error(self, error_id: str, error: BaseException) -> None:
        """Write what is behind a masked error."""
        self._line({"time": _now(), "error": error_id, "causes": described(error)}, logging.ERROR)

    def event(self, name: str, **facts: object) -> None:
        """Write something that no request caused; one with ``causes`` is a failure."""
        level = logging.ERROR if facts.get("causes") else logging.INFO
        self._line({"time": _now(), "event": name, **facts}, level)

    def _line(self, facts: dict[str, object], level: int = logging.INFO) -> None:
        logger = logging.getLogger(LOGGER)
        if self._write is None and logger.hasHandlers():
            logger.log(level, "%s", facts.get("event", ""), extra={"facts": facts})
        else:
            write = self._write or _to_standard_error
            write(orjson.dumps(facts, default=str, option=orjson.OPT_NON_STR_KEYS).decode())


def record_of(connection: HTTPConnection) -> Record:
    """Return the record that the outermost layer laid into the request's scope."""
    record: Record = connection.scope["palimpsest.record"]
    return record


def log_of(connection: HTTPConnection) -> Log:
    """Return the log, likewise."""
    log: Log = connection.scope["palimpsest.log"]
    return log


def described(error: BaseException) -> list[dict[str, object]]:
    """Return the error and its causes, outermost first, without what somebody may have sent."""
    found: list[dict[str, object]] = []
    current: BaseException | None = error
    while current is not None and len(found) < 5:
        kind = type(current)
        facts: dict[str, object] = {"type": f"{kind.__module__}.{kind.__qualname__}"}
        sqlstate = getattr(current, "sqlstate", None)
        if sqlstate is not None:
            facts["sqlstate"] = sqlstate
        if f"{kind.__module__}.".startswith(_OURS) or (sqlstate and not sqlstate.startswith(_QUOTES_VALUES)):
            facts["message"] = (str(current).splitlines() or [""])[0][:300]
        facts["at"] = [
            f"{_place(frame.filename)}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(current.__traceback__)[-12:]
        ]
        found.append(facts)
        current = current.__cause__ or current.__context__
    return found


def _place(filename: str) -> str:
    path = Path(filename)
    with suppress(ValueError):
        return str(path.relative_to(_ROOT)).partition("site-packages/")[2] or str(path.relative_to(_ROOT))
    return path.name


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _to_standard_error(line: str) -> None:
    with suppress(OSError, ValueError):
        # One write a line, so that the lines of two threads do not mix; a closed stream must not fail a request.
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
