"""Validate e-mail addresses and write them for mail servers."""

from email_validator import EmailNotValidError, validate_email

MAX_LENGTH = 254
TOO_LONG = "is too long for an e-mail address."


def validate(text: str) -> str:
    if len(text) > MAX_LENGTH:
        raise ValueError(TOO_LONG)
    try:
        found = validate_email(
            text,
            check_deliverability=False,
            allow_smtputf8=True,
            allow_quoted_local=False,
            allow_domain_literal=False,
            test_environment=True,
        )
    except EmailNotValidError:
        raise ValueError("is not an e-mail address.") from None
    if len(found.normalized) > MAX_LENGTH:
        raise ValueError(TOO_LONG)
    return found.normalized


def to_ascii_domain(address: str) -> str:
    """Write the domain in ASCII, so that only a mailbox in another script needs SMTPUTF8."""
    if address.isascii():
        return address
    found = validate_email(address, check_deliverability=False, test_environment=True)
    return found.ascii_email or address
