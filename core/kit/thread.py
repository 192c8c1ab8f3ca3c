"""Work on documents that are new: in one thread, so that it never holds the event loop long.

Both need the interpreter's lock, so what counts is how long the thread keeps it. It is asked for
it every millisecond. What it can't give it back in is a collection of garbage, which takes as long
as there are objects that have not been frozen: after each piece of work they are looked through,
and what is left is frozen, as most of it is kept for long: documents, and plans.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

SWITCH_SECONDS = 0.001
#: So many new objects are looked through at once. Fifty Overviews are thousands of objects that all
#: go with their answer: to look for garbage among them took a twentieth of its processor time.
YOUNG_OBJECTS = 20_000
#: After so many, everything is looked through once: what was frozen may be garbage since.
THOROUGH_EVERY = 10_000

#: One thread, not many: with each that computes, the event loop waits a switch longer.
_thread = ThreadPoolExecutor(1, thread_name_prefix="documents")
_tidied = 0
_tidying = False


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    loop = asyncio.get_running_loop()
    work = loop.run_in_executor(_thread, lambda: function(*args, **kwargs))
    if _tidying:
        _thread.submit(_tidy)
    return await work


def keep_pauses_short() -> None:
    """For a process that serves, once all that it keeps for good is there."""
    global _tidying
    _tidying = True
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])
    gc.collect()
    gc.freeze()


def spare() -> None:
    """Let what is there now not be looked through, in a process that serves."""
    if _tidying:
        gc.freeze()


def _tidy() -> None:
    global _tidied
    _tidied += 1
    if _tidied % THOROUGH_EVERY == 0:
        gc.unfreeze()
    gc.collect()
    gc.freeze()
