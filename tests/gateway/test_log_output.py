"""Lines of libraries, warnings, tasks and threads: JSON like our own, readable on a terminal, quoting nothing."""

import io
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from gateway.config import Config
from gateway.errors import CommandError
from gateway.log import LOGGER, Log, Record
from gateway.log_output import configure

PROCESS = """
import asyncio, gc, logging, threading, warnings
from gateway.log import Log
from gateway.log_output import configure, take_over

configure("info")
take_over()

async def fail():
    raise ValueError("secret")

async def main():
    task = asyncio.ensure_future(fail())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()
    asyncio.get_running_loop().call_soon(int, "secret")
    await asyncio.sleep(0)

asyncio.run(main())
warnings.warn("an old way")
logging.getLogger("uvicorn.error").error("Exception in ASGI application\\n", exc_info=KeyError("secret"))
logging.getLogger("procrastinate.worker").info("not told")
thread = threading.Thread(target=lambda: int("secret"))
thread.start()
thread.join()
Log().event("told", secrets=0)
"""


def test_every_line_of_a_process_is_json_and_quotes_nothing(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROCESS], cwd=root, capture_output=True, text=True, timeout=60, check=True
    )
    lines = [orjson.loads(line) for line in done.stderr.splitlines()]
    assert [(line.get("logger"), line.get("message")) for line in lines[:5]] == [
        ("asyncio", "Task exception was never retrieved"),
        ("asyncio", "Exception in callback int"),
        ("py.warnings", lines[2]["message"]),
        ("uvicorn.error", "Exception in ASGI application"),
        ("threading", "A thread ended by an exception"),
    ]
    assert lines[2]["message"].endswith("UserWarning: an old way")
    assert [line["causes"][0]["type"] for line in lines if "causes" in line] == [
        "builtins.ValueError",
        "builtins.ValueError",
        "builtins.KeyError",
        "builtins.ValueError",
    ]
    assert lines[5]["event"] == "told"
    assert len(lines) == 6
    assert "secret" not in done.stderr.replace('"secrets"', "")
    assert done.stdout == ""


@pytest.fixture
def restored() -> Iterator[None]:
    """Take our handler away again, and set the levels that were."""
    loggers = [logging.getLogger(), logging.getLogger(LOGGER)]
    before = [(logger.level, list(logger.handlers)) for logger in loggers]
    yield
    for logger, (level, handlers) in zip(loggers, before, strict=True):
        logger.setLevel(level)
        logger.handlers[:] = handlers


@pytest.mark.usefixtures("restored")
def test_lines_on_a_terminal_are_for_people() -> None:
    ours, theirs = os.openpty()
    with open(theirs, "w") as stream:
        configure("info", stream)
        record = Record("id", "POST", "/graphql", status=200, operation="Tracks", codes=["LIMIT"])
        Log().request(record, 0.0)
        Log().event("upkeep", chore="sweep")
        try:
            int("secret")
        except ValueError as error:
            Log().error("abc123", error)
        logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
        text = ""
        while "Invalid HTTP" not in text:
            text += os.read(ours, 4_096).decode()
    os.close(ours)
    assert " POST /graphql 200 Tracks " in text
    assert " ms LIMIT" in text
    assert " upkeep chore=sweep" in text
    assert " error abc123\r\n    builtins.ValueError " in text
    assert " warning uvicorn.error: Invalid HTTP request received." in text
    assert "{" not in text
    assert "secret" not in text


@pytest.mark.usefixtures("restored")
def test_level_decides_what_is_told() -> None:
    def told(level: str) -> list[str]:
        stream = io.StringIO()
        configure(level, stream)
        Log().event("event")
        Log().event("failed", causes=[{"type": "x"}])
        for name, number in (("uvicorn.error", logging.WARNING), ("httpx", logging.INFO), ("a.b", logging.DEBUG)):
            logging.getLogger(name).log(number, "line")
        lines = [orjson.loads(line) for line in stream.getvalue().splitlines()]
        return [line.get("event") or line["logger"] for line in lines]

    assert told("error") == ["failed"]
    assert told("warning") == ["failed", "uvicorn.error"]
    assert told("info") == ["event", "failed", "uvicorn.error"]
    assert told("debug") == ["event", "failed", "uvicorn.error", "httpx"]


def test_level_is_an_option_and_a_setting() -> None:
    assert Config.read({}).log_level == "info"
    assert Config.read({"PALIMPSEST_LOG_LEVEL": "WARNING"}).log_level == "warning"
    assert Config.read({"PALIMPSEST_LOG_LEVEL": "warning"}, log_level="debug").log_level == "debug"
    with pytest.raises(CommandError, match="one of debug, info, warning, error"):
        Config.read({"PALIMPSEST_LOG_LEVEL": "loud"})


@pytest.mark.usefixtures("restored")
def test_a_closed_stream_fails_nobody() -> None:
    stream = io.StringIO()
    configure("info", stream)
    stream.close()
    Log().event("event")
