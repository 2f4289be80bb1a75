"""What the enhanced status codes of mail servers say about a mailbox (RFC 3463)."""

# RFC 3463, sections 3.2 and 3.3, and RFC 7505, section 4.2: of the recipient's address or mailbox.
NO_MAILBOX = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"}
# Sections 3.6 to 3.8: of the protocol, the content and the policy, so about the sender.
OTHER_SUBJECTS = {"5", "6", "7"}
# Sections 3.2 and 3.3.
ADDRESS, MAILBOX = "1", "2"
SENDING_QUOTA = "4.5"  # https://support.google.com/mail/answer/22839


def is_hard(status: str) -> bool:
    """Whether a mailbox does not exist or is closed."""
    return status in NO_MAILBOX


def is_about_recipient(status: str) -> bool:
    """Whether a status says something about the recipient's address or mailbox."""
    return status.partition(".")[2].partition(".")[0] in {ADDRESS, MAILBOX}


def is_soft(status: str) -> bool:
    """Whether a mailbox cannot get e-mail at present, for instance because it is full."""
    kind, _, rest = status.partition(".")
    if kind not in {"4", "5"} or is_hard(status):
        return False
    return rest != SENDING_QUOTA and rest.partition(".")[0] not in OTHER_SUBJECTS
