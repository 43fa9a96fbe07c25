"""Drives a real Chromium, for tests that look at a page as a person's browser does.

It speaks the DevTools protocol over a pipe (descriptors 3 and 4 of the browser, messages ended by NUL), so no
port is opened. Only loopback addresses resolve. Deliberately small: no clicking library, no waiting by default;
a test says in JavaScript what it does and what it waits for.
"""

import asyncio
import base64
import itertools
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PROGRAMS = ("chromium", "chromium-headless-shell", "google-chrome")
START_SECONDS = 30
ANSWER_SECONDS = 30
LOAD_SECONDS = 20
LARGEST_MESSAGE = 64 * 2**20  # bytes; screenshots travel as one message

FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-sync",
    "--hide-scrollbars",
    "--mute-audio",
    "--window-size=1440,900",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

# Becomes the browser: puts the pipe's ends where it looks for them, and gives root's rights away for good.
BECOME = """
import fcntl, os, sys
reads, writes, uid, gid, *command = sys.argv[1:]
high = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 100) for end in (reads, writes)]
for end in (reads, writes):
    os.close(int(end))
for end, place in zip(high, (3, 4)):
    os.dup2(end, place)
    os.close(end)
if uid != "-":
    os.setgroups([])
    os.setgid(int(gid))
    os.setuid(int(uid))
os.execvp(command[0], command)
"""


class BrowserError(Exception):
    """The browser is missing, did not start, or refused a command."""


