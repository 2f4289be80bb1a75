"""E-mail addresses: validation, and when two are the same mailbox."""

from email_validator import EmailNotValidError, validate_email

MAX_LENGTH = 254
TOO_LONG = "is too long for an e-mail address."
GOOGLE = {"gmail.com", "googlemail.com"}
SUBADDRESSED = {
    "fastmail.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "outlook.com",
    "pm.me",
    "proton.me",
    "protonmail.com",
}


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
    found = validate_email(address, check_deliverability=False, test_environment=True)
    return found.ascii_email or address


def canonicalise(address: str) -> str:
    """Return the same text for every spelling of a mailbox, by the rules of its provider."""
    local, _, domain = address.rpartition("@")
    local, domain = local.casefold(), domain.casefold()
    if domain in GOOGLE:
        return f"{_before_plus(local).replace('.', '')}@gmail.com"
    if domain in SUBADDRESSED:
        return f"{_before_plus(local)}@{domain}"
    return f"{local}@{domain}"


def _before_plus(local: str) -> str:
    return local.partition("+")[0] or local
