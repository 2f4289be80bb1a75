import os
import smtplib
import ssl
from contextlib import suppress
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from imd_campaign.email_addresses import to_ascii_domain
from imd_campaign.mail.email_templates import Email
from imd_campaign.mail.service import Transport, Undeliverable
from imd_campaign.settings import Settings

TIMEOUT = 10
PERMANENT = 500


def open_transport(settings: Settings) -> Transport:
    kind, _, rest = settings.mail.partition(":")
    if kind == "folder":
        return FolderTransport(Path(rest), settings.mail_from)
    return SmtpTransport(settings.mail, settings.mail_from)


class FolderTransport:
    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def deliver(self, email_id: str, email: Email, now: datetime) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self._folder / f"{email_id}.eml"
        unfinished = file.with_suffix(".part")
        unfinished.write_bytes(compose_message(email_id, email, self._sender, now).as_bytes())
        os.replace(unfinished, file)  # noqa: PTH105 the same on every system


class SmtpTransport:
    def __init__(self, address: str, sender: str) -> None:
        self._server = urlsplit(address)
        self._trust = ssl.create_default_context()
        self._sender = sender

    def deliver(self, email_id: str, email: Email, now: datetime) -> None:
        message = compose_message(email_id, email, self._sender, now)
        connection = self._connect()
        try:
            self._log_in(connection)
            _send_message(connection, message)
        finally:
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()
            connection.close()

    def _connect(self) -> smtplib.SMTP:
        host, port = self._server.hostname or "localhost", self._server.port or 0
        if self._server.scheme == "smtps":
            return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=self._trust)
        return smtplib.SMTP(host, port, timeout=TIMEOUT)

    def _log_in(self, connection: smtplib.SMTP) -> None:
        connection.ehlo()
        if connection.has_extn("starttls"):
            connection.starttls(context=self._trust)
        if self._server.username:
            password = unquote(self._server.password or "")
            connection.login(unquote(self._server.username), password)


def _send_message(connection: smtplib.SMTP, message: EmailMessage) -> None:
    """A rejection of this e-mail is final; a rejected connection or login is not."""
    try:
        connection.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        _raise_if_permanent([code for code, _ in error.recipients.values()])
        raise
    except smtplib.SMTPResponseException as error:
        _raise_if_permanent([error.smtp_code])
        raise


def _raise_if_permanent(codes: list[int]) -> None:
    if all(code >= PERMANENT for code in codes):
        raise Undeliverable from None


class SmtpPolicy(EmailPolicy):
    """Seven bits and short lines, which every server accepts, and no lost spaces between words.

    Python's own folding loses some: https://github.com/python/cpython/issues/92081
    """

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name == "Subject":
            return f"{name}: {_encode_words(name, str(value))}\r\n".encode("ascii")
        if name == "From" and not (sender := value.addresses[0]).display_name.isascii():
            words = _encode_words(name, sender.display_name)
            return f"{name}: {words}\r\n <{sender.addr_spec}>\r\n".encode()
        return super().fold_binary(name, value)


SMTP_POLICY = SmtpPolicy(linesep="\r\n", cte_type="7bit")


def compose_message(email_id: str, email: Email, sender: str, now: datetime) -> EmailMessage:
    to = to_ascii_domain(email.to)
    message = EmailMessage(policy=SMTP_POLICY.clone(utf8=not to.isascii()))
    message.set_content(email.text)
    name, address = parseaddr(sender)
    message["From"] = Address(name, addr_spec=address)
    message["To"] = _to_address(to)
    message["Subject"] = _encode_subject(email.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{email_id}@{address.partition('@')[2]}>"
    message["Content-Language"] = email.lang
    message["Auto-Submitted"] = "auto-generated"
    return message


def _encode_words(name: str, text: str) -> str:
    is_plain = text.isascii() and text.isprintable() and "=?" not in text
    return Header(text, "us-ascii" if is_plain else "utf-8", header_name=name).encode(
        linesep="\r\n"
    )


def _encode_subject(subject: str) -> str:
    """Encode a subject, because headers decode their value and a title may look encoded."""
    return Header(subject, "utf-8").encode(maxlinelen=0)


def _to_address(address: str) -> Address:
    """Return an address whose mailbox may be in any script, which `addr_spec` would reject."""
    mailbox, _, domain = address.rpartition("@")
    return Address(username=mailbox, domain=domain)
