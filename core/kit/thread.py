"""Work on documents that are new: in one thread, so that it never holds the event loop long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

#: One thread, not many: with each that computes, the event loop waits a switch longer.
_thread = ThreadPoolExecutor(1, thread_name_prefix="documents")


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_thread, lambda: function(*args, **kwargs))
