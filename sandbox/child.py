"""The last step before a browser: give up rights, leave the network, then become the program.

Run as a script of its own (``python -I -S child.py``), so that none of this happens between the fork and the exec
of a process that has threads. The process keeps its number through the exec, and with it its process group, which
is how the browser and all its children are ended.

This file must not import anything of the house, nor anything beyond the standard library.
"""

import contextlib
import ctypes
import fcntl
import os
import resource
import signal
import sys
from typing import NoReturn

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
FAILED = 97  # the exit status when a step before the program fails; the browsers use none above 64


def main(arguments: list[str]) -> NoReturn:
    """``PARENT UID GID CUT READ WRITE PROGRAM ARGUMENT...``

    A UID of -1 keeps the user; CUT is 1 to leave the network; READ and WRITE are the descriptors that the program
    finds as 3 and 4.
    """
    parent, uid, gid, cut, reads, writes = (int(number) for number in arguments[:6])
    program = arguments[6:]
    try:
        if uid >= 0:
            os.setgroups([])
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if sys.platform == "linux":
            _call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)  # else its own /proc files stay root's after the change of user
            if cut:
                _leave_the_network()
            _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
            _call("prctl", PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)  # a change of user clears it, hence last
        if os.getppid() != parent:
            raise OSError(0, "the process that asked for the browser is gone")
        _place(reads, writes)
        os.execv(program[0], program)  # noqa: S606 - no shell is wanted here
    except OSError as error:
        print(f"{error.strerror}{f': {error.filename}' if error.filename else ''}", file=sys.stderr)
        sys.exit(FAILED)


def _leave_the_network() -> None:
    """Enter a user namespace that maps only this user, and a network namespace without any interface."""
    uid, gid = os.getuid(), os.getgid()
    _call("unshare", CLONE_NEWUSER | CLONE_NEWNET)
    with contextlib.suppress(FileNotFoundError), open("/proc/self/setgroups", "w") as file:
        file.write("deny")
    with open("/proc/self/uid_map", "w") as file:
        file.write(f"{uid} {uid} 1")
    with open("/proc/self/gid_map", "w") as file:
        file.write(f"{gid} {gid} 1")


def _place(reads: int, writes: int) -> None:
    """Put the two descriptors at 3 and 4, whatever their numbers were."""
    reads, writes = (fcntl.fcntl(number, fcntl.F_DUPFD, 10) for number in (reads, writes))
    os.dup2(reads, 3, inheritable=True)
    os.dup2(writes, 4, inheritable=True)
    os.closerange(5, 256)


def _call(name: str, *arguments: int) -> None:
    """Call a function of the C library that answers 0 when all is well."""
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*(ctypes.c_ulong(argument) for argument in arguments)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


if __name__ == "__main__":
    main(sys.argv[1:])
