"""Why a whole file can't be read."""

from __future__ import annotations


class Unreadable(Exception):
    """The file is refused; *code* and *message* are shown to who sent it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        # It may name what the file has, and the database takes no zeros in texts.
        self.code, self.message = code, message.replace("\0", "")
