"""``fieldgate serve``, apart from the other commands because it must start fast."""

from __future__ import annotations

import os
import signal

from core.kit.settings import get_settings
from gateway.launch import follow_parent as follow
from gateway.supervisor import Supervisor
from gateway.terminal import Terminal


def serve(*, demo: bool, verbose: bool, follow_parent: bool) -> None:
    if follow_parent:
        follow(signal.SIGTERM, os.getppid())
    settings = get_settings()
    terminal = Terminal(settings.home / "logs" / "web.log" if verbose else None)
    # The demo's passwords are printed: they have no place in production.
    wanted = demo and settings.environment == "development"
    Supervisor(settings, terminal, demo=wanted).run()
