"""Runs one outside command of the build: quiet, with a limit, its output kept in the log."""

import os
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

SHOWN = 20  # lines of the output's end in an error


class BuildError(Exception):
    """GraphiQL could not be built. The message is a sentence for the person at the terminal."""


def run(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    log: Path,
    seconds: float,
) -> None:
    """Run ``command`` in ``folder``; its output goes to the end of ``log``.

    The command gets a process group of its own, so that a limit reached, an interrupt or an exit ends its
    children too.

    Raises:
        BuildError: it cannot be started, takes longer than ``seconds`` or exits with another status than 0.
    """
    with log.open("ab") as output:
        output.write(f"$ {shlex.join(command)}\n".encode())
        output.flush()
        start = output.tell()
        try:
            process = subprocess.Popen(  # noqa: S603 - the commands are this package's own, never a request's
                command,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise BuildError(f"{command[0]} cannot be started: {error.strerror}.") from error
        with process:
            try:
                status = process.wait(seconds)
            except BaseException as error:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                if isinstance(error, subprocess.TimeoutExpired):
                    message = f"{_named(command)} was stopped after {seconds:.0f} s."
                    raise BuildError(f"{message}{_end_of(log, start)}") from error
                raise
    if status != 0:
        raise BuildError(f"{_named(command)} failed with status {status}.{_end_of(log, start)}")


def _named(command: Sequence[str]) -> str:
    return " ".join(Path(word).name for word in command[:3])


def _end_of(log: Path, start: int) -> str:
    with log.open("rb") as written:
        written.seek(start)
        told = written.read().decode(errors="replace").strip().splitlines()
    return "\n".join([" Its last words:", *told[-SHOWN:]]) if told else ""
