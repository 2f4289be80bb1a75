"""E-mails as RFC 5322 messages: seven bits and short lines, which every mail server accepts."""

import base64
import binascii
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.utils import format_datetime, parseaddr
from functools import lru_cache

from imd_campaign.email_addresses import to_ascii_domain
from imd_campaign.mail.email_templates import Email
from imd_campaign.mail.transport_interface import Message


def make_message(
    email_id: str, email: Email, sender: str, now: datetime, return_path: str | None = None
) -> Message:
    shown_sender, address = _write_sender(sender)
    to = to_ascii_domain(email.to)
    encoding, body = _encode_body(email.text)
    headers = {
        "From": shown_sender,
        "To": _write_address(to),
        "Subject": _encode_words("Subject", email.subject),
        "Date": format_datetime(now),
        "Message-ID": f"<{email_id}@{address.partition('@')[2]}>",
        "Content-Language": email.lang,
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": encoding,
    }
    if email.unsubscribe:
        headers["List-Unsubscribe"] = f"<{email.unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    head = "".join(f"{header}: {value}\r\n" for header, value in headers.items())
    return Message(email_id, return_path or address, to, head.encode() + b"\r\n" + body)


def _encode_body(text: str) -> tuple[str, bytes]:
    """Encode as quoted-printable or, where it is shorter, as base64 (RFC 2045, section 6)."""
    quoted = binascii.b2a_qp(text.encode(), istext=True)
    packed = base64.encodebytes(text.replace("\n", "\r\n").encode())
    name, body = min(
        ("quoted-printable", quoted), ("base64", packed), key=lambda pair: len(pair[1])
    )
    return name, body.replace(b"\n", b"\r\n")


@lru_cache(maxsize=8)
def _write_sender(sender: str) -> tuple[str, str]:
    """Return the sender with its name, and its address."""
    name, address = parseaddr(sender)
    if name.isascii():
        return str(Address(name, addr_spec=address)), address
    return f"{_encode_words('From', name)}\r\n <{address}>", address


def _write_address(address: str) -> str:
    """Write an address whose mailbox may be in any script, which `addr_spec` would reject."""
    mailbox, _, domain = address.rpartition("@")
    return str(Address(username=mailbox, domain=domain))


def _encode_words(name: str, text: str) -> str:
    """Fold without losing spaces: https://github.com/python/cpython/issues/92081."""
    is_plain = text.isascii() and text.isprintable() and "=?" not in text
    return Header(text, "us-ascii" if is_plain else "utf-8", header_name=name).encode(
        linesep="\r\n"
    )
