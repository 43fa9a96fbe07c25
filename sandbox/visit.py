"""One page in a browser: a context of its own, what it may load, and evaluations in the tests' world.

The page is prepared before it is known what to load (``prepare``), so that a run need not wait for a process.
"""

import asyncio
import base64
import contextlib
import json
import re
import secrets
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sandbox import document
from sandbox.browser import Browser
from sandbox.document import File
from sandbox.pipe import BrowserGone, CommandRefused, Message

T = TypeVar("T")
BRIDGE = Path(__file__).with_name("bridge")
MEMBRANE = (
    "builtins.js",
    "intrinsics.js",
    "describe.js",
    "copies.js",
    "operations.js",
    "stand-ins.js",
    "shells.js",
    "membrane.js",
)
AGENT = ("modules.js", "agent.js", "recorder.js")
HARNESS = ("world.js", "names.js", "dom.js", "assertions.js", "running.js")
# The harness leaves the global scope before the first test: it is held by the driver alone.
TAKE = "(() => { const taken = globalThis.palimpsest; delete globalThis.palimpsest; return taken; })()"
CALL = "function (name, argument) { return this[name](argument); }"
COMMENT = re.compile(r"^[ \t]*(?://[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)[ \t]*$", re.MULTILINE)
WORLD = "tests"
# pictures of other origins may be asked for with `crossorigin`
PICTURE = {"Content-Type": "image/png", "Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
BEFORE_PAGE = "before-page.js"  # the name that the hook's errors carry, known to recorder.js
MAX_BLOCKED = 50
MAX_ADDRESS = 200  # characters
ANSWER_SECONDS = 0.3  # what a page that is not hung needs for "1"


class PageLost(Exception):
    """The page cannot be tested: it crashed, left for another document, or its tests' set-up failed."""


@dataclass(frozen=True, slots=True)
class Scripts:
    """The JavaScript of both worlds as texts, made once."""

    agent: str
    harness: str

    @classmethod
    def read(cls, chai: str) -> "Scripts":
        """``chai`` is the library as a classic script that sets ``globalThis.chai``."""
        agent, harness = (
            "((HELLO) => { 'use strict';\n" + "\n".join(_compact(BRIDGE / name) for name in (*MEMBRANE, *own)) + "\n})"
            for own in (AGENT, HARNESS)
        )
        return cls(agent, f"{chai}\n;{harness}")


def _result(answer: Message) -> Message:
    """What an evaluation gave.

    Raises:
        PageLost: it threw.
    """
    if "exceptionDetails" in answer:
        thrown = answer["exceptionDetails"].get("exception", {})
        told = str(thrown.get("description") or "The tests' world failed.")
        raise PageLost(told.partition("\n")[0][:2000])  # the lines below name functions of libraries
    result: Message = answer["result"]
    return result


def _literal(value: object) -> str:
    """A value of JSON as an expression of JavaScript."""
    return json.dumps(value)


def _compact(file: Path) -> str:
    """A script without comments on lines of their own, and indents: it is sent anew for every page."""
    return re.sub(r"^\s+", "", COMMENT.sub("", file.read_text()), flags=re.MULTILINE)


@dataclass(slots=True)
class Visit:
    """A page, from an empty one to one with tests run in it."""

    browser: Browser
    scripts: Scripts
    context: str
    target: str
    session: str
    frame: str
    hello: str = field(default_factory=lambda: secrets.token_hex(16))
    blocked: list[str] = field(default_factory=list)
    is_crashed: bool = False
    _files: dict[str, File] = field(default_factory=dict)
    _loaded: dict[str, asyncio.Event] = field(default_factory=dict)
    _expected: int = 0
    _world: int | None = None
    _harness_id: str | None = None
    _prepared: list[asyncio.Future[Message]] = field(default_factory=list)
    _is_used: bool = False
    _before_page: asyncio.Future[Message] | None = None
    _lost: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    async def prepare(cls, browser: Browser, scripts: Scripts) -> "Visit":
        """Make a context with an empty page that is ready to load.

        Raises:
            BrowserGone, CommandRefused: the browser is not fit for use any more.
        """
        pipe = browser.pipe
        context = str((await pipe.send("Target.createBrowserContext", disposeOnDetach=True))["browserContextId"])
        pipe.post("Browser.setDownloadBehavior", behavior="deny", browserContextId=context)
        made = await pipe.send("Target.createTarget", url="about:blank", browserContextId=context)
        target = str(made["targetId"])
        browser.pages.add(target)
        session = str((await pipe.send("Target.attachToTarget", targetId=target, flatten=True))["sessionId"])
        visit = cls(browser, scripts, context, target, session, "")
        pipe.listen(session, visit._hear)
        browser.crashed[target] = visit._crash
        pipe.post("Page.enable", session)
        pipe.post("Page.setLifecycleEventsEnabled", session, enabled=True)
        pipe.post("Fetch.enable", session, patterns=[{"urlPattern": "*"}])
        pipe.post("Page.addScriptToEvaluateOnNewDocument", session, source=visit._agent)
        pipe.post("Page.addScriptToEvaluateOnNewDocument", session, source=visit._harness, worldName=WORLD)
        tree = await pipe.send("Page.getFrameTree", session)
        visit.frame = str(tree["frameTree"]["frame"]["id"])
        return visit

    @property
    def _agent(self) -> str:
        return f"window.top === window && {self.scripts.agent}({json.dumps(self.hello)})"  # frames of a page have none

    @property
    def _harness(self) -> str:
        return f"if (window.top === window) {{ {self.scripts.harness}({json.dumps(self.hello)}) }}"

    async def load(
        self,
        files: dict[str, File],
        given: dict[str, object],
        before_page: str = "",
        *,
        tests: str = "",
        libraries: Sequence[str] = (),
    ) -> None:
        """Load the page and make the tests' world ready with what is ``given`` to it; no limit of time is kept here.

        ``before_page`` is a script for the page's world, run before its first. ``tests`` is the text of all tests and
        hooks: the tests' world is prepared for them, the ``libraries`` are evaluated in it and it is sealed before the
        page's first script. Storage that a page before this one filled is empty.

        Raises:
            PageLost: it crashed, left for another document, or a library throws; the message says what.
            BrowserGone, CommandRefused: the browser is not fit for use any more.
        """
        self._files = files
        await self._forget_world()
        if self._is_used:
            await self._clear()
        self._is_used = True
        self._prepare_world(given, tests, libraries)
        if before_page.strip() and self._before_page is None:
            source = f"{before_page}\n//# sourceURL={BEFORE_PAGE}"
            add = self.browser.pipe.post
            self._before_page = add("Page.addScriptToEvaluateOnNewDocument", self.session, source=source)
        self._expected += 1
        self._world = self._harness_id = None
        await self._navigate(document.URL)
        await self._enter()
        if libraries and (failed := await self.call("failed", len(libraries))) is not None:
            raise PageLost(str(failed)[:2000])

    async def _forget_world(self) -> None:
        """The next document is not prepared as the one before it was."""
        for made in self._prepared:
            identifier = (await made)["identifier"]
            self._post("Page.removeScriptToEvaluateOnNewDocument", identifier=identifier)
        self._prepared = []

    def _prepare_world(self, given: dict[str, object], tests: str, libraries: Sequence[str]) -> None:
        """Have the next document's tests' world prepared."""
        prepare, seal = f"palimpsest.prepare({_literal(given)});", f"palimpsest.seal({_literal(tests)});"
        loaded = (f"{text}\n;palimpsest.loaded({number});" for number, text in enumerate(libraries))
        texts = [prepare, *loaded, seal] if libraries else [f"{prepare}\n{seal}"]
        add = self.browser.pipe.post
        self._prepared = [
            add("Page.addScriptToEvaluateOnNewDocument", self.session, source=text, worldName=WORLD) for text in texts
        ]

    async def _clear(self) -> None:
        """Empty all storage of the page's origin.

        Only once an empty document has loaded has the page before run its last handler (``pagehide``, ``unload``), in
        which many a page saves something.
        """
        await self._navigate("about:blank")
        self._post("Page.resetNavigationHistory")
        await self._send("Storage.clearDataForOrigin", origin=document.ORIGIN, storageTypes="all")

    async def _navigate(self, address: str) -> None:
        answer = await self._send("Page.navigate", url=address)
        if "errorText" in answer or "loaderId" not in answer:
            raise PageLost("The page could not be loaded.")
        await self._or_lost(self._loaded.setdefault(answer["loaderId"], asyncio.Event()).wait())

    def renew(self, *, is_used: bool = True) -> None:
        """Make ready for another load in the place of the page that was there; its history is forgotten with it.

        ``is_used=False``: the page was empty, so no storage has to be cleared.
        """
        self.blocked.clear()
        self._loaded.clear()
        self._is_used = is_used
        if self._before_page and self._before_page.done() and not self._before_page.exception():
            identifier = self._before_page.result()["identifier"]
            self._post("Page.removeScriptToEvaluateOnNewDocument", identifier=identifier)
        self._before_page = None
        self._post("Page.resetNavigationHistory")

    async def _enter(self) -> None:
        """Find the tests' world of the loaded page and take the harness out of it; a page without any script has none
        before it is asked for."""
        made = await self._send("Page.createIsolatedWorld", frameId=self.frame, worldName=WORLD)
        self._world = int(made["executionContextId"])
        begin = f"palimpsest.begin() ? {TAKE} : 'alone'"
        # nothing else is ever served at this origin; the fragment is the page's own to change
        state = await self._take(
            f"location.origin !== {json.dumps(document.ORIGIN)} || location.protocol !== 'https:' ? 'gone' : "
            f"Object.hasOwn(globalThis, 'palimpsest') ? {begin} : 'empty'"
        )
        if state == "gone":
            raise PageLost("The page's code put another document in its place.")
        if state == "empty":
            # what is evaluated in the page's own world makes that world, and then the scripts of a new document are run
            await self._send("Runtime.evaluate", expression="null")
            state = await self._take(begin)
        if state is not None:
            await self._send("Runtime.evaluate", expression=f"{self._agent}; null")
            if await self._take(begin) is not None:
                raise PageLost("The page's code put another document in its place.")

    async def _take(self, expression: str) -> object:
        """Evaluate what gives the harness, or a text that says why not, which is returned."""
        answer = await self._send("Runtime.evaluate", expression=expression, contextId=self._world, silent=True)
        result = _result(answer)
        self._harness_id = result.get("objectId")
        return None if self._harness_id else result.get("value", "lost")

    async def call(self, function: str, argument: object = None) -> object:
        """Call a function of the harness and return its answer, a value of JSON."""
        if self._harness_id is None:
            raise PageLost("The tests' world is not there.")
        answer = await self._send(
            "Runtime.callFunctionOn",
            functionDeclaration=CALL,
            objectId=self._harness_id,
            arguments=[{"value": function}, {"value": argument}],
            awaitPromise=True,
            returnByValue=True,
            silent=True,
        )
        value: object = _result(answer).get("value")
        return value

    async def _evaluate(self, expression: str) -> object:
        answer = await self._send(
            "Runtime.evaluate", expression=expression, contextId=self._world, returnByValue=True, silent=True
        )
        value: object = _result(answer).get("value")
        return value

    async def screenshot(self) -> bytes:
        """The visible part of the page, as PNG."""
        answer = await self._send("Page.captureScreenshot", format="png")
        return base64.b64decode(answer["data"])

    async def answers(self) -> bool:
        """Whether the page's thread is free."""
        try:
            return await asyncio.wait_for(self._evaluate("1"), ANSWER_SECONDS) == 1
        except (TimeoutError, PageLost, BrowserGone):
            return False

    async def dispose(self) -> None:
        """End the page and all that it has, however busy it is.

        Raises:
            BrowserGone, CommandRefused, TimeoutError: it could not be ended; the browser has to go.
        """
        self._lost.set()
        self.browser.pipe.listen(self.session, None)
        self.browser.crashed.pop(self.target, None)
        self.browser.pages.discard(self.target)
        done = self.browser.pipe.send("Target.disposeBrowserContext", browserContextId=self.context)
        await asyncio.wait_for(done, 1.0)

    def crash(self) -> None:
        """End the page's process where nothing gentler did; the browser should not be used much longer."""
        self._post("Page.crash")

    async def _send(self, method: str, **params: object) -> Message:
        try:
            return await self._or_lost(self.browser.pipe.send(method, self.session, **params))
        except CommandRefused as error:
            raise PageLost(str(error)) from error

    async def _or_lost(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for ``work``, but not longer than there is a page."""
        task = asyncio.ensure_future(work)
        lost = asyncio.ensure_future(self._lost.wait())
        try:
            await asyncio.wait((task, lost), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise PageLost("The page crashed." if self.is_crashed else "The page was closed.")
            return task.result()
        finally:
            task.cancel()
            lost.cancel()

    def _crash(self) -> None:
        self.is_crashed = True
        self._lost.set()

    def _hear(self, method: str, params: Message) -> None:
        if method == "Fetch.requestPaused":
            self._decide(params)
        elif method == "Page.lifecycleEvent":
            if params["name"] == "load" and params["frameId"] == self.frame:
                self._loaded.setdefault(params["loaderId"], asyncio.Event()).set()
        elif method == "Page.javascriptDialogOpening":
            self._post("Page.handleJavaScriptDialog", accept=False)

    def _decide(self, params: Message) -> None:
        """Serve the page's own files and an empty picture for every picture, refuse all else."""
        address, kind = str(params["request"]["url"]), params.get("resourceType")
        file = None
        path = document.path_of(address)
        if kind == "Document":
            if address == document.URL and self._expected and params.get("frameId") == self.frame:
                self._expected -= 1
                file = self._files.get("/")
        elif path and path != "/":
            file = self._files.get(path)
        if file is None:
            if len(self.blocked) < MAX_BLOCKED and path != "/favicon.ico":
                self.blocked.append(address[:MAX_ADDRESS])
            if kind == "Image" and path != "/favicon.ico":
                self._fulfill(params, document.EMPTY_PICTURE, PICTURE)
                return
            # an aborted navigation leaves the page where it is; another error would put an error's page there
            reason = "Aborted" if kind == "Document" else "BlockedByClient"
            self._post("Fetch.failRequest", requestId=params["requestId"], errorReason=reason)
            return
        headers = {"Content-Type": file.media_type, "Cache-Control": "no-store"}
        if kind == "Document":
            headers |= {"Content-Security-Policy": document.POLICY, "Referrer-Policy": "no-referrer"}
        self._fulfill(params, file.text.encode(errors="replace"), headers)

    def _fulfill(self, params: Message, body: bytes, headers: dict[str, str]) -> None:
        self._post(
            "Fetch.fulfillRequest",
            requestId=params["requestId"],
            responseCode=200,
            responseHeaders=[{"name": name, "value": value} for name, value in headers.items()],
            body=base64.b64encode(body).decode(),
        )

    def _post(self, method: str, **params: object) -> None:
        with contextlib.suppress(BrowserGone):
            self.browser.pipe.post(method, self.session, **params)
