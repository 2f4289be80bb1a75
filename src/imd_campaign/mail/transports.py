import os
import smtplib
import ssl
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
        self._sender = sender

    def deliver(self, letter_id: str, letter: Letter, now: datetime) -> None:
        message = composed(letter_id, letter, self._sender, now)
        try:
            with self._connected() as connection:
                connection.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            self._judge([code for code, _ in refused.recipients.values()])
            raise
        except smtplib.SMTPResponseException as refused:
            self._judge([refused.smtp_code])
            raise

    def _judge(self, codes: list[int]) -> None:
        if all(code >= PERMANENT for code in codes):
            raise Undeliverable from None

    def _connected(self) -> smtplib.SMTP:
        host, port = self._server.hostname or "localhost", self._server.port or 0
        if self._server.scheme == "smtps":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, timeout=PATIENCE, context=ssl.create_default_context()
            )
        else:
            connection = smtplib.SMTP(host, port, timeout=PATIENCE)
            self._encrypt(connection)
        self._log_in(connection)
        return connection

    def _encrypt(self, connection: smtplib.SMTP) -> None:
        connection.ehlo()
        if connection.has_extn("starttls"):
            connection.starttls(context=ssl.create_default_context())

    def _log_in(self, connection: smtplib.SMTP) -> None:
        if self._server.username:
            connection.login(unquote(self._server.username), unquote(self._server.password or ""))


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
