"""What each export does: check the key, read, open, leave out, write."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from imd_cli.campaign.export import rows, writers
from imd_cli.campaign.export.private_keys import read_opener
from imd_cli.campaign.export.rows import Filters, Kind, Row, Seals
from imd_cli.campaign.export.sources import PetitionText, Source
from imd_cli.campaign.export.writers import Heading, Layout
from imd_cli.errors import CommandError


@dataclass(frozen=True, slots=True)
class Exported:
    rows: int
    damaged: int = 0
    """How many seals could not be opened."""


def export_signatures(source: Source, arguments: argparse.Namespace, filters: Filters) -> Exported:
    columns = _choose_columns(rows.SIGNATURES, arguments)
    petitions = _choose_petitions(source, arguments)
    seals = _open_seals(source, arguments, "signatures", [p.slug for p in petitions])

    def read_rows() -> Iterator[Row]:
        seals.damaged = 0
        return _read_signatures(source, petitions, filters, seals)

    heading = _describe_petitions(petitions, "Signatures", filters)
    return _write(arguments, Layout(columns, heading, arguments.bom), read_rows, seals)


def export_news(source: Source, arguments: argparse.Namespace, filters: Filters) -> Exported:
    columns = _choose_columns(rows.NEWS, arguments)
    petitions = _choose_petitions(source, arguments)
    seals = _open_seals(source, arguments, "signatures", [p.slug for p in petitions])
    signatures = _read_signatures(source, petitions, filters, seals)
    found = rows.make_news_rows(signatures, _make_translator())
    heading = _describe_petitions(petitions, "News", filters)
    return _write(arguments, Layout(columns, heading, arguments.bom), lambda: iter(found), seals)


def export_orders(source: Source, arguments: argparse.Namespace, filters: Filters) -> Exported:
    columns = _choose_columns(rows.ORDERS, arguments)
    states = _choose_states(arguments)
    seals = _open_seals(source, arguments, "orders", states)

    def read_rows() -> Iterator[Row]:
        seals.damaged = 0
        for state in states:
            yield from rows.make_order_rows(source.read_all("orders", state), filters, seals)

    heading = Heading("Orders", "en", [("State", ", ".join(states)), *_describe(filters)])
    return _write(arguments, Layout(columns, heading, arguments.bom), read_rows, seals)


def export_guests(source: Source, arguments: argparse.Namespace, filters: Filters) -> Exported:
    columns = _choose_columns(rows.GUESTS, arguments)

    def read_rows() -> Iterator[Row]:
        return rows.make_guest_rows(source.read_all("guests", arguments.event), filters)

    facts = [("Event", arguments.event)] if arguments.event else []
    heading = Heading("Guests", "en", [*facts, *_describe(filters)])
    layout = Layout(columns, heading, arguments.bom)
    return Exported(writers.write(arguments.file, layout, read_rows))


# --- parts ---------------------------------------------------------------------------------------


def _choose_columns(kind: Kind, arguments: argparse.Namespace) -> Sequence[str]:
    is_printed = writers.choose_format(arguments.file) == writers.HTML
    return rows.choose_columns(kind, arguments.columns, is_printed=is_printed)


def _choose_petitions(source: Source, arguments: argparse.Namespace) -> list[PetitionText]:
    petitions = source.list_petitions(arguments.lang)
    if arguments.petition is None:
        return petitions
    chosen = [petition for petition in petitions if petition.slug == arguments.petition]
    if not chosen:
        slugs = ", ".join(petition.slug for petition in petitions) or "none"
        raise CommandError(f"there is no petition {arguments.petition} (there are: {slugs})")
    return chosen


def _choose_states(arguments: argparse.Namespace) -> list[str]:
    from imd_sdk.models import OrderState

    known = [str(state.value) for state in OrderState]
    for state in arguments.states or ():
        if state not in known:
            raise CommandError(f"--state: {state} is not one of {', '.join(known)}", status=2)
    return arguments.states or known


def _open_seals(
    source: Source, arguments: argparse.Namespace, kind: str, lists: Sequence[str]
) -> Seals:
    """Read the private keys, and try them on the first item of each list at once."""
    seals = Seals(read_opener(arguments.private_keys))
    for selected in lists:
        if item := source.find_first(kind, selected):
            seals.open(item["sealed"], f"the first of the {kind} ({selected})")
    seals.damaged = 0
    return seals


def _read_signatures(
    source: Source, petitions: Sequence[PetitionText], filters: Filters, seals: Seals
) -> Iterator[Row]:
    for petition in petitions:
        items = source.read_all("signatures", petition.slug)
        yield from rows.make_signature_rows(items, petition.slug, filters, seals)


def _write(
    arguments: argparse.Namespace,
    layout: Layout,
    read_rows: Callable[[], Iterator[Row]],
    seals: Seals,
) -> Exported:
    return Exported(writers.write(arguments.file, layout, read_rows), seals.damaged)


def _describe_petitions(petitions: Sequence[PetitionText], name: str, filters: Filters) -> Heading:
    if len(petitions) == 1:
        petition = petitions[0]
        return Heading(
            petition.title, petition.lang, [("To", petition.target), *_describe(filters)]
        )
    return Heading(name, "en", _describe(filters))


def _describe(filters: Filters) -> list[tuple[str, str]]:
    facts = {
        "Country": ", ".join(sorted(filters.countries)),
        "Since": filters.since and f"{filters.since:%Y-%m-%d %H:%M %Z}",
        "Before": filters.until and f"{filters.until:%Y-%m-%d %H:%M %Z}",
        "Line": filters.line,
        "Source": filters.source,
        "Exported": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    }
    return [(name, value) for name, value in facts.items() if value]


def _make_translator() -> Callable[[str], str]:
    """Return the consent as the page that confirms a signature shows it in each language."""
    from imd_widgets.languages import read_languages

    languages = read_languages()

    def translate(tag: str) -> str:
        language = languages.find_nearest(tag) if tag else None
        return (language or languages.source).gettext(rows.CONSENT)

    return translate
