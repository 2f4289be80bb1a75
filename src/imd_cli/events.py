"""Commands for events."""

import argparse
import inspect
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imd_cli import bulk, output
from imd_cli.argument_parser import Commands, add_group
from imd_cli.client_options import add_client_command, open_client, prompt_for
from imd_cli.errors import CommandError

if TYPE_CHECKING:
    from imd_sdk.models import Event

FILTERS = ("near", "radius_km", "bbox", "from_", "to", "kind", "language", "country", "online", "q")


def add_commands(commands: Commands) -> None:
    verbs = add_group(commands, "events", help="find, submit and attend events")
    filters = _make_filter_parser()

    add_client_command(
        verbs, "list", list_events, parents=[filters], help="list events by start or distance"
    )

    parser = add_client_command(verbs, "show", show, help="show one event")
    parser.add_argument("event")

    for name, print_feed, what in FEEDS:
        parser = add_client_command(
            verbs, name, print_feed, parents=[filters], help=f"print events as {what}"
        )
        parser.add_argument("--limit", type=int, help="at most this many events")

    parser = add_client_command(
        verbs, "export", export, parents=[filters], help="export events to a .csv or .jsonl file"
    )
    parser.add_argument("file", type=Path, help="the suffix chooses the format: .csv or .jsonl")

    parser = add_client_command(
        verbs, "submit", submit, help="submit an event; the campaign e-mails a link to confirm"
    )
    parser.add_argument("file", help="JSON file as in docs/http-api.md; - reads standard input")

    parser = add_client_command(
        verbs, "attend", attend, help="sign up for an event; the campaign e-mails a link to confirm"
    )
    parser.add_argument("event")
    parser.add_argument("--name", help="prompted for if left out")
    parser.add_argument("--email", help="prompted for if left out")
    parser.add_argument("--guests", type=int, default=0, help="number of people you bring")
    parser.add_argument("--lang", help="language of the e-mail (default: that of the event)")
    parser.add_argument("--message", help="to the host of a private home")


def _make_filter_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--near", type=_parse_point, metavar="LAT,LON", help="nearest first")
    parser.add_argument("--radius-km", type=float, metavar="KM", help="with --near (default 50)")
    parser.add_argument("--bbox", type=_parse_box, metavar="W,S,E,N", help="degrees, WGS 84")
    parser.add_argument(
        "--from", dest="from_", metavar="DATE", help="first day, in each event's time zone"
    )
    parser.add_argument("--to", metavar="DATE", help="last day")
    parser.add_argument("--kind", action="append", help="may be repeated")
    parser.add_argument("--language", action="append", help="may be repeated")
    parser.add_argument("--country", action="append", metavar="CC", help="may be repeated")
    parser.add_argument("--online", action=argparse.BooleanOptionalAction, default=None)
    parser.add_argument(
        "-q", metavar="WORDS", help="words in the title, description, locality or host"
    )
    return parser


def _parse_point(text: str) -> tuple[float, ...]:
    return _parse_numbers(text, 2, "such as 19.43,-99.13")


def _parse_box(text: str) -> tuple[float, ...]:
    return _parse_numbers(text, 4, "such as -118.6,33.7,-118.1,34.3")


def _parse_numbers(text: str, count: int, example: str) -> tuple[float, ...]:
    try:
        numbers = tuple(map(float, text.split(",")))
    except ValueError:
        numbers = ()
    if len(numbers) != count:
        raise argparse.ArgumentTypeError(f"must be {count} numbers separated by commas, {example}")
    return numbers


def _get_filters(arguments: argparse.Namespace) -> dict[str, Any]:
    given = {name: getattr(arguments, name) for name in FILTERS}
    return {name: value for name, value in given.items() if value is not None}


def list_events(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        events = imd.events.list(**_get_filters(arguments))
        if arguments.json:
            output.print_json_lines(events)
            return
        output.print_table(("event", "starts", "kind", "where", "title"), map(_make_row, events))


def _make_row(event: "Event") -> tuple[object, ...]:
    starts = f"{event.starts_at:%Y-%m-%d %H:%M}"
    return (event.id, starts, event.kind, _format_place(event), event.title)


def _format_place(event: "Event") -> str:
    if event.place is None:
        return "online"
    distance = "" if event.distance_km is None else f" ({event.distance_km:.0f} km)"
    return f"{event.place.locality}, {event.place.country}{distance}"


def show(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        event = imd.events.get(arguments.event)
    if arguments.json:
        output.print_json_lines([event])
        return
    output.print_details(
        {
            "event": event.id,
            "title": event.title,
            "kind": event.kind,
            "state": event.state,
            "starts": f"{event.starts_at:%Y-%m-%d %H:%M} ({event.time_zone})",
            "ends": event.ends_at and f"{event.ends_at:%Y-%m-%d %H:%M}",
            "where": _format_place(event),
            "address": output.format_address(event.place),
            "host": event.host,
            "languages": event.languages,
            "places left": event.places_left,
            "link": event.url,
        }
    )
    print(f"\n{event.description}")


def print_calendar(arguments: argparse.Namespace) -> None:
    _print_file(arguments, "ics")


def print_table(arguments: argparse.Namespace) -> None:
    _print_file(arguments, "csv")


def print_atom(arguments: argparse.Namespace) -> None:
    _print_file(arguments, "atom")


def _print_file(arguments: argparse.Namespace, name: str) -> None:
    with open_client(arguments) as imd:
        content = getattr(imd.events, name)(limit=arguments.limit, **_get_filters(arguments))
    sys.stdout.buffer.write(content)


def print_geojson(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        filters = _get_filters(arguments)
        output.print_json(imd.events.geojson(limit=arguments.limit, **filters))


FEEDS = (
    ("ics", print_calendar, "a calendar file"),
    ("geojson", print_geojson, "GeoJSON"),
    ("csv", print_table, "a table for spreadsheets"),
    ("atom", print_atom, "a news feed, the latest change first"),
)


def export(arguments: argparse.Namespace) -> None:
    bulk.export_events(arguments, _get_filters(arguments))


def submit(arguments: argparse.Namespace) -> None:
    event = _read_event(arguments.file)
    with open_client(arguments) as imd:
        _require_fields(imd.events.submit, event, arguments.file)
        try:
            receipt = imd.events.submit(**event)
        except TypeError as error:  # a field is unknown or of another type
            reason = str(error).removeprefix("EventCalls.submit() ")
            raise CommandError(f"{arguments.file}: {reason}", status=2) from error
    if arguments.json:
        output.print_json_lines([receipt])
        return
    print(receipt.detail)


def _read_event(path: str) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
        event = json.loads(text)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}", status=2) from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{path}: this is not JSON in UTF-8: {error}", status=2) from error
    if not isinstance(event, dict):
        raise CommandError(f"{path}: must contain a JSON object", status=2)
    return event


def _require_fields(submit: Callable[..., Any], event: dict[str, Any], path: str) -> None:
    parameters = inspect.signature(submit).parameters.values()
    required = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is p.empty]
    missing = [name for name in required if name not in event]
    if missing:
        raise CommandError(f"{path}: required fields are missing: {', '.join(missing)}", status=2)


def attend(arguments: argparse.Namespace) -> None:
    name = prompt_for(arguments.name, "Name")
    email = prompt_for(arguments.email, "Email")
    with open_client(arguments) as imd:
        receipt = imd.events.attend(
            arguments.event,
            name=name,
            email=email,
            guests=arguments.guests,
            lang=arguments.lang,
            message=arguments.message,
        )
    if arguments.json:
        output.print_json_lines([receipt])
        return
    print(receipt.detail)
