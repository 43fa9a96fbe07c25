"""The embedded server under real kills: every test here starts real servers."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from embedded.cluster import cluster_name, commands
from embedded.supervisor import PORT, EmbeddedError, EmbeddedPostgres, binary, running, watcher

ROOT = Path(__file__).parent.parent.parent
GATEWAY = """
import sys, time
from pathlib import Path
from embedded.supervisor import EmbeddedPostgres
server = EmbeddedPostgres.start(Path(sys.argv[1]))
print(server.url(), flush=True)
time.sleep(600)
"""
BUSY = "do $$ declare n int := 0; begin loop n := (n + 1) % 1000; end loop; end $$"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """One server for the tests that only look."""
    with EmbeddedPostgres.start(tmp_path_factory.mktemp("shared")) as server:
        yield server


@contextmanager
def gateway(data: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that serves ``data`` and does nothing else; killed at the end whatever happens."""
    command = [sys.executable, "-c", GATEWAY, str(data)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("postgresql://")
            yield process
        finally:
            process.kill()


def one(url: str, statement: str) -> object:
    """The first value that ``statement`` answers with, or None for one that answers with no rows."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def address(data: Path) -> str:
    found = running(data)
    assert found is not None
    return found.url()


def postmaster(data: Path) -> int:
    return int((data / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def processes(data: Path) -> list[int]:
    """All processes of the server of ``data``, by what their command lines say."""
    name = cluster_name(data / "postgres")
    return [pid for pid, command in commands().items() if re.search(re.escape(name) + r"\b", command)]


def wait_until(what: Callable[[], object], seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


def busy_backend(url: str) -> tuple[int, threading.Thread]:
    """A backend in a loop that never looks whether its postmaster lives, and the thread that waits for it."""
    connection = psycopg.connect(url, autocommit=True)

    def run() -> None:
        with connection, pytest.raises(psycopg.OperationalError):
            connection.execute(BUSY)

    thread = threading.Thread(target=run)
    thread.start()
    pid = connection.info.backend_pid
    wait_until(lambda: one(url, f"select query from pg_stat_activity where pid = {pid}") == BUSY)
    return pid, thread


def test_restart_keeps_the_data_and_is_fast(data: Path) -> None:
    with EmbeddedPostgres.start(data) as server:
        one(server.url(), "create table kept as select 42 as answer")
    assert processes(data) == []
    began = time.monotonic()
    with EmbeddedPostgres.start(data) as server:
        took = time.monotonic() - began
        assert one(server.url(), "select answer from kept") == 42
    assert took < 6  # under a second on an idle machine; the suite shares its cores


def test_stop_twice_does_no_harm_and_frees_the_folder(data: Path) -> None:
    server = EmbeddedPostgres.start(data)
    server.stop()
    server.stop()
    assert running(data) is None
    assert not (data / "postgres.json").exists()
    EmbeddedPostgres.start(data).stop()


def test_durability_and_time_zone_are_as_promised(shared: EmbeddedPostgres) -> None:
    promised = {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "listen_addresses": "",
        "TimeZone": "UTC",
        "max_connections": "100",
        "shared_buffers": "128MB",
        "server_encoding": "UTF8",
        "data_checksums": "on",
    }
    with psycopg.connect(shared.url()) as connection:
        found = {name: connection.info.parameter_status(name) for name in ("server_encoding", "TimeZone")}
        for name in promised.keys() - found.keys():
            row = connection.execute("select current_setting(%s)", [name]).fetchone()
            found[name] = row[0] if row else None
    assert found == promised


def test_durability_cannot_be_turned_off_by_alter_system(data: Path) -> None:
    with EmbeddedPostgres.start(data) as server:
        one(server.url(), "alter system set fsync = off")
    with EmbeddedPostgres.start(data) as server:
        assert one(server.url(), "show fsync") == "on"


def test_locale_is_the_built_in_one(shared: EmbeddedPostgres) -> None:
    statement = "select concat_ws(' ', datlocprovider, datlocale) from pg_database where datname = 'palimpsest'"
    assert one(shared.url(), statement) == "b C.UTF-8"
    assert one(shared.url(), "select upper('é')") == "É"


def test_socket_folder_is_private_and_nothing_listens_on_tcp(shared: EmbeddedPostgres) -> None:
    sockets = Path(str(json.loads((shared.data / "postgres.json").read_text())["sockets"]))
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert stat.S_ISSOCK((sockets / f".s.PGSQL.{PORT}").stat().st_mode)
    inode_of_tcp = {line.split()[9] for table in ("tcp", "tcp6") for line in net(table)}
    held = {os.readlink(path) for path in Path(f"/proc/{postmaster(shared.data)}/fd").iterdir()}
    assert any(link.startswith("socket:") for link in held)
    assert not {link.removeprefix("socket:[").removesuffix("]") for link in held} & inode_of_tcp


def net(table: str) -> list[str]:
    path = Path("/proc/net") / table
    return path.read_text().splitlines()[1:] if path.exists() else []


def test_server_does_not_run_as_root(shared: EmbeddedPostgres) -> None:
    status = Path(f"/proc/{postmaster(shared.data)}/status").read_text()
    uids = re.search(r"^Uid:\s+(\d+)\s+(\d+)\s+(\d+)", status, re.MULTILINE)
    assert uids is not None
    assert "0" not in uids.groups()


def test_programs_of_the_wheel_work_on_the_server(shared: EmbeddedPostgres) -> None:
    dumped = subprocess.run(
        [binary("pg_dump"), "--schema-only", shared.url()], capture_output=True, text=True, check=True
    )
    assert "PostgreSQL database dump complete" in dumped.stdout
    with pytest.raises(EmbeddedError, match="pg_nonesuch is not installed"):
        binary("pg_nonesuch")


def test_second_supervisor_is_refused_by_name(shared: EmbeddedPostgres) -> None:
    with pytest.raises(EmbeddedError, match=f"already run by process {os.getpid()}; stop that one"):
        EmbeddedPostgres.start(shared.data)
    assert one(shared.url(), "select 1") == 1


def test_other_commands_find_the_running_server(data: Path) -> None:
    assert running(data) is None
    with gateway(data):
        assert one(address(data), "select current_database()") == "palimpsest"
        found = running(data)
        assert found is not None
        assert "/postgres?" in found.url(database="postgres")


def test_names_in_the_address_are_escaped(shared: EmbeddedPostgres) -> None:
    assert shared.url(user="a b", database="x/y?z").startswith("postgresql://a%20b@/x%2Fy%3Fz?host=%2F")


def test_server_ends_with_a_killed_gateway_and_recovers(data: Path) -> None:
    with gateway(data) as process:
        one(address(data), "create table kept as select 1")
        process.kill()
        wait_until(lambda: processes(data) == [])
    assert running(data) is None
    with EmbeddedPostgres.start(data) as server:
        assert one(server.url(), "select count(*) from kept") == 1


def test_start_does_not_wait_for_the_killed_gateway_s_server(data: Path) -> None:
    with gateway(data) as process:
        one(address(data), "create table kept as select 1")
        process.kill()
        process.wait()
        with EmbeddedPostgres.start(data) as server:
            assert one(server.url(), "select count(*) from kept") == 1


def test_killed_server_is_started_again_at_the_same_address(data: Path) -> None:
    with EmbeddedPostgres.start(data) as server:
        one(server.url(), "create table kept as select 1")
        before = postmaster(data)
        backend, thread = busy_backend(server.url())
        os.kill(before, signal.SIGKILL)

        def answers() -> bool:
            try:
                return one(server.url(), "select count(*) from kept") == 1
            except psycopg.OperationalError:
                return False

        wait_until(answers, 30.0)
        assert postmaster(data) != before
        assert backend not in processes(data)
        thread.join()
    assert processes(data) == []


def test_gateway_and_server_killed_with_a_busy_backend_left_behind(data: Path) -> None:
    with gateway(data) as process:
        one(address(data), "create table kept as select 1")
        backend, thread = busy_backend(address(data))
        pair = (process.pid, postmaster(data))
        os.kill(pair[0], signal.SIGSTOP)  # so that it cannot start the server again between the two kills
        os.kill(pair[1], signal.SIGKILL)
        os.kill(pair[0], signal.SIGKILL)
        process.wait()
        assert backend in processes(data)
        with EmbeddedPostgres.start(data) as server:
            assert one(server.url(), "select count(*) from kept") == 1
            assert backend not in processes(data)
        thread.join()


def test_start_from_a_thread_that_ends_keeps_the_server(data: Path) -> None:
    started: list[EmbeddedPostgres] = []
    thread = threading.Thread(target=lambda: started.append(EmbeddedPostgres.start(data)))
    thread.start()
    thread.join()
    with started[0] as server:
        pid = postmaster(data)
        time.sleep(0.3)
        assert one(server.url(), "select 1") == 1
        assert postmaster(data) == pid


def test_lock_file_that_names_a_stranger_is_cleared(data: Path) -> None:
    EmbeddedPostgres.start(data).stop()
    with subprocess.Popen(["sleep", "60"]) as stranger:
        lines = [str(stranger.pid), str(data / "postgres"), "1700000000", "5432", "", "", "", "ready   "]
        (data / "postgres" / "postmaster.pid").write_text("\n".join(lines) + "\n")
        with EmbeddedPostgres.start(data) as server:
            assert one(server.url(), "select 1") == 1
        assert stranger.poll() is None
        stranger.kill()


def test_two_folders_do_not_touch_each_other(data: Path, shared: EmbeddedPostgres) -> None:
    with gateway(data) as process:
        process.kill()
        process.wait()
        EmbeddedPostgres.start(data).stop()
    assert one(shared.url(), "select 1") == 1


def test_remains_of_a_killed_initdb_are_cleared(data: Path) -> None:
    (data / "postgres.new-left" / "base").mkdir(parents=True)
    EmbeddedPostgres.start(data).stop()
    assert sorted(path.name for path in data.iterdir()) == ["postgres", "postgres.lock", "postgres.log", "sockets"]


def test_long_or_odd_paths_get_a_short_socket_folder_that_goes_again(tmp_path: Path) -> None:
    data = tmp_path / ("long name, with 'quotes' " * 5)
    with EmbeddedPostgres.start(data) as server:
        sockets = Path(str(json.loads((data / "postgres.json").read_text())["sockets"]))
        assert data not in sockets.parents
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert one(server.url(), "select 1") == 1
        assert one(address(data), "select 1") == 1
    assert not sockets.exists()


def test_folder_below_a_file_gives_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedError, match=r"The data folder \S+ cannot be used: Not a directory .*--data"):
        EmbeddedPostgres.start(tmp_path / "file" / "data")


def test_foreign_content_is_left_alone(data: Path) -> None:
    (data / "postgres").mkdir(parents=True)
    (data / "postgres" / "letter.txt").write_text("dear")
    with pytest.raises(EmbeddedError, match="is not empty and holds no database"):
        EmbeddedPostgres.start(data)
    assert (data / "postgres" / "letter.txt").read_text() == "dear"


def test_cluster_of_another_major_version_is_refused(data: Path) -> None:
    EmbeddedPostgres.start(data).stop()
    (data / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedError, match=r"was made by PostgreSQL 17; this version of Palimpsest runs 18\."):
        EmbeddedPostgres.start(data)


def test_server_that_refuses_is_quoted(data: Path) -> None:
    EmbeddedPostgres.start(data).stop()
    (data / "postgres" / "postgresql.conf").write_text("work_mem = 'much'\n")
    with pytest.raises(EmbeddedError, match=r"did not start: .*FATAL.*postgresql\.conf.*contains errors"):
        EmbeddedPostgres.start(data)
    assert running(data) is None


def test_watcher_interrupts_the_server_when_its_supervisor_is_gone() -> None:
    # a shell lets its background jobs ignore interrupts, and the suite may be one
    server_like = "import signal, time; signal.signal(2, signal.SIG_DFL); print('up', flush=True); time.sleep(60)"
    command = [sys.executable, "-c", server_like]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server, watcher(server.pid) as watching:
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == b"up\n"
            assert watching.stdin is not None
            watching.stdin.close()
            assert server.wait(10) == -signal.SIGINT
        finally:
            server.kill()
