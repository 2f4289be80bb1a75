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

from imd_campaign.email_addresses import for_any_server
from imd_campaign.mail.email_templates import Email
from imd_campaign.mail.service import Transport, Undeliverable
from imd_campaign.settings import Settings

PATIENCE = 10
PERMANENT = 500


def open_transport(settings: Settings) -> Transport:
    kind, _, rest = settings.mail.partition(":")
    if kind == "folder":
        return Folder(Path(rest), settings.mail_from)
    return Smtp(settings.mail, settings.mail_from)


class Folder:
    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def deliver(self, letter_id: str, letter: Email, now: datetime) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self._folder / f"{letter_id}.eml"
        unfinished = file.with_suffix(".part")
        unfinished.write_bytes(composed(letter_id, letter, self._sender, now).as_bytes())
        os.replace(unfinished, file)  # noqa: PTH105 the same on every system


class Smtp:
    def __init__(self, address: str, sender: str) -> None:
        self._server = urlsplit(address)
        self._trust = ssl.create_default_context()
        self._sender = sender

    def deliver(self, letter_id: str, letter: Email, now: datetime) -> None:
        message = composed(letter_id, letter, self._sender, now)
        connection = self._connected()
        try:
            self._introduce(connection)
            _hand_over(connection, message)
        finally:
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()
            connection.close()

    def _connected(self) -> smtplib.SMTP:
        host, port = self._server.hostname or "localhost", self._server.port or 0
        if self._server.scheme == "smtps":
            return smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=self._trust)
        return smtplib.SMTP(host, port, timeout=PATIENCE)

    def _introduce(self, connection: smtplib.SMTP) -> None:
        connection.ehlo()
        if connection.has_extn("starttls"):
            connection.starttls(context=self._trust)
        if self._server.username:
            password = unquote(self._server.password or "")
            connection.login(unquote(self._server.username), password)


def _hand_over(connection: smtplib.SMTP, message: EmailMessage) -> None:
    """A refusal of this letter ends it; a refusal to talk to us at all does not."""
    try:
        connection.send_message(message)
    except smtplib.SMTPRecipientsRefused as refused:
        _judge([code for code, _ in refused.recipients.values()])
        raise
    except smtplib.SMTPResponseException as refused:
        _judge([refused.smtp_code])
        raise


def _judge(codes: list[int]) -> None:
    if all(code >= PERMANENT for code in codes):
        raise Undeliverable from None


class Wire(EmailPolicy):
    """Seven bits and short lines, which every server takes, and no blank between words is lost.

    Python's own folding loses some: https://github.com/python/cpython/issues/92081
    """

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name == "Subject":
            return f"{name}: {_words(name, str(value))}\r\n".encode("ascii")
        if name == "From" and not (sender := value.addresses[0]).display_name.isascii():
            words = _words(name, sender.display_name)
            return f"{name}: {words}\r\n <{sender.addr_spec}>\r\n".encode()
        return super().fold_binary(name, value)


WIRE = Wire(linesep="\r\n", cte_type="7bit")


def composed(letter_id: str, letter: Email, sender: str, now: datetime) -> EmailMessage:
    to = for_any_server(letter.to)
    message = EmailMessage(policy=WIRE.clone(utf8=not to.isascii()))
    message.set_content(letter.text)
    name, address = parseaddr(sender)
    message["From"] = Address(name, addr_spec=address)
    message["To"] = _address(to)
    message["Subject"] = _as_it_stands(letter.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{letter_id}@{address.partition('@')[2]}>"
    message["Content-Language"] = letter.lang
    message["Auto-Submitted"] = "auto-generated"
    return message


def _words(name: str, text: str) -> str:
    is_plain = text.isascii() and text.isprintable() and "=?" not in text
    return Header(text, "us-ascii" if is_plain else "utf-8", header_name=name).encode(
        linesep="\r\n"
    )


def _as_it_stands(subject: str) -> str:
    """Encoded, for a header decodes what it is given, and a title may look like an encoded word."""
    return Header(subject, "utf-8").encode(maxlinelen=0)


def _address(address: str) -> Address:
    """Of a mailbox in any script, which `addr_spec` would refuse."""
    mailbox, _, domain = address.rpartition("@")
    return Address(username=mailbox, domain=domain)
