import argparse

from imd_cli import bulk, output
from imd_cli.partner import asked, client, common


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    group = commands.add_parser("petitions", help="read, sign and confirm petitions")
    verbs = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    shared = common()

    parser = verbs.add_parser("list", parents=[shared], help="all petitions")
    parser.add_argument("--lang", help="the language of the texts")
    parser.set_defaults(run=list_petitions)

    parser = verbs.add_parser("show", parents=[shared], help="one petition's text")
    parser.add_argument("petition")
    parser.add_argument("--lang", help="the language of the texts")
    parser.set_defaults(run=show)

    parser = verbs.add_parser("count", parents=[shared], help="how many have signed")
    parser.add_argument("petition")
    parser.set_defaults(run=count)

    parser = verbs.add_parser("places", parents=[shared], help="how many, by country")
    parser.add_argument("petition")
    parser.set_defaults(run=places)

    parser = verbs.add_parser("signers", parents=[shared], help="who asked to be shown")
    parser.add_argument("petition")
    parser.set_defaults(run=signers)

    parser = verbs.add_parser("sign", parents=[shared], help="sign; a link to confirm is mailed")
    parser.add_argument("petition")
    parser.add_argument("--name", help="asked for when left out")
    parser.add_argument("--email", help="asked for when left out")
    parser.add_argument("--country", required=True, metavar="CC", help="ISO 3166-1, such as ES")
    parser.add_argument("--lang", help="the language of the mail")
    parser.add_argument("--public", action="store_true", help="show the name and country")
    parser.add_argument("--updates", action="store_true", help="news of the campaign by mail")
    parser.set_defaults(run=sign)

    parser = verbs.add_parser("confirm", parents=[shared], help="confirm with the mailed token")
    parser.add_argument("token")
    parser.set_defaults(run=confirm)

    bulk.add_import(verbs, shared)
    bulk.add_export(verbs, shared)


def list_petitions(arguments: argparse.Namespace) -> None:
    with client(arguments) as imd:
        petitions = imd.petitions.list(lang=arguments.lang)
        if arguments.json:
            output.lines(petitions)
            return
        rows = ((p.slug, p.state, p.goal, p.title) for p in petitions)
        output.table(("petition", "state", "goal", "title"), rows)


def show(arguments: argparse.Namespace) -> None:
    with client(arguments) as imd:
        petition = imd.petitions.get(arguments.petition, lang=arguments.lang)
    if arguments.json:
        output.lines([petition])
        return
    output.details(
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


def count(arguments: argparse.Namespace) -> None:
    with client(arguments) as imd:
        answer = imd.petitions.count(arguments.petition)
    if arguments.json:
        output.lines([answer])
        return
    output.details({"signatures": answer.total, "goal": answer.goal, "as of": answer.as_of})


def places(arguments: argparse.Namespace) -> None:
    with client(arguments) as imd:
        found = imd.petitions.places(arguments.petition)
        if arguments.json:
            output.lines(found)
            return
        output.table(("country", "at least"), ((p.country, p.count) for p in found))


def signers(arguments: argparse.Namespace) -> None:
    with client(arguments) as imd:
        found = imd.petitions.signers(arguments.petition)
        if arguments.json:
            output.lines(found)
            return
        output.table(("name", "country", "date"), ((s.name, s.country, s.date) for s in found))


def sign(arguments: argparse.Namespace) -> None:
    name = asked(arguments.name, "Name")
    email = asked(arguments.email, "Email")
    with client(arguments) as imd:
        receipt = imd.petitions.sign(
            arguments.petition,
            name=name,
            email=email,
            country=arguments.country,
            lang=arguments.lang,
            public=arguments.public,
            updates=arguments.updates,
        )
    if arguments.json:
        output.lines([receipt])
        return
    print(receipt.detail)


def confirm(arguments: argparse.Namespace) -> None:
    with client(arguments) as imd:
        confirmation = imd.petitions.confirm(arguments.token)
    if arguments.json:
        output.lines([confirmation])
        return
    print(f"Confirmed: {confirmation.title}")
