"""E-mail addresses: what is one, and when two are the same mailbox."""

from email_validator import EmailNotValidError, validate_email

LONGEST = 254
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


def checked(text: str) -> str:
    if len(text) > LONGEST:
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
    if len(found.normalized) > LONGEST:
        raise ValueError(TOO_LONG)
    return found.normalized


def for_any_server(address: str) -> str:
    """With its domain in ASCII: only a mailbox in another script needs SMTPUTF8 (RFC 6531)."""
    found = validate_email(address, check_deliverability=False, test_environment=True)
    return found.ascii_email or address


def canonical(address: str) -> str:
    """The same text for every spelling of a mailbox, by the rules of providers that have any."""
    local, _, domain = address.rpartition("@")
    local, domain = local.casefold(), domain.casefold()
    if domain in GOOGLE:
        return f"{_before_plus(local).replace('.', '')}@gmail.com"
    if domain in SUBADDRESSED:
        return f"{_before_plus(local)}@{domain}"
    return f"{local}@{domain}"


def _before_plus(local: str) -> str:
    return local.partition("+")[0] or local
