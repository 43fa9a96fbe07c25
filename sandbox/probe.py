"""What walls there are on this machine: found by starting a browser, never assumed."""

import asyncio
import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from sandbox import browsers, processes
from sandbox.browser import Browser, Launch, StartFailed, choose_user
from sandbox.work import RunnerUnavailable


@dataclass(frozen=True, slots=True)
class Isolation:
    """In what code is run here.

    ``own_sandbox``: Chromium's own walls around a page are up. ``network_cut``: the browser's process has no network
    at all; without it only the browser's settings and the page's policy close it. ``user``: whom it runs as.
    """

    browser: str
    own_sandbox: bool
    network_cut: bool
    user: str
    memory_watched: bool

    def sentence(self) -> str:
        """One honest sentence for the log of a start."""
        walls = "Chromium's own sandbox is on" if self.own_sandbox else "Chromium's own sandbox is OFF"
        network = (
            "its process has no network"
            if self.network_cut
            else "no network namespace can be had here, so only the browser's settings keep it off the network"
        )
        memory = "" if self.memory_watched else ", and its memory is not watched"
        return f"Pages run in {self.browser} as {self.user}: {walls}, and {network}{memory}."


async def probe(program: Path, *, allow_weak: bool) -> tuple[Launch, Isolation, Browser]:
    """The best way to start the program here, what it gives, and the browser that was started to learn it.

    Raises:
        RunnerUnavailable: no browser starts, or none with its own sandbox while ``allow_weak`` is not given.
    """
    user = choose_user()
    said = ""
    for own_sandbox in (True, False) if allow_weak else (True,):
        for cut in (True, False) if sys.platform == "linux" else (False,):
            launch = Launch(program, user, cut, own_sandbox)
            try:
                browser = await Browser.start(launch)
            except StartFailed as error:
                said = str(error)
                continue
            try:
                isolation = await _found(browser, launch)
            except BaseException:  # whoever asks for it gives up: the browser is nobody's yet
                await asyncio.shield(browser.stop())
                raise
            if isolation.own_sandbox or allow_weak:
                return launch, isolation, browser
            await browser.stop()
            said = "its sandbox is not on"
    raise RunnerUnavailable(
        f"{program.name} does not start with its own sandbox here ({said}); allow user namespaces for it, or accept "
        "weaker walls by name."
    )


async def _found(browser: Browser, launch: Launch) -> Isolation:
    numbers = browser.processes()
    user = _name(launch.user) if launch.user is not None else _name(os.geteuid())
    own_sandbox, cut = launch.own_sandbox, launch.cut_network
    if processes.has_proc():
        own_sandbox = own_sandbox and await _renderer_is_confined(browser)
        with contextlib.suppress(OSError):  # not ours to look at: but without the cut it would not have started
            cut = cut and os.readlink(f"/proc/{numbers[0]}/ns/net") != os.readlink("/proc/self/ns/net")
    return Isolation(browser.engine, own_sandbox, cut, user, processes.has_proc())


async def _renderer_is_confined(browser: Browser) -> bool:
    """Whether the process that runs pages may only make the system calls that its filter lets through."""
    context = (await browser.pipe.send("Target.createBrowserContext"))["browserContextId"]
    made = await browser.pipe.send("Target.createTarget", url="about:blank", browserContextId=context)
    session = (await browser.pipe.send("Target.attachToTarget", targetId=made["targetId"], flatten=True))["sessionId"]
    await browser.pipe.send("Page.getFrameTree", session)  # answered by the page's process
    try:
        for _ in range(50):
            told = [_status(number) for number in browser.processes() if _is_renderer(number)]
            if told and all(status.get("Seccomp") == "2" for status in told):
                return True
            await asyncio.sleep(0.02)
        return False
    finally:
        await browser.pipe.send("Target.disposeBrowserContext", browserContextId=context)


def _is_renderer(number: int) -> bool:
    try:
        return b"--type=renderer" in Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        return False


def _status(number: int) -> dict[str, str]:
    try:
        lines = Path(f"/proc/{number}/status").read_text(errors="replace").splitlines()
    except OSError:
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _name(number: int) -> str:
    import pwd

    try:
        return f"the user {pwd.getpwuid(number).pw_name}"
    except KeyError:
        return f"a user of its own (number {number})"


def program(environ: "os._Environ[str] | dict[str, str]") -> Path:
    """The browser's program.

    Raises:
        RunnerUnavailable: there is none.
    """
    found = browsers.find_browser(environ)
    if found is None:
        raise RunnerUnavailable(f"No Chromium or Google Chrome is here to run pages: {browsers.INSTALL}.")
    return found
