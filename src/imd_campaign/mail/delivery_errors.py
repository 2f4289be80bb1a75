class DeliveryError(Exception):
    """Its text goes to the log: a reply code, never an address or what a server wrote."""

    def __init__(self, message: str, status: str = "") -> None:
        super().__init__(message)
        self.status = status
        """The enhanced status code of the recipient's mailbox, if the mail server gave one."""


class RelayUnavailable(DeliveryError):  # noqa: N818 as in errors
    """The mail server accepts nothing now: all e-mails wait."""


class Deferred(DeliveryError):  # noqa: N818 as in errors
    """This e-mail waits; others may pass."""


class RecipientRefused(DeliveryError):  # noqa: N818 as in errors
    """The mailbox does not exist or is closed; another attempt would not help."""


class OutcomeUnknown(DeliveryError):  # noqa: N818 as in errors
    """The connection ended while the mail server had the e-mail and had not replied."""
