"""One running browser: started with as few rights as can be had, ended with all its processes and files."""

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox import browsers, processes
from sandbox.pipe import BrowserGone, CommandRefused, Message, Pipe

CHILD = Path(__file__).with_name("child.py")
PREFIX = "palimpsest-browser-"
ALIVE = "alive"
START_SECONDS = 20.0
END_SECONDS = 5.0
# A number that no account has, so that the browser is nobody's fellow: what it could reach as `nobody` it cannot.
NUMBERS = range(61184, 61216)


@dataclass(frozen=True, slots=True)
class Launch:
    """How browsers are started: which program, as whom (None: as ourselves), and with which walls."""

    program: Path
    user: int | None
    cut_network: bool
    own_sandbox: bool


class StartFailed(Exception):
    """The browser did not start; the message is the end of what it said."""


class Browser:
    """A browser process and the connection to it."""

    def __init__(self, process: asyncio.subprocess.Process, pipe: Pipe, folder: Path, lock: int) -> None:
        self.pipe = pipe
        self.runs = 0
        self.engine = ""
        self.pages: set[str] = set()  # targets that are ours; any other is closed
        self.crashed: dict[str, Callable[[], None]] = {}
        self._process = process
        self.folder = folder
        self._lock = lock
        self._watches: list[asyncio.Future[Message]] = []

    @classmethod
    async def start(cls, launch: Launch) -> "Browser":
        """Start one and wait until it answers.

        Raises:
            StartFailed: it ended, or said nothing for ``START_SECONDS``.
        """
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        lock = os.open(folder / ALIVE, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        browser: Browser | None = None
        try:
            if launch.user is not None:
                os.chown(folder, launch.user, launch.user)
            process, pipe = await cls._spawn(launch, folder)
            browser = cls(process, pipe, folder, lock)
            await asyncio.wait_for(browser._greet(), START_SECONDS)
            return browser
        except BaseException as error:
            said = _last_words(folder)
            if browser:
                await asyncio.shield(browser.stop())
            else:
                os.close(lock)
                shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, OSError | BrowserGone | CommandRefused | TimeoutError):
                raise StartFailed(said or "it says nothing") from error
            raise

    @staticmethod
    async def _spawn(launch: Launch, folder: Path) -> tuple[asyncio.subprocess.Process, Pipe]:
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        numbers = [os.getpid(), *([launch.user] * 2 if launch.user is not None else (-1, -1)), int(launch.cut_network)]
        flags = browsers.flags(
            launch.program, folder, own_sandbox=launch.own_sandbox, shared_memory=_has_shared_memory()
        )
        before = [sys.executable, "-I", "-S", str(CHILD), *map(str, [*numbers, theirs_in, theirs_out])]
        environment = {"HOME": folder, "TMPDIR": folder, "XDG_RUNTIME_DIR": folder, "PATH": os.defpath}
        environment |= {"LANG": "C.UTF-8", "TZ": "UTC", "DBUS_SESSION_BUS_ADDRESS": "disabled:"}
        try:
            with open(folder / "log", "wb") as log:  # noqa: ASYNC230 - a file of our own, made once for a browser
                process = await asyncio.create_subprocess_exec(
                    *before,
                    str(launch.program),
                    *flags,
                    cwd="/",
                    env={name: str(value) for name, value in environment.items()},
                    pass_fds=(theirs_in, theirs_out),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except BaseException:
            os.close(ours_in)
            os.close(ours_out)
            raise
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        try:
            return process, await Pipe.open(ours_in, ours_out)
        except BaseException:
            _close(process)
            raise

    async def _greet(self) -> None:
        self.engine = str((await self.pipe.send("Browser.getVersion"))["product"]).replace("Headless", "")
        self.pipe.listen("", self._hear)
        await self.pipe.send("Target.setDiscoverTargets", discover=True)

    def _hear(self, method: str, params: Message) -> None:
        if method == "Target.targetCreated":
            target = params["targetInfo"]
            if target["type"] != "browser" and target["targetId"] not in self.pages and target.get("openerId"):
                self.pipe.post("Target.closeTarget", targetId=target["targetId"])
        elif method == "Target.targetCrashed" and (told := self.crashed.get(params["targetId"])):
            told()

    @property
    def number(self) -> int:
        """The number of the browser's process, and of its process group."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None and not self.pipe.is_gone

    def processes(self) -> list[int]:
        """The browser's processes; empty where the system does not tell."""
        return processes.family(self.number) if processes.has_proc() else []

    def kill(self) -> None:
        """End all its processes at once."""
        # the process is not reaped before `stop`, so its number cannot be another's by now
        if self._process.returncode is None:
            for number in self.processes():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(number, signal.SIGKILL)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.number, signal.SIGKILL)

    async def stop(self) -> None:
        """End it with all its processes, and remove its files, also when the end of our process cuts it short."""
        self.kill()
        try:
            await self._process.wait()
            await self.pipe.close()
            if processes.has_proc():
                for _ in range(int(END_SECONDS / 0.01)):
                    if not processes.group(self.number):
                        break
                    await asyncio.sleep(0.01)
        finally:
            self.pipe.drop()
            _close(self._process)
            os.close(self._lock)
            shutil.rmtree(self.folder, ignore_errors=True)


def _close(process: asyncio.subprocess.Process) -> None:
    """Close what the loop holds of a process, which is killed if it runs still; may be called again."""
    process._transport.close()  # type: ignore[attr-defined]  # no public way to it


def choose_user() -> int | None:
    """Whom the browser runs as when we are root: a number without an account. None when we are not root."""
    if os.geteuid() != 0:
        return None
    import pwd

    taken = {entry.pw_uid for entry in pwd.getpwall()}
    return next(number for number in NUMBERS if number not in taken)


def remove_remains() -> None:
    """Remove the folders of browsers whose owner was killed: nobody holds their lock any more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError), open(folder / ALIVE, "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)


def _has_shared_memory() -> bool:
    try:
        room = os.statvfs("/dev/shm")  # noqa: S108 - only asked for its size
    except OSError:
        return False
    return room.f_bavail * room.f_frsize >= 256 << 20


def _last_words(folder: Path) -> str:
    try:
        lines = (folder / "log").read_text(errors="replace").strip().splitlines()
    except OSError:
        return ""
    fatal = [line for line in lines if "FATAL" in line or "ERROR" not in line]
    return (fatal or lines or [""])[-1][:300]
