import os
import smtplib
import ssl
from contextlib import suppress
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

from imd_campaign.mail.letters import Letter
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

    def deliver(self, letter_id: str, letter: Letter, now: datetime) -> None:
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

    def deliver(self, letter_id: str, letter: Letter, now: datetime) -> None:
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


def composed(letter_id: str, letter: Letter, sender: str, now: datetime) -> EmailMessage:
    message = EmailMessage(policy=SMTP if letter.to.isascii() else SMTPUTF8)
    name, address = parseaddr(sender)
    message["From"] = Address(name, addr_spec=address)
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{letter_id}@{address.partition('@')[2]}>"
    message["Content-Language"] = letter.lang
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message
