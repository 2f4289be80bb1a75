"""Commands for petitions."""

import argparse

from imd_cli import bulk, output
from imd_cli.argument_parser import Commands, add_group
from imd_cli.client_options import add_client_command, open_client, prompt_for


def add_commands(commands: Commands) -> None:
    verbs = add_group(commands, "petitions", help="read and sign petitions")

    parser = add_client_command(verbs, "list", list_petitions, help="list all petitions")
    parser.add_argument("--lang", help="language of the texts")

    parser = add_client_command(verbs, "show", show, help="show one petition")
    parser.add_argument("petition")
    parser.add_argument("--lang", help="language of the texts")

    parser = add_client_command(verbs, "count", show_count, help="show the number of signatures")
    parser.add_argument("petition")

    parser = add_client_command(
        verbs, "places", list_places, help="show the number of signatures by country"
    )
    parser.add_argument("petition")

    parser = add_client_command(
        verbs, "signers", list_signers, help="list the people who sign in public"
    )
    parser.add_argument("petition")

    parser = add_client_command(
        verbs, "sign", sign, help="sign a petition; the campaign e-mails a link to confirm"
    )
    parser.add_argument("petition")
    parser.add_argument("--name", help="prompted for if left out")
    parser.add_argument("--email", help="prompted for if left out")
    parser.add_argument(
        "--country", required=True, metavar="CC", help="ISO 3166-1 code, such as ES"
    )
    parser.add_argument("--lang", help="language of the e-mail")

    bulk.add_import(verbs)
    bulk.add_export(verbs)


def list_petitions(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        petitions = imd.petitions.list(lang=arguments.lang)
        if arguments.json:
            output.print_json_lines(petitions)
            return
        rows = ((p.slug, p.state, p.goal, p.title) for p in petitions)
        output.print_table(("petition", "state", "goal", "title"), rows)


def show(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        petition = imd.petitions.get(arguments.petition, lang=arguments.lang)
    if arguments.json:
        output.print_json_lines([petition])
        return
    output.print_details(
        {
            "petition": petition.slug,
            "title": petition.title,
            "to": petition.target,
            "state": petition.state,
            "goal": petition.goal,
            "languages": petition.languages,
        }
    )
    print(f"\n{petition.text}")


def show_count(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        counted = imd.petitions.count(arguments.petition)
    if arguments.json:
        output.print_json_lines([counted])
        return
    output.print_details(
        {"signatures": counted.total, "goal": counted.goal, "as of": counted.as_of}
    )


def list_places(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        found = imd.petitions.places(arguments.petition)
        if arguments.json:
            output.print_json_lines(found)
            return
        output.print_table(("country", "at least"), ((p.country, p.count) for p in found))


def list_signers(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        found = imd.petitions.signers(arguments.petition)
        if arguments.json:
            output.print_json_lines(found)
            return
        output.print_table(
            ("name", "country", "date"), ((s.name, s.country, s.date) for s in found)
        )


def sign(arguments: argparse.Namespace) -> None:
    name = prompt_for(arguments.name, "Name")
    email = prompt_for(arguments.email, "Email")
    with open_client(arguments) as imd:
        receipt = imd.petitions.sign(
            arguments.petition,
            name=name,
            email=email,
            country=arguments.country,
            lang=arguments.lang,
        )
    if arguments.json:
        output.print_json_lines([receipt])
        return
    print(receipt.detail)
