"""Where the log goes: one line each on standard error, for our own lines and for those of every library.

JSON, or on a terminal a line for people. What libraries say passes through ``logging``; of an exception that one of
them reports, types and places are told like those of our own, and the message only where it cannot quote anything.
"""

import logging
import sys
import threading
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

from gateway.log import LOGGER, described

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_LONGEST = 300
# Its errors are told by whoever ran the operation, with an id and without what was sent.
_SILENT = ("strawberry.execution",)


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return orjson.dumps(_facts(record), default=str, option=orjson.OPT_NON_STR_KEYS).decode()


class TerminalLines(logging.Formatter):
    """The same facts for people: the time, what it is, then what is worth a look."""

    def format(self, record: logging.LogRecord) -> str:
        facts = dict(_facts(record))
        time = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        facts.pop("time", None)
        if "method" in facts:
            codes = " ".join(str(code) for code in facts.get("codes", ()))
            words = [facts["method"], facts["path"], facts["status"], facts.get("operation", ""), f"{facts['ms']} ms"]
            ids = " ".join(f"error {one}" for one in facts.get("errors", ()))
            return " ".join(str(word) for word in (time, *words, codes, ids) if word != "")
        if "logger" in facts:
            head = f"{facts.pop('level')} {facts.pop('logger')}: {facts.pop('message')}"
        elif "event" in facts:
            head = str(facts.pop("event"))
        else:
            head = f"error {facts.pop('error', '')}"
        causes = facts.pop("causes", None) or ()
        rest = [f"{name}={_short(value)}" for name, value in facts.items()]
        below = [f"    {one['type']} {one.get('message', '')} at {', '.join(one['at'][-3:])}" for one in causes]
        return "\n".join([" ".join([time, head, *rest]), *below])


def configure(level: str, stream: TextIO | None = None) -> logging.Handler:
    """Send every line of ``level`` and above to the stream; called again, it replaces what it did before."""
    stream = stream or sys.stderr
    root, ours = logging.getLogger(), logging.getLogger(LOGGER)
    for handler in [one for one in root.handlers if isinstance(one, _Output)]:
        root.removeHandler(handler)
    output = _Output(stream)
    output.setLevel(LEVELS[level])
    output.setFormatter(TerminalLines() if stream.isatty() else JsonLines())
    root.addHandler(output)
    ours.setLevel(LEVELS[level])
    # Libraries tell of each step at "info": as much as that only who looks for a fault wants to read.
    root.setLevel(logging.INFO if level == "debug" else max(logging.WARNING, LEVELS[level]))
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return output


def take_over() -> None:
    """Have warnings and the last words of threads told in the log as well; for a process that is our own."""
    logging.captureWarnings(True)
    threading.excepthook = _thread_failed
    sys.unraisablehook = _unraisable


class _Output(logging.StreamHandler[TextIO]):
    """Lines on a stream; a stream that is closed or full fails no request."""

    def handleError(self, record: logging.LogRecord) -> None:
        return


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    facts: dict[str, Any] | None = getattr(record, "facts", None)
    if facts is not None:
        return facts
    message = (record.getMessage().strip().splitlines() or [""])[0][:_LONGEST]
    if record.name == "asyncio":
        # What follows is the representation of a callback with its arguments.
        message = message.partition("(")[0].strip()
    told: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": message,
    }
    if record.exc_info and record.exc_info[1] is not None:
        told["causes"] = described(record.exc_info[1])
    return told


def _short(value: object) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _thread_failed(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        info = (args.exc_type, args.exc_value, args.exc_traceback)
        logging.getLogger("threading").error("A thread ended by an exception", exc_info=info)


def _unraisable(args: "sys.UnraisableHookArgs") -> None:
    if args.exc_value is not None:
        info = (args.exc_type, args.exc_value, args.exc_traceback)
        logging.getLogger("python").error("An exception could not be raised where it happened", exc_info=info)
