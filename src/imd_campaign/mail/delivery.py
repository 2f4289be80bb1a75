"""What a transport does with an e-mail, and how that can fail."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """An e-mail as it goes over the wire."""

    id: str
    sender: str
    recipient: str
    content: bytes


class DeliveryError(Exception):
    """Its text goes to the log: a reply code, never an address or what a server wrote."""


class RelayUnavailable(DeliveryError):  # noqa: N818 as in errors
    """The mail server accepts nothing now: all e-mails wait."""


class Deferred(DeliveryError):  # noqa: N818 as in errors
    """This e-mail waits; others may pass."""


class RecipientRefused(DeliveryError):  # noqa: N818 as in errors
    """The mailbox does not exist or is closed; another attempt would not help."""


class OutcomeUnknown(DeliveryError):  # noqa: N818 as in errors
    """The connection ended while the mail server had the e-mail and had not replied."""


class Session(Protocol):
    async def announce(self, message: Message) -> None:
        """Ask whether the mail server takes this e-mail."""

    async def transfer(self, message: Message) -> None:
        """Hand the e-mail over; from here on it may reach its reader."""


class Transport(Protocol):
    max_sessions: int

    def connect(self) -> AbstractAsyncContextManager[Session]: ...
