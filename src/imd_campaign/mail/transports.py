import os
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPResponseException,
)

from imd_campaign.mail.delivery_errors import (
    Deferred,
    OutcomeUnknown,
    RecipientRefused,
    RelayUnavailable,
)
from imd_campaign.mail.smtp_replies import describe, judge_content, judge_recipient
from imd_campaign.mail.transport_interface import Message, Session, Transport
from imd_campaign.settings import Settings

MAX_SESSIONS = 4
COMMAND_TIMEOUT = 30
TRANSFER_TIMEOUT = 600  # RFC 5321, section 4.5.3.2.6
NO_TLS = (
    "the mail server offers no STARTTLS or no known login; only IMD_CAMPAIGN_MAIL_TLS=optional "
    "sends without encryption"
)
CREATE = os.O_CREAT | os.O_WRONLY | os.O_TRUNC
PRUNE_INTERVAL = 3600
FILE_RETENTION = 7 * 24 * 3600


def open_transport(settings: Settings) -> Transport | None:
    """None if no mail server is set: e-mails wait in the database."""
    if settings.mail is None:
        return None
    kind, _, rest = settings.mail.partition(":")
    if kind == "folder":
        return FolderTransport(Path(rest))
    return SmtpTransport(settings.mail, requires_tls=settings.mail_tls == "required")


class FolderTransport:
    """Writes e-mails in clear to files that only their owner can read."""

    max_sessions = MAX_SESSIONS

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pruned_at = 0.0

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Session]:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._prune()
        except OSError as error:
            raise RelayUnavailable(type(error).__name__) from error
        yield self

    async def announce(self, message: Message) -> None:
        pass

    async def transfer(self, message: Message) -> None:
        file = self._folder / f"{message.id}.eml"
        unfinished = file.with_suffix(".part")
        try:
            with os.fdopen(os.open(unfinished, CREATE, 0o600), "wb") as part:
                part.write(message.content)
            unfinished.replace(file)
        except OSError as error:
            raise Deferred(type(error).__name__) from error

    def _prune(self) -> None:
        now = time.time()
        if now - self._pruned_at < PRUNE_INTERVAL:
            return
        self._pruned_at, oldest = now, now - FILE_RETENTION
        for file in self._folder.glob("ltr_*"):
            with suppress(FileNotFoundError):
                if file.stat().st_mtime < oldest:
                    file.unlink()


class SmtpTransport:
    max_sessions = MAX_SESSIONS

    def __init__(self, address: str, *, requires_tls: bool = True) -> None:
        self._server = urlsplit(address)
        self._host = self._server.hostname or "localhost"
        self._requires_tls = requires_tls and not is_loopback(self._host)

    def _make_client(self) -> SMTP:
        server, is_implicit = self._server, self._server.scheme == "smtps"
        return SMTP(
            hostname=self._host,
            port=server.port,
            username=unquote(server.username) if server.username else None,
            password=unquote(server.password or ""),
            use_tls=is_implicit,
            # None uses STARTTLS where the server offers it.
            start_tls=False if is_implicit else self._requires_tls or None,
            tls_context=self._tls,
            timeout=COMMAND_TIMEOUT,
        )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Session]:
        client = self._make_client()
        try:
            await client.connect()
        except SMTPNotSupported as error:
            raise RelayUnavailable(NO_TLS) from error
        except SMTPResponseException as error:
            raise RelayUnavailable(describe(error.code, error.message)) from error
        except (SMTPException, OSError) as error:
            raise RelayUnavailable(type(error).__name__) from error
        try:
            yield _SmtpSession(client)
            with suppress(SMTPException, OSError):
                await client.quit()
        finally:
            client.close()


class _SmtpSession:
    def __init__(self, client: SMTP) -> None:
        self._client = client

    async def announce(self, message: Message) -> None:
        is_ascii = message.recipient.isascii()
        if not is_ascii and not self._client.supports_extension("smtputf8"):
            # RFC 6531, section 3.2. Strangers could fill the outbox with what waits in vain.
            raise RecipientRefused("the mail server has no SMTPUTF8 for this mailbox")
        encoding, options = ("ascii", []) if is_ascii else ("utf-8", ["SMTPUTF8"])
        try:
            await self._client.mail(message.sender, options=options, encoding=encoding)
            await self._client.rcpt(message.recipient, encoding=encoding)
        except SMTPRecipientRefused as error:
            await self._reset()
            raise judge_recipient(error.code, error.message) from error
        except SMTPResponseException as error:
            raise RelayUnavailable(describe(error.code, error.message)) from error
        except (SMTPException, OSError) as error:
            raise RelayUnavailable(type(error).__name__) from error

    async def transfer(self, message: Message) -> None:
        try:
            await self._client.data(message.content, timeout=TRANSFER_TIMEOUT)
        except SMTPDataError as error:
            await self._reset()
            raise judge_content(error.code, error.message) from error
        except (SMTPException, OSError) as error:
            raise OutcomeUnknown(type(error).__name__) from error

    async def _reset(self) -> None:
        """Forget the refused e-mail; a server that cannot is noticed at the next one."""
        with suppress(SMTPException, OSError):
            await self._client.rset()


def is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"
