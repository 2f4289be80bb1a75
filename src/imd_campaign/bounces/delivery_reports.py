"""Reads delivery status notifications (RFC 3464), which anybody can send.

Only headers are parsed by the standard library. Its parser of nested parts is recursive, and its
time grows with the product of parts and lines.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser

from imd_campaign.email_addresses import MAX_LENGTH
from imd_campaign.mail.smtp_replies import find_status

MAX_BYTES = 64 * 1024
MAX_PARTS = 10
MAX_RECIPIENTS = 10
MAX_CONTENT_TYPE_LENGTH = 1000  # parsing parameters takes time that grows with their square
RECIPIENT_HEADERS = ("To", "Delivered-To", "X-Original-To", "Envelope-To")
STATUS_TYPES = {"message/delivery-status", "message/global-delivery-status"}  # RFC 6533
STATUS = re.compile(r"\s*([45]\.\d{1,3}\.\d{1,3})\b")
DIAGNOSTIC = re.compile(r"\s*smtp\s*;\s*(\d{3})[ -]?(.{0,500})", re.IGNORECASE | re.DOTALL)
UNKNOWN_STATUSES = {"", "4.0.0", "5.0.0"}
EMPTY_LINE = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True, repr=False)
class Failure:
    recipient: str
    status: str


@dataclass(frozen=True, slots=True, repr=False)
class DeliveryReport:
    sent_to: str
    """The headers with the addresses to which the report was sent."""
    failures: Sequence[Failure]


def parse_report(message: bytes) -> DeliveryReport:
    """Find what failed for good; a message that is no report has no failures."""
    text = message[:MAX_BYTES].decode("utf-8", "replace").replace("\r\n", "\n")
    head, _, body = text.partition("\n\n")
    headers = _parse_headers(head)
    found = [_get_lines(headers, name) for name in RECIPIENT_HEADERS]
    return DeliveryReport("\n".join(found), list(_list_failures(headers, body)))


def _list_failures(headers: Message, body: str) -> Iterator[Failure]:
    for part in _split_parts(headers, body):
        head, _, content = part.partition("\n\n")
        if _get_type(_parse_headers(head)) in STATUS_TYPES:
            for group in EMPTY_LINE.split(content.strip("\n"), MAX_RECIPIENTS)[
                : MAX_RECIPIENTS + 1
            ]:
                yield from _read_failure(_parse_headers(group))


def _split_parts(headers: Message, body: str) -> Sequence[str]:
    if _get_type(headers) != "multipart/report":
        return ()
    boundary = headers.get_boundary()
    if not boundary:
        return ()
    delimiter = re.compile(rf"^--{re.escape(boundary)}(?:--)?[ \t]*\n", re.MULTILINE)
    return delimiter.split(body, MAX_PARTS)[1 : MAX_PARTS + 1]


def _read_failure(fields: Message) -> Iterator[Failure]:
    recipient = _get(fields, "Final-Recipient").rpartition(";")[2].strip().strip("<>")
    action = _get(fields, "Action").split(maxsplit=1)
    if recipient and len(recipient) <= MAX_LENGTH and action and action[0].lower() == "failed":
        yield Failure(recipient, _read_status(fields))


def _read_status(fields: Message) -> str:
    """Read the status; Exim, among others, says only in the diagnostic code what happened."""
    found = STATUS.match(_get(fields, "Status"))
    status = found[1] if found else ""
    diagnostic = DIAGNOSTIC.match(_get(fields, "Diagnostic-Code"))
    if status in UNKNOWN_STATUSES and diagnostic:
        return find_status(int(diagnostic[1]), diagnostic[2]) or status
    return status


def _parse_headers(text: str) -> Message:
    return HeaderParser().parsestr(text)


def _get_type(headers: Message) -> str:
    is_short = len(_get(headers, "Content-Type")) <= MAX_CONTENT_TYPE_LENGTH
    return headers.get_content_type() if is_short else ""


def _get(headers: Message, name: str) -> str:
    return str(headers.get(name, ""))


def _get_lines(headers: Message, name: str) -> str:
    return "\n".join(map(str, headers.get_all(name, ())))
