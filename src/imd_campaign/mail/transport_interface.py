"""What every transport offers: it takes e-mails within a session."""

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


class Session(Protocol):
    async def announce(self, message: Message) -> None:
        """Ask whether the mail server takes this e-mail."""

    async def transfer(self, message: Message) -> None:
        """Hand the e-mail over; from here on it may reach its reader."""


class Transport(Protocol):
    max_sessions: int

    def connect(self) -> AbstractAsyncContextManager[Session]: ...
