"""Where mails are handed over: a server that speaks SMTP, or the development mailbox."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib
from aiosmtplib import errors
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert

from core.kit.ids import new_id
from core.kit.session import TenantSession
from core.mail.composing import mail_in
from core.mail.models import MailboxMail
from core.mail.services.handing import Outcome

#: The longest that reaching a server may take, and its answer to an address.
SECONDS = 30
#: The longest that it is waited for once it has all of a mail; a claim lasts longer.
ANSWER_SECONDS = 100
#: A server says so of an address that is none.
NO_SUCH_ADDRESS = frozenset({550, 551, 553})
#: Of 5.x.y: no such mailbox, no such domain, no address, moved away, switched off.
NO_SUCH_STATUS = frozenset({"1.0", "1.1", "1.2", "1.3", "1.6", "1.10", "2.1"})
_STATUS = re.compile(r"\s*5\.(\d{1,3}\.\d{1,3})\b")
#: A server that ends, or has too many visitors: it takes nobody's mails.
SHUTS_DOWN = 421
TOO_LARGE = 552


@dataclass(frozen=True, slots=True)
class HandedOver:
    outcome: Outcome
    error: str | None = None


TAKEN = HandedOver(Outcome.TAKEN)


#: Asked when the server is about to be given the mail; False: it is somebody else's by now.
Begin = Callable[[], Awaitable[bool]]


class Transport(Protocol):
    async def hand_over(
        self, sender: str, recipient: str, message: EmailMessage, begin: Begin
    ) -> HandedOver: ...


class Smtp:
    """One connection to a mail server, opened when it is needed, and anew after an error."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._tls = parts.scheme == "smtps"
        # TLS is asked for unless somebody says not to: a password must not go in the clear.
        starttls = not self._tls and parse_qs(parts.query).get("starttls") != ["off"]
        self._options: dict[str, Any] = {
            "hostname": parts.hostname,
            "port": parts.port or (465 if self._tls else 587),
            "username": unquote(parts.username) if parts.username else None,
            "password": unquote(parts.password) if parts.password else None,
            "use_tls": self._tls,
            "start_tls": starttls,
            "timeout": SECONDS,
        }
        self._client: aiosmtplib.SMTP | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[Smtp]:
        transport = cls(url)
        try:
            yield transport
        finally:
            await transport.close()

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None and client.is_connected:
            try:
                await client.quit()
            except errors.SMTPException:
                client.close()

    async def hand_over(
        self, sender: str, recipient: str, message: EmailMessage, begin: Begin
    ) -> HandedOver:
        content = message.as_bytes()
        try:
            addressed = await self._goes_on(sender, recipient, len(content))
            if not addressed:
                try:
                    async with asyncio.timeout(SECONDS):
                        await self._connect()
                except (errors.SMTPException, OSError, TimeoutError) as error:
                    await self._forget()
                    return HandedOver(Outcome.UNREACHABLE, _said(error))
                await self._address(sender, recipient, len(content))
        except errors.SMTPRecipientRefused as error:
            return await self._refused(error, _of_recipient(error.code, error.message))
        except errors.SMTPSenderRefused as error:
            # The sender is that of all mails: only the size is this one's.
            outcome = Outcome.NEVER if error.code == TOO_LARGE else Outcome.UNREACHABLE
            return await self._refused(error, outcome)
        except (errors.SMTPException, OSError, TimeoutError) as error:
            await self._forget()
            return HandedOver(Outcome.LATER, _said(error))
        if not await begin():
            await self._forget()
            return HandedOver(Outcome.LATER)
        return await self._give(content)

    async def _goes_on(self, sender: str, recipient: str, size: int) -> bool:
        """Whether the server takes one mail more on the connection that there is.

        Servers hang up on who was silent for a while, and after so many mails: nothing was given
        to them then, and the mail goes on a new connection.
        """
        if self._client is None:
            return False
        try:
            await self._address(sender, recipient, size)
        except (errors.SMTPServerDisconnected, ConnectionError):
            await self._forget()
            return False
        except errors.SMTPResponseException as error:
            if error.code != SHUTS_DOWN:
                raise
            await self._forget()
            return False
        return True

    async def _connect(self) -> None:
        client = aiosmtplib.SMTP(**self._options)
        await client.connect()
        self._client = client

    async def _address(self, sender: str, recipient: str, size: int) -> None:
        """Have the server say that it will take a mail to *recipient*."""
        client = self._held
        options = [f"size={size}"] if client.supports_extension("size") else []
        async with asyncio.timeout(SECONDS):
            await client.mail(sender, options=options)
            await client.rcpt(recipient)

    @property
    def _held(self) -> aiosmtplib.SMTP:
        assert self._client is not None  # it was connected before
        return self._client

    async def _give(self, content: bytes) -> HandedOver:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._held.data(content, timeout=ANSWER_SECONDS)
        except errors.SMTPDataError as error:
            return await self._refused(error, _of_mail(error.code))
        except (errors.SMTPException, OSError, TimeoutError) as error:
            await self._forget()
            return HandedOver(Outcome.UNKNOWN, _said(error))
        return TAKEN

    async def _refused(self, error: errors.SMTPResponseException, outcome: Outcome) -> HandedOver:
        """The server has said no to this mail: the connection is as good as new for the next."""
        try:
            if self._client is not None and self._client.is_connected:
                await self._client.rset()
        except (errors.SMTPException, OSError):
            await self._forget()
        return HandedOver(outcome, _said(error))

    async def _forget(self) -> None:
        """Begin anew: after an error, nobody knows what the server still waits for."""
        client, self._client = self._client, None
        if client is not None:
            client.close()


