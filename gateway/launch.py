"""Runs a program that ends when its parent does: ``launch.py SIGNAL PARENT UID GID PROGRAM ARGS``.

Also imported for ``follow_parent``; started as a script it must need nothing but the standard
library, so that PostgreSQL and Valkey start without waiting for imports.
"""

from __future__ import annotations

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def follow_parent(signal: int, parent: int) -> None:
    """Have the kernel send *signal* when the parent ends (Linux; elsewhere the next start tidies).

    Ends this process at once if the parent has already gone.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal)
    if os.getppid() != parent:
        sys.exit(1)


def become(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def main(signal: str, parent: str, uid: str, gid: str, *command: str) -> None:
    if os.geteuid() == 0 and int(uid) != 0:
        become(int(uid), int(gid))
    # After the change of user: the kernel forgets the signal when credentials change.
    follow_parent(int(signal), int(parent))
    os.execv(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
