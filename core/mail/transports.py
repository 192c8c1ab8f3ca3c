"""Where mails are handed over: a server that speaks SMTP, or the development mailbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib
from aiosmtplib import errors
from sqlalchemy.dialects.postgresql import insert

from core.kit.ids import new_id
from core.kit.session import TenantSession
from core.mail.models import MailboxMail
from core.mail.services.sending import Outcome

#: The longest handing one mail over may take: a quarter of what a claim lasts.
SECONDS = 30
#: A server says so of an address that is none.
NO_SUCH_ADDRESS = frozenset({550, 551, 553})


@dataclass(frozen=True, slots=True)
class HandedOver:
    outcome: Outcome
    error: str | None = None


TAKEN = HandedOver(Outcome.TAKEN)


class Transport(Protocol):
    async def hand_over(self, sender: str, recipient: str, message: EmailMessage) -> HandedOver: ...


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

    async def hand_over(self, sender: str, recipient: str, message: EmailMessage) -> HandedOver:
        try:
            async with asyncio.timeout(SECONDS):
                client = await self._connected()
        except (errors.SMTPException, OSError, TimeoutError) as error:
            await self._forget()
            return HandedOver(Outcome.UNREACHABLE, _said(error))
        try:
            async with asyncio.timeout(SECONDS):
                await client.send_message(message, sender=sender, recipients=[recipient])
        except (errors.SMTPResponseException, errors.SMTPRecipientsRefused) as error:
            return HandedOver(_outcome(error), _said(error))  # the connection is as good as new
        except (errors.SMTPException, OSError, TimeoutError) as error:
            await self._forget()
            return HandedOver(Outcome.LATER, _said(error))
        return TAKEN

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._client is None or not self._client.is_connected:
            self._client = aiosmtplib.SMTP(**self._options)
            await self._client.connect()
        return self._client

    async def _forget(self) -> None:
        """Begin anew: after an error, nobody knows what the server still waits for."""
        client, self._client = self._client, None
        if client is not None:
            client.close()


class Mailbox:
    """The development mailbox: a table, in which a mail that comes again is not there twice."""

    def __init__(self, begin: Callable[[], AbstractAsyncContextManager[TenantSession]]) -> None:
        self._begin = begin

    async def hand_over(self, sender: str, recipient: str, message: EmailMessage) -> HandedOver:
        async with self._begin() as session:
            text, html = message.get_body(("plain",)), message.get_body(("html",))
            row = {
                "tenant_id": session.tenant_id,
                "id": new_id(),
                "message_id": str(message["Message-ID"]),
                "received_at": session.now,
                "sender": str(message["From"]),
                "recipient": str(message["To"]),
                "subject": str(message["Subject"]),
                "headers": "\n".join(f"{name}: {value}" for name, value in message.items()),
                "html": None if html is None else html.get_content(),
                "text": None if text is None else text.get_content(),
                "attachments": [part.get_filename() or "?" for part in message.iter_attachments()],
            }
            await session.execute(
                insert(MailboxMail)
                .values(**row)
                .on_conflict_do_nothing(index_elements=["tenant_id", "message_id"])
            )
        return TAKEN


def _outcome(error: errors.SMTPResponseException | errors.SMTPRecipientsRefused) -> Outcome:
    if isinstance(error, errors.SMTPResponseException):
        return Outcome.NEVER if error.code >= 500 else Outcome.LATER
    code = error.recipients[0].code  # each mail has one recipient
    if code in NO_SUCH_ADDRESS:
        return Outcome.NO_SUCH_ADDRESS
    return Outcome.NEVER if code >= 500 else Outcome.LATER


def _said(error: BaseException) -> str:
    if isinstance(error, errors.SMTPRecipientsRefused):
        return "; ".join(f"{refused.code} {refused.message}" for refused in error.recipients)
    if isinstance(error, errors.SMTPResponseException):
        return f"{error.code} {error.message}"
    return str(error) or f"The mail server did not answer within {SECONDS} s."
