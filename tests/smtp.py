"""A mail server of the tests: it keeps what it is given, and says no where it is told to."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session, syntax
from pydantic import SecretStr


@dataclass(frozen=True)
class Arrived:
    """A mail as the server has it."""

    sender: str
    recipients: list[str]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        parsed = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@dataclass
class MailServer:
    port: int = 0
    arrived: list[Arrived] = field(default_factory=list)
    #: What it answers to MAIL; and to RCPT and after DATA, by the address.
    to_mail: str = "250 OK"
    #: How many mails it takes on one connection; 421 to the next.
    most_on_a_line: int = 1_000_000
    to_rcpt: dict[str, str] = field(default_factory=dict)
    to_data: dict[str, str] = field(default_factory=dict)
    #: Called with a moment of a conversation and the address that it is about.
    moment: Callable[[str, str], None] = lambda moment, address: None
    lines: set[asyncio.Transport] = field(default_factory=set)

    def url(self, scheme: str = "smtp", login: str = "", query: str = "starttls=off") -> SecretStr:
        return SecretStr(f"{scheme}://{login}localhost:{self.port}?{query}")

    def addresses(self) -> Counter[str]:
        """How many mails came for each address."""
        return Counter(address for mail in self.arrived for address in mail.recipients)

    def hang_up(self) -> None:
        for line in self.lines:
            line.abort()

    async def handle_MAIL(
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        taken = getattr(session, "taken", 0)
        if taken >= self.most_on_a_line:
            return "421 4.7.0 Too many mails on this connection"
        session.taken = taken + 1  # type: ignore[attr-defined]
        if self.to_mail.startswith("2"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self.to_mail

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        self.moment("RCPT", address)
        answer = self.to_rcpt.get(address, "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        address, content = envelope.rcpt_tos[0], envelope.content
        answer = self.to_data.get(address, "250 OK")
        if answer.startswith("2"):
            assert isinstance(content, bytes)
            assert envelope.mail_from is not None
            self.arrived.append(Arrived(envelope.mail_from, list(envelope.rcpt_tos), content))
        self.moment("TAKEN", address)
        return answer


class Line(SMTP):
    """One connection, that tells of its moments."""

    def __init__(self, server: MailServer, **options: Any) -> None:
        super().__init__(server, hostname="test", loop=asyncio.get_running_loop(), **options)
        self._server = server

    def connection_made(self, transport: Any) -> None:
        self._server.lines.add(transport)
        super().connection_made(transport)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:
        address = (self.envelope.rcpt_tos or [""])[0]
        self._server.moment("DATA", address)
        await super().smtp_DATA(arg)
        self._server.moment("ANSWERED", address)


def knows(login: str, password: str) -> Any:
    right = (login.encode(), password.encode())

    def check(_s: Any, _session: Any, _envelope: Any, _how: str, given: Any) -> AuthResult:
        return AuthResult(success=(given.login, given.password) == right, handled=False)

    return check


@asynccontextmanager
async def mail_server(
    port: int = 0, tls: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[MailServer]:
    """A server on this machine; with *tls*, TLS from the first byte. Ends at once, like a crash."""
    server = MailServer()
    listening = await asyncio.get_running_loop().create_server(
        lambda: Line(server, **options), "localhost", port, ssl=tls
    )
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        server.hang_up()
        await asyncio.sleep(0)
