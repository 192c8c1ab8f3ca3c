"""The HTTP request as the endpoint reads it."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.types import Receive, Scope, Send


class Incoming(Request):
    """A request whose headers are a plain dictionary: half a dozen are looked up each time.

    Of a header that is there twice, the first counts, as elsewhere.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        super().__init__(scope, receive, send)
        self._given = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in reversed(scope["headers"])
        }

    @property
    def headers(self) -> Any:
        """By names in lower case."""
        return self._given