class Browser:
    """One headless Chromium with a profile of its own, as an asynchronous context manager."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._hearers: dict[str, Callable[[str, str, dict[str, Any]], None]] = {}
        self._errands: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        program = next(filter(None, map(shutil.which, PROGRAMS)), None)
        if program is None:
            raise BrowserError(f"This test needs a Chromium on the search path ({', '.join(PROGRAMS)}).")
        self._home = tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True)
        home = Path(self._home.name)
        user = _unprivileged()
        if user:
            os.chown(home, user.pw_uid, user.pw_gid)
        flags = [*FLAGS, f"--user-data-dir={home / 'profile'}"]
        if os.geteuid() == 0 and user is None:
            flags.append("--no-sandbox")  # root cannot become another user here, and the sandbox refuses root
        identity = (str(user.pw_uid), str(user.pw_gid)) if user else ("-", "-")
        reads, self._commands = os.pipe()
        self._answers, writes = os.pipe()
        self._said = (home / "said").open("wb")
        try:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-c", BECOME, str(reads), str(writes), *identity),
                *(program, *flags, "about:blank"),
                pass_fds=(reads, writes),
                stdin=subprocess.DEVNULL,
                stdout=self._said,
                stderr=subprocess.STDOUT,
                cwd=home,
                env={**os.environ, "HOME": str(home), "TMPDIR": str(home), "XDG_RUNTIME_DIR": str(home)},
            )
        finally:
            os.close(reads)
            os.close(writes)
        self._stream = asyncio.StreamReader(limit=LARGEST_MESSAGE)
        self._transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(self._stream), os.fdopen(self._answers, "rb", buffering=0)
        )
        self._listener = asyncio.create_task(self._listen())
        try:
            async with asyncio.timeout(START_SECONDS):
                await self.send("Browser.getVersion")
        except (BrowserError, TimeoutError) as error:
            await self._close()
            raise BrowserError(f"{program} did not start: {self._last_words}") from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def open(self, url: str) -> "Page":
        """A new page at ``url``, after its ``load`` event."""
        target = (await self.send("Target.createTarget", url="about:blank"))["targetId"]
        session = (await self.send("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        page = Page(self, session)
        await page.begin(url)
        return page

    async def send(self, method: str, session: str | None = None, **parameters: object) -> dict[str, Any]:
        """One command and its answer.

        Raises:
            BrowserError: the browser refused it, or is gone.
        """
        number = next(self._numbers)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        message: dict[str, object] = {"id": number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        try:
            os.write(self._commands, json.dumps(message).encode() + b"\0")
        except OSError as error:
            raise BrowserError("The browser is gone.") from error
        async with asyncio.timeout(ANSWER_SECONDS):
            told = await answer
        if "error" in told:
            raise BrowserError(f"{method}: {told['error']['message']}")
        result: dict[str, Any] = told["result"]
        return result

    def hear(self, session: str, hearer: Callable[[str, str, dict[str, Any]], None]) -> None:
        """Give ``hearer`` (session, method, parameters) of every event of one session."""
        self._hearers[session] = hearer

    def begin(self, *commands: tuple[str, str, dict[str, object]]) -> None:
        """Send commands (session, method, parameters) one after the other without waiting here."""

        async def run() -> None:
            with suppress(BrowserError):  # a worker may be gone before it is asked
                for session, method, parameters in commands:
                    await self.send(method, session, **parameters)

        task = asyncio.create_task(run())
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _listen(self) -> None:
        with suppress(asyncio.IncompleteReadError):
            while True:
                message = json.loads((await self._stream.readuntil(b"\0"))[:-1])
                if "id" in message:
                    answer = self._waiting.pop(message["id"], None)
                    if answer and not answer.done():
                        answer.set_result(message)
                elif hearer := self._hearers.get(message.get("sessionId", "")):
                    hearer(message["sessionId"], message["method"], message["params"])
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_result({"error": {"message": "the browser ended"}})

    async def _close(self) -> None:
        with suppress(BrowserError, TimeoutError):
            await self.send("Browser.close")
        try:
            async with asyncio.timeout(10):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        for task in (*self._errands, self._listener):
            task.cancel()
        await asyncio.gather(*self._errands, self._listener, return_exceptions=True)
        self._transport.close()
        os.close(self._commands)
        self._said.close()
        self._last_words = _end_of(self._said.name)
        await asyncio.sleep(0)  # the transport closes its end of the pipe in the next turn of the loop
        self._home.cleanup()


class Page:
    """One page with its workers."""

    def __init__(self, browser: Browser, session: str) -> None:
        self.requests: list[str] = []
        """Address of every request that the page or a worker of it began, in order, ``data:`` included."""
        self.console_errors: list[str] = []
        """Errors and warnings that a person would find in the console, and exceptions nobody caught."""
        self._browser = browser
        self._session = session
        self._loaded = asyncio.Event()

    async def begin(self, url: str) -> None:
        self._browser.hear(self._session, self._heard)
        for method, parameters in self._watched():
            await self._browser.send(method, self._session, **parameters)
        await self._browser.send("Page.enable", self._session)
        await self.go(url)

    async def go(self, url: str) -> None:
        """Navigate and wait for ``load``."""
        self._loaded.clear()
        told = await self._browser.send("Page.navigate", self._session, url=url)
        if "errorText" in told:
            raise BrowserError(f"{url}: {told['errorText']}")
        async with asyncio.timeout(LOAD_SECONDS):
            await self._loaded.wait()

    async def evaluate(self, javascript: str) -> Any:
        """The value of an expression, awaited if it is a promise; it must be representable in JSON."""
        told = await self._browser.send(
            *("Runtime.evaluate", self._session),
            expression=javascript,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        if "exceptionDetails" in told:
            thrown = told["exceptionDetails"]
            raise BrowserError(thrown.get("exception", {}).get("description", thrown["text"]))
        return told["result"].get("value")

    async def wait_for(self, condition: str, seconds: float = 10) -> None:
        """Wait until a JavaScript expression holds; in the error stands what the page showed instead."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    if await self.evaluate(f"Boolean({condition})"):
                        return
                    await asyncio.sleep(0.05)
        except TimeoutError:
            shown = await self.evaluate("document.body.innerText.slice(0, 500)")
            raise AssertionError(f"{condition} did not hold in {seconds} s; the page shows: {shown}") from None

    async def wait_for_request(self, part: str, seconds: float = 10) -> None:
        """Wait until the page or a worker of it has begun a request whose address holds ``part``."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    if any(part in address for address in self.requests):
                        return
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"No request for {part} in {seconds} s, but {self.requests}") from None

    async def screenshot(self, path: Path) -> None:
        """Write what the window shows as PNG."""
        told = await self._browser.send("Page.captureScreenshot", self._session, format="png")
        await asyncio.to_thread(path.write_bytes, base64.b64decode(told["data"]))

    async def command(self, method: str, **parameters: object) -> dict[str, Any]:
        """Any other command of the protocol, sent to this page."""
        return await self._browser.send(method, self._session, **parameters)

    def _watched(self) -> list[tuple[str, dict[str, object]]]:
        workers = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}
        return [
            ("Network.enable", {}),
            ("Runtime.enable", {}),
            ("Log.enable", {}),
            ("Target.setAutoAttach", dict(workers)),
        ]

    def _heard(self, session: str, method: str, told: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif method == "Page.loadEventFired":
            self._loaded.set()
        elif method == "Runtime.exceptionThrown":
            thrown = told["exceptionDetails"]
            self.console_errors.append(thrown.get("exception", {}).get("description", thrown["text"]))
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning", "assert"):
            words = (str(word.get("value", word.get("description", ""))) for word in told["args"])
            self.console_errors.append(" ".join(words))
        elif method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            self.console_errors.append(f"{told['entry']['text']} {told['entry'].get('url', '')}".strip())
        elif method == "Target.attachedToTarget":
            worker = told["sessionId"]
            self._browser.hear(worker, self._heard)
            commands = [(worker, name, parameters) for name, parameters in self._watched()]
            self._browser.begin(*commands, (worker, "Runtime.runIfWaitingForDebugger", {}))


def _end_of(name: str) -> str:
    return Path(name).read_text(errors="replace")[-800:].strip()


def _unprivileged() -> pwd.struct_passwd | None:
    """The user that root becomes to start a browser; None when this is no root or root cannot become one."""
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return None
    become = f"import os; os.setgroups([]); os.setgid({nobody.pw_gid}); os.setuid({nobody.pw_uid})"
    tried = subprocess.run([sys.executable, "-I", "-c", become], capture_output=True, check=False)
    return nobody if tried.returncode == 0 else None
