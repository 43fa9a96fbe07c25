"""The last step before a PostgreSQL program: give up rights, tie the process to its parent, then become the program.

Run as a script of its own (``python -I -S embedded_child.py``), so that none of this happens between the fork and
the exec of a process that has threads. The process keeps its number through the exec, hence the server is a direct
child of the supervisor.

PostgreSQL refuses to run as root, and an unprivileged user cannot enter a checkout that lies below a home of mode
0700. Of the ways out (moving the cluster elsewhere, opening the parents to others, a mount namespace) none keeps
the data where the user put it, leaves the permissions alone and works in a container. So the server keeps exactly
one capability, only where a path is closed to it: ``CAP_DAC_READ_SEARCH``, which reads and enters but never writes,
or ``CAP_DAC_OVERRIDE`` where root was not given the smaller one, as in most containers, or where the programs are
not executable for others. It cannot raise it again, and its socket is open to root and to itself alone.

This file must not import anything of the house, nor anything beyond the standard library.
"""

import ctypes
import os
import signal
import sys
from typing import NoReturn

CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
CAP_SETPCAP = 8
PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAPABILITY_VERSION_3 = 0x20080522


def main(arguments: list[str]) -> NoReturn:
    """``watch PID``, or ``become PARENT UID GID PATH... -- PROGRAM ARGUMENT...``; a UID of -1 keeps the user.

    The PATHs are folders that the program must be able to enter.
    """
    if arguments[0] == "watch":
        watch(int(arguments[1]))
    cut = arguments.index("--")
    parent, uid, gid = (int(number) for number in arguments[1:4])
    program = arguments[cut + 1 :]
    if uid >= 0:
        _give_up_root(uid, gid, arguments[4:cut], program[0])
    if sys.platform == "linux":
        # Only now: a change of user clears it. An interrupt is PostgreSQL's fast shutdown.
        _call("prctl", PR_SET_PDEATHSIG, int(signal.SIGINT), 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("The process that asked for the database is gone.")
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execv(program[0], program)  # noqa: S606 - no shell is wanted here


def watch(pid: int) -> NoReturn:
    """Stop the server ``pid`` when standard input closes: for kernels that send no signal at a parent's death."""
    sys.stdin.buffer.read()
    try:
        os.kill(pid, signal.SIGINT)
    except ProcessLookupError:
        sys.exit(0)
    sys.exit(0)


def _give_up_root(uid: int, gid: int, folders: list[str], program: str) -> None:
    """Become the user ``uid``, for good, with one capability at most."""
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    permitted = _permitted()
    executable = bool(os.stat(program).st_mode & 0o001)
    os.setresuid(uid, uid, 0)
    reached = all(_opens(path) for path in [*folders, program])
    os.seteuid(0)
    if reached and executable:
        os.setresuid(uid, uid, uid)
        return
    wanted = CAP_DAC_READ_SEARCH if executable and permitted >> CAP_DAC_READ_SEARCH & 1 else CAP_DAC_OVERRIDE
    if not (permitted >> wanted & 1 and permitted >> CAP_SETPCAP & 1):
        sys.exit(
            f"The database's user (number {uid}) cannot enter {' or '.join([*folders, program])}, and this root may "
            "not let it. Move the checkout and the data folder to where every user can enter, such as /srv or /opt."
        )
    # Without the fix-up a change of user leaves capabilities alone, and access() counts them: initdb and the server
    # look for their files with it.
    _call("prctl", PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setresuid(uid, uid, uid)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    bit = 1 << wanted
    sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)  # effective, permitted, inheritable; the upper halves
    _call("capset", ctypes.byref(header), ctypes.byref(sets))
    _call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, wanted, 0, 0)


def _opens(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_RDONLY))
    except PermissionError:
        return False
    return True


def _permitted() -> int:
    """The capabilities of this process as bits; 0 where the system has none."""
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:
            lines = dict(line.split(":", 1) for line in status if ":" in line)
    except OSError:
        return 0
    return int(lines.get("CapPrm", "0"), 16) & int(lines.get("CapBnd", "0"), 16)


def _call(name: str, *arguments: object) -> None:
    """Call a function of the C library that answers 0 when all is well."""
    longs = [ctypes.c_ulong(argument) if isinstance(argument, int) else argument for argument in arguments]
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*longs) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


if __name__ == "__main__":
    main(sys.argv[1:])
