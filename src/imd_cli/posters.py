"""Commands for posters."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from imd_cli import output
from imd_cli.argument_parser import Commands, add_group
from imd_cli.client_options import add_client_command, open_client, prompt_for
from imd_cli.errors import CommandError

if TYPE_CHECKING:
    from imd_sdk.models import Edition, PostalAddress, Poster


def add_commands(commands: Commands) -> None:
    verbs = add_group(commands, "posters", help="show, download, reserve and order posters")

    parser = add_client_command(
        verbs, "list", list_posters, help="list posters and how many prints are left"
    )
    parser.add_argument("--lang", help="language of the texts")

    parser = add_client_command(
        verbs, "show", show, help="show one poster with its editions and files"
    )
    parser.add_argument("poster")
    parser.add_argument("--lang", help="language of the texts")

    parser = add_client_command(
        verbs, "download", download, help="download a file and verify its checksum"
    )
    parser.add_argument("poster")
    parser.add_argument("name", nargs="?", help="file name (default: the file to print)")
    parser.add_argument(
        "-o", "--output", type=Path, help="target (default: the file name, in the current folder)"
    )

    parser = add_client_command(
        verbs, "reserve", reserve, help="fix the price of prints for an hour"
    )
    parser.add_argument("poster")
    parser.add_argument("--edition", required=True)
    parser.add_argument("--quantity", type=int, default=1)

    parser = add_client_command(verbs, "order", order, help="order reserved prints")
    parser.add_argument("reservation", help="the token that `reserve` prints")
    parser.add_argument("--name", help="prompted for if left out")
    parser.add_argument("--email", help="prompted for if left out")
    parser.add_argument("--address", help="street and number; prompted for if left out")
    parser.add_argument("--postal-code")
    parser.add_argument("--locality", help="prompted for if left out")
    parser.add_argument("--country", required=True, metavar="CC")
    parser.add_argument("--lang", help="language of the e-mails")

    parser = add_client_command(
        verbs, "show-order", show_order, help="show what was ordered and whether it is paid"
    )
    parser.add_argument("order")


def list_posters(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        posters = imd.posters.list(lang=arguments.lang)
        if arguments.json:
            output.print_json_lines(posters)
            return
        rows = ((p.slug, p.year, p.artist, _format_editions(p), p.title) for p in posters)
        output.print_table(("poster", "year", "artist", "editions", "title"), rows)


def _format_editions(poster: "Poster") -> str:
    return "; ".join(map(_format_edition, poster.editions))


def _format_edition(edition: "Edition") -> str:
    left = "" if edition.available is None else f", {edition.available} of {edition.run} left"
    return f"{edition.id} {edition.price}{left}"


def show(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        poster = imd.posters.get(arguments.poster, lang=arguments.lang)
    if arguments.json:
        output.print_json_lines([poster])
        return
    output.print_details(
        {
            "poster": poster.slug,
            "title": poster.title,
            "artist": poster.artist,
            "year": poster.year,
            "editions": _format_editions(poster),
            "files": [f"{file.name} ({file.purpose}, {file.bytes} bytes)" for file in poster.files],
        }
    )
    print(f"\n{poster.description}")


def download(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        name = arguments.name or _find_print_file(imd.posters.get(arguments.poster))
        path = arguments.output or Path(name).name
        try:
            imd.posters.download(arguments.poster, name, to=path)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
    print(path)


def _find_print_file(poster: "Poster") -> str:
    for file in poster.files:
        if file.purpose == "print":
            return file.name
    raise CommandError(f"the poster {poster.slug} has no file to print")


def reserve(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        reservation = imd.posters.reserve(
            arguments.poster, edition=arguments.edition, quantity=arguments.quantity
        )
    if arguments.json:
        output.print_json_lines([reservation])
        return
    output.print_details(
        {
            "reservation": reservation.token,
            "total": reservation.total,
            "valid until": reservation.expires_at,
        }
    )


def order(arguments: argparse.Namespace) -> None:
    name = prompt_for(arguments.name, "Name")
    email = prompt_for(arguments.email, "Email")
    address: PostalAddress = {
        "lines": [prompt_for(arguments.address, "Address")],
        "postal_code": arguments.postal_code,
        "locality": prompt_for(arguments.locality, "Locality"),
        "country": arguments.country,
    }
    with open_client(arguments) as imd:
        receipt = imd.posters.order(
            arguments.reservation, name=name, email=email, address=address, lang=arguments.lang
        )
    if arguments.json:
        output.print_json_lines([receipt])
        return
    print(receipt.detail)


def show_order(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        order = imd.posters.get_order(arguments.order)
    if arguments.json:
        output.print_json_lines([order])
        return
    output.print_details(
        {
            "order": order.id,
            "state": order.state,
            "poster": order.poster,
            "edition": order.edition,
            "quantity": order.quantity,
            "numbers": order.numbers,
            "total": order.total,
            "payment": order.payment.detail,
            "kept until": order.kept_until,
        }
    )
