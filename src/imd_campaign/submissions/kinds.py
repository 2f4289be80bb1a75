"""What a kind of submission says in its e-mail and on its page, and what confirming it does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from imd_campaign.context import Context
from imd_campaign.db import Connection, Row
from imd_campaign.submissions.schemas import Confirmation
from imd_locale.language import Language


@dataclass(frozen=True, slots=True)
class Consent:
    """What the owner of a mailbox says when confirming."""

    public: bool = False
    updates: bool = False
    name: str | None = None
    edition: str | None = None
    quantity: int | None = None
    """Of an order: what to take if the prints that were ordered are not available."""


@dataclass(frozen=True, slots=True, repr=False)
class Submitted:
    row: Row
    details: Mapping[str, Any]
    """Decrypted."""


@dataclass(frozen=True, slots=True)
class LinkedPage:
    """Where a link leads that confirms nothing, and how long it works."""

    path: str
    lifetime: timedelta


@dataclass(frozen=True, slots=True)
class EmailItem:
    """A text of the e-mails' catalogue, and what is filled in besides the link and the code."""

    folder: str
    kind: str
    values: Mapping[str, str]
    is_confirmable: bool
    page: LinkedPage | None = None
    """For what has a link, but nothing to confirm."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What confirming has led to."""

    outcome: str | None = None
    """The ID of what there is now, if the confirmation tells more about it."""


class EmailedKind(Protocol):
    # One item for each submission, by whether it has taken effect already.
    def list_email_items(
        self,
        context: Context,
        connection: Connection,
        submissions: Sequence[tuple[Submitted, Language]],
    ) -> Sequence[EmailItem]: ...


class Kind(EmailedKind, Protocol):
    """A kind that is confirmed."""

    asks_consent: bool
    offers_choice: bool

    # The effect of the same submission by another link, if the mailbox has confirmed one.
    def find_effect(
        self, context: Context, connection: Connection, submitted: Submitted
    ) -> Effect | None: ...

    def take_effect(
        self, context: Context, connection: Connection, submitted: Submitted, consent: Consent
    ) -> Effect: ...

    # `common` has the fields of every confirmation.
    def describe(
        self,
        connection: Connection,
        submitted: Submitted,
        effect: Effect | None,
        common: Confirmation,
    ) -> Confirmation: ...
