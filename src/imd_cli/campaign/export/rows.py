"""The rows of an export: their columns, what is left out, and the names that the seals hold."""

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from imd_campaign.mailboxes import canonicalise
from imd_campaign.sealing import Opener, WrongKey
from imd_cli.campaign.export.private_keys import explain_wrong_key
from imd_cli.errors import CommandError

Item: TypeAlias = Mapping[str, Any]
Row: TypeAlias = dict[str, Any]

CONFIRMED = "confirmed"
CONSENT = "Send me news about the campaign"
"""The label of the consent on the page that confirms a signature, in English."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be exported: its columns, and those that are printed unless others are chosen."""

    name: str
    columns: Sequence[str]
    printed: Sequence[str]


SIGNATURES = Kind(
    "signatures",
    (
        *("petition", "name", "email", "country", "lang", "confirmed_at"),
        *("line", "source", "public", "updates", "id"),
    ),
    ("name", "country", "confirmed_at"),
)
NEWS = Kind(
    "news",
    ("email", "name", "lang", "country", "petition", "consented_at", "consent"),
    ("email", "name", "lang", "consented_at"),
)
ORDERS = Kind(
    "orders",
    (
        *("order", "state", "poster", "edition", "quantity", "numbers", "amount", "currency"),
        *("created_at", "kept_until", "name", "email", "address", "postal_code", "locality"),
        *("country", "lang"),
    ),
    (
        *("poster", "edition", "quantity", "numbers", "name", "address", "postal_code"),
        *("locality", "country"),
    ),
)
GUESTS = Kind(
    "guests",
    ("event", "name", "email", "guests", "status", "message", "created_at", "id"),
    ("name", "guests", "status"),
)


def choose_columns(kind: Kind, text: str | None, *, is_printed: bool) -> Sequence[str]:
    """Return the columns that were asked for, or all of those that the format has."""
    if text is None:
        return kind.printed if is_printed else kind.columns
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in kind.columns:
            raise CommandError(_explain_unknown_column(name, kind), status=2)
    return list(dict.fromkeys(names))


def _explain_unknown_column(name: str, kind: Kind) -> str:
    close = difflib.get_close_matches(name, kind.columns, n=1)
    suggestion = f"; did you mean {close[0]}?" if close else ""
    return f"--columns: {name} is no column{suggestion} (there are: {', '.join(kind.columns)})"


@dataclass(frozen=True, slots=True)
class Filters:
    countries: Collection[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    line: str | None = None
    source: str | None = None

    def includes(self, row: Row, time_column: str) -> bool:
        moment = datetime.fromisoformat(row[time_column])
        return (
            (not self.countries or row.get("country") in self.countries)
            and (self.since is None or moment >= self.since)
            and (self.until is None or moment < self.until)
            and (self.line is None or row.get("line") == self.line)
            and (self.source is None or row.get("source") == self.source)
        )


# --- opening -------------------------------------------------------------------------------------


class Seals:
    """Opens seals, and remembers what is wrong with those that no given key opens."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self.damaged = 0

    def open(self, sealed: str | None, what: str) -> Mapping[str, Any]:
        """Return what was sealed; nothing for an order whose buyer is deleted."""
        if sealed is None:
            return {}
        try:
            return self._opener.open(sealed)
        except WrongKey as error:
            raise CommandError(f"{what}: {explain_wrong_key(error, self._opener)}") from None
        except ValueError:
            self.damaged += 1
            return {}


def make_signature_rows(
    items: Iterable[Item], petition: str, filters: Filters, seals: Seals
) -> Iterator[Row]:
    for item in items:
        row = {
            **{name: item[name] for name in ("id", "country", "lang", "confirmed_at")},
            **{name: item[name] for name in ("source", "public", "updates")},
            "petition": petition,
            "line": item.get("line") or CONFIRMED,
        }
        if filters.includes(row, "confirmed_at"):
            person = seals.open(item["sealed"], "a signature")
            yield row | {"name": person.get("name"), "email": person.get("email")}


def make_order_rows(items: Iterable[Item], filters: Filters, seals: Seals) -> Iterator[Row]:
    """Make rows of orders; their country is sealed, so each seal is opened first."""
    copied = ("state", "poster", "edition", "quantity", "numbers", "created_at", "kept_until")
    for item in items:
        order = item["order"]
        buyer = seals.open(item["sealed"], "an order")
        address = buyer.get("address") or {}
        row = {
            "order": order["id"],
            **{name: order[name] for name in copied},
            **order["total"],
            **{name: buyer.get(name) for name in ("name", "email", "lang")},
            "address": ", ".join(address.get("lines") or ()) or None,
            **{name: address.get(name) for name in ("postal_code", "locality", "country")},
        }
        if filters.includes(row, "created_at"):
            yield row


def make_guest_rows(items: Iterable[Item], filters: Filters) -> Iterator[Row]:
    for item in items:
        row = {name: item.get(name) for name in GUESTS.columns}
        if filters.includes(row, "created_at"):
            yield row


def make_news_rows(signatures: Iterable[Row], translate: Callable[[str], str]) -> list[Row]:
    """Make one row for each mailbox and language, with the latest consent."""
    found: dict[tuple[str, str], Row] = {}
    for row in signatures:
        if row["updates"] and _is_address(row["email"]):
            language = row["lang"] or ""
            key = canonicalise(row["email"]), language
            kept = {name: row[name] for name in ("email", "name", "lang", "country", "petition")}
            consent = {"consented_at": row["confirmed_at"], "consent": translate(language)}
            if key not in found or found[key]["consented_at"] <= row["confirmed_at"]:
                found[key] = kept | consent
    return list(found.values())


def _is_address(value: object) -> bool:
    return isinstance(value, str) and "@" in value
