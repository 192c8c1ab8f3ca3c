"""The errors a caller is meant to see. Anything else is a bug, and is masked and logged."""

from __future__ import annotations


class GatewayError(Exception):
    """Base of every error a client may see. Its ``code`` is part of the API."""

    code = "BAD_REQUEST"

    @property
    def extensions(self) -> dict[str, object]:
        """What graphql-core copies into the ``extensions`` of the response."""
        return {"code": self.code}


class Forbidden(GatewayError):
    """The caller lacks a permission."""

    code = "FORBIDDEN"

    def __init__(self, permission: str) -> None:
        super().__init__(f"You need the permission '{permission}'.")
        self.permission = permission


class BadInput(GatewayError):
    """An argument has the right type, but no meaning: a broken cursor, a page of 10,000."""

    code = "BAD_USER_INPUT"


class Busy(GatewayError):
    """No connection to the database became free in time."""

    code = "THROTTLED"

    def __init__(self) -> None:
        super().__init__("The server is busy. Try again in a moment.")


class Refused(GatewayError):
    """A rule of the business says no. Mutations answer it as one of their ``userErrors``.

    *code* is the rule's own (``STALE_VERSION``); *field* is the path of the input that is wrong.
    """

    code = "BAD_USER_INPUT"

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.reason = code
        self.message = message
        self.field = field

    @property
    def extensions(self) -> dict[str, object]:
        return {"code": self.code, "reason": self.reason}


class RefusedTogether(GatewayError):
    """Several rules say no at once; nothing was written."""

    code = "BAD_USER_INPUT"

    def __init__(self, refusals: list[Refused]) -> None:
        super().__init__("; ".join(refusal.message for refusal in refusals))
        self.refusals = refusals


class NotFound(Refused):
    """The thing asked for does not exist in this tenant. Another tenant's is just as absent."""

    code = "NOT_FOUND"

    def __init__(self, what: str, identifier: object, field: str | None = None) -> None:
        super().__init__("NOT_FOUND", f"There is no {what} '{str(identifier)[:80]}'.", field)


class InvalidId(Refused):
    """A text that is not the global ID of what was asked for."""

    code = "NOT_FOUND"

    def __init__(self, given: object, expected: str, field: str | None = None) -> None:
        super().__init__("INVALID_ID", f"'{str(given)[:80]}' is not the ID of a {expected}.", field)


class ModuleError(Exception):
    """A module is built wrong. Raised at start-up, never while serving."""