#: Nobody waits for the disk: what a crash of the database loses is not marked as sent either.
_MAILBOX: Any = MailboxMail.__table__
_ARRIVES = (
    insert(_MAILBOX)
    .on_conflict_do_nothing(index_elements=["tenant_id", "message_id"])
    .returning(func.set_config("synchronous_commit", "off", True))
)


class Mailbox:
    """The development mailbox: a table, in which a mail that comes again is not there twice."""

    def __init__(self, begin: Callable[[], AbstractAsyncContextManager[TenantSession]]) -> None:
        self._begin = begin

    async def hand_over(
        self, sender: str, recipient: str, message: EmailMessage, begin: Begin
    ) -> HandedOver:
        async with self._begin() as session:
            text, html = message.get_body(("plain",)), message.get_body(("html",))
            connection = await session.connection()
            row = {
                "tenant_id": session.tenant_id,
                "id": new_id(),
                "message_id": str(message["Message-ID"]),
                "mail_id": mail_in(str(message["Message-ID"])),
                "received_at": session.now,
                "sender": str(message["From"]),
                "recipient": str(message["To"]),
                "subject": str(message["Subject"]),
                "headers": "\n".join(f"{name}: {value}" for name, value in message.items()),
                "html": None if html is None else html.get_content(),
                "text": None if text is None else text.get_content(),
                "attachments": [part.get_filename() or "?" for part in message.iter_attachments()],
            }
            await connection.execute(_ARRIVES, row)
        return TAKEN


def _of_recipient(code: int, said: str) -> Outcome:
    """What a refusal of an address means. Servers also say 550 when they relay nothing for us, or

    think us spammers: by the status behind it (RFC 3463), if there is one, they are told apart.
    """
    status = _STATUS.match(said)
    if code in NO_SUCH_ADDRESS and (status is None or status[1] in NO_SUCH_STATUS):
        return Outcome.NO_SUCH_ADDRESS
    return _of_mail(code)


def _of_mail(code: int) -> Outcome:
    if code == SHUTS_DOWN:
        return Outcome.UNREACHABLE
    return Outcome.NEVER if code >= 500 else Outcome.LATER


def _said(error: BaseException) -> str:
    if isinstance(error, errors.SMTPResponseException):
        return f"{error.code} {error.message}"
    return str(error) or "The mail server did not answer in time."
