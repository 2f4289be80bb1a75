"""Read whether a mail server refuses one recipient or everything that we send."""

import re

from imd_campaign.mail.delivery_errors import (
    Deferred,
    DeliveryError,
    RecipientRefused,
    RelayUnavailable,
)
from imd_campaign.suppressions.status_codes import is_hard

PERMANENT = 500
CLOSING = 421
NO_SUCH_MAILBOX = {550, 551, 553}
ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
BAD_MAILBOX = "5.1.1"
ABOUT_RECIPIENT = re.compile(r"\b(?:user|mailbox|recipient|address|account|inbox)\b", re.IGNORECASE)
ABOUT_SENDER = re.compile(
    r"quota|limit|rate|too many|exceed|full|relay|auth|policy|denied|block|spam|sender|try",
    re.IGNORECASE,
)


def judge_recipient(code: int, text: str) -> DeliveryError:
    reply = describe(code, text)
    if code == CLOSING:
        return RelayUnavailable(reply)
    status = find_status(code, text)
    return RecipientRefused(reply, status) if is_hard(status) else Deferred(reply, status)


def judge_content(code: int, text: str) -> DeliveryError:
    """Judge a reply to DATA, where some servers first say that there is no such mailbox."""
    reply = describe(code, text)
    if code == CLOSING:
        return RelayUnavailable(reply)
    status = _enhanced(text)
    is_final = code >= PERMANENT and is_hard(status)
    return RecipientRefused(reply, status) if is_final else Deferred(reply, status)


def find_status(code: int, text: str) -> str:
    """Find the enhanced status code of a reply about a recipient; guess it from the words."""
    if enhanced := _enhanced(text):
        return enhanced if code >= PERMANENT or not is_hard(enhanced) else ""
    is_about = ABOUT_RECIPIENT.search(text) and not ABOUT_SENDER.search(text)
    return BAD_MAILBOX if code in NO_SUCH_MAILBOX and is_about else ""


def describe(code: int, text: str) -> str:
    return f"the mail server replied {code} {_enhanced(text)}".rstrip()


def _enhanced(text: str) -> str:
    found = ENHANCED.match(text)
    return found[1] if found else ""
