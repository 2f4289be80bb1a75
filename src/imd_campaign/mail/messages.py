"""E-mails as RFC 5322 messages."""

from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from typing import Any

from imd_campaign.email_addresses import to_ascii_domain
from imd_campaign.mail.email_templates import Email
from imd_campaign.mail.transport_interface import Message


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


def make_message(email_id: str, email: Email, sender: str, now: datetime) -> Message:
    content = compose_message(email_id, email, sender, now).as_bytes()
    return Message(email_id, parseaddr(sender)[1], to_ascii_domain(email.to), content)


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
