"""Read whether a mail server refuses one recipient or everything that we send."""

import re

from imd_campaign.mail.delivery_errors import (
    Deferred,
    DeliveryError,
    RecipientRefused,
    RelayUnavailable,
)

PERMANENT = 500
CLOSING = 421
NO_SUCH_MAILBOX = {550, 551, 553}
ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
# RFC 3463, sections 3.2 and 3.3, and RFC 7505, section 4.2: of the recipient's address or mailbox.
OF_RECIPIENT = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"}
ABOUT_RECIPIENT = re.compile(r"\b(?:user|mailbox|recipient|address|account|inbox)\b", re.IGNORECASE)
ABOUT_SENDER = re.compile(
    r"quota|limit|rate|too many|exceed|full|relay|auth|policy|denied|block|spam|sender|try",
    re.IGNORECASE,
)


def judge_recipient(code: int, text: str) -> DeliveryError:
    reply = describe(code, text)
    if code == CLOSING:
        return RelayUnavailable(reply)
    return RecipientRefused(reply) if _is_of_recipient(code, text) else Deferred(reply)


def judge_content(code: int, text: str) -> DeliveryError:
    """Judge a reply to DATA, where some servers first say that there is no such mailbox."""
    reply = describe(code, text)
    if code == CLOSING:
        return RelayUnavailable(reply)
    is_final = code >= PERMANENT and _enhanced(text) in OF_RECIPIENT
    return RecipientRefused(reply) if is_final else Deferred(reply)


def describe(code: int, text: str) -> str:
    return f"the mail server replied {code} {_enhanced(text)}".rstrip()


def _is_of_recipient(code: int, text: str) -> bool:
    if code < PERMANENT:
        return False
    if enhanced := _enhanced(text):
        return enhanced in OF_RECIPIENT
    is_about = ABOUT_RECIPIENT.search(text) and not ABOUT_SENDER.search(text)
    return code in NO_SUCH_MAILBOX and bool(is_about)


def _enhanced(text: str) -> str:
    found = ENHANCED.match(text)
    return found[1] if found else ""
