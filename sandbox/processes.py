"""What the system knows of a browser's processes: which they are, what they hold, how long they had to wait.

On a system without ``/proc`` all of it is unknown, and the answers say so.
"""

import os
from pathlib import Path

PROC = Path("/proc")
MAX_READ = 1 << 16  # bytes, more than any of these files has


def has_proc() -> bool:
    """Whether memory can be watched here."""
    return Path("/proc/self/status").exists()


def group(number: int) -> list[int]:
    """The live processes of a process group."""
    found = []
    for entry in os.scandir(PROC):
        if entry.name.isdecimal():
            fields = _stat(int(entry.name))
            if fields and int(fields[2]) == number and fields[0] not in ("Z", "X"):
                found.append(int(entry.name))
    return found


def family(root: int) -> list[int]:
    """A process and all its descendants."""
    found, at = [root], 0
    while at < len(found):
        try:
            with open(f"/proc/{found[at]}/task/{found[at]}/children") as file:
                direct = [int(number) for number in file.read().split()]
        except OSError:
            direct = []
        found += direct
        at += 1
    return found


def memory(numbers: list[int]) -> int:
    """Bytes that the processes hold for themselves or share in memory; code and files do not count."""
    total = 0
    for number in numbers:
        try:
            for line in _read(f"/proc/{number}/status").splitlines():
                if line.startswith((b"RssAnon:", b"RssShmem:")):
                    total += int(line.split()[1]) << 10
        except (OSError, ValueError):
            continue
    return total


def memory_allowed() -> int | None:
    """Bytes that this process and its children may hold, as its control group says; None where nothing is said."""
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            told = Path(name).read_text().strip()
        except OSError:
            continue
        if told.isdecimal() and int(told) < 1 << 50:  # more than that is how "no limit" is spelled
            return int(told)
    return None


def times(numbers: list[int]) -> dict[int, tuple[float, float]]:
    """Seconds for which each thread ran, and was ready to run and had no core; empty where that is not told.

    The number of a process is that of its main thread too.
    """
    found = {}
    for number in numbers:
        try:
            threads = os.listdir(f"/proc/{number}/task")
        except OSError:
            continue
        for thread in threads:
            if told := _schedule(f"/proc/{number}/task/{thread}/schedstat"):
                found[int(thread)] = told
    return found


def waited_ourselves() -> float:
    """Seconds for which the calling thread was ready to run and had no core; 0 where that is not told."""
    told = _schedule("/proc/thread-self/schedstat")
    return told[1] if told else 0.0


def _schedule(path: str) -> tuple[float, float] | None:
    try:
        ran, waited = _read(path).split()[:2]
    except (OSError, ValueError):
        return None
    return int(ran) / 1e9, int(waited) / 1e9


def renderers(numbers: list[int]) -> list[int]:
    """Those of the processes in which pages run, as their command lines say."""
    found = []
    for number in numbers:
        try:
            if b"--type=renderer" in _read(f"/proc/{number}/cmdline"):
                found.append(number)
        except OSError:
            continue
    return found


def processor_seconds(numbers: list[int]) -> dict[int, float]:
    """Seconds of processor time that each process used, with all its threads; empty where that is not told."""
    ticks, found = os.sysconf("SC_CLK_TCK"), {}
    for number in numbers:
        if fields := _stat(number):
            found[number] = (int(fields[11]) + int(fields[12])) / ticks
    return found


def _stat(number: int) -> list[str] | None:
    """State, parent, group and so on; the name of the program, which may hold anything, is left out."""
    try:
        return _read(f"/proc/{number}/stat").rpartition(b")")[2].decode().split()
    except (OSError, UnicodeDecodeError):
        return None


def _read(path: str) -> bytes:
    """What a file of ``/proc`` says, without a file object: dozens of threads are asked for twenty times a second."""
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(number, MAX_READ)
    finally:
        os.close(number)
