"""The ``fieldgate`` command: the outermost layer, where errors become one sentence."""

from __future__ import annotations

import signal
import sys

from pydantic import ValidationError
from rich.console import Console

from core.kit.errors import GatewayError, ModuleError
from core.kit.settings import ConfigurationError, settings_problem
from gateway.cli.main import commands


def app() -> None:
    """Run the command of ``sys.argv``: exit code 1 and a sentence where a person can mend it."""
    # As Ctrl-C does, so that embedded servers are stopped on the way out.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        commands()
    except (ConfigurationError, GatewayError, ModuleError) as error:
        fail(str(error))
    except ValidationError as error:
        fail(settings_problem(error))


def fail(problem: str) -> None:
    Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(problem)
    sys.exit(1)
