import argparse

from imd_cli import output
from imd_cli.argument_parser import Commands, add_command, add_group, add_reason
from imd_cli.errors import CommandError, require_extra

# As in `imd_campaign.switches.service`, which is not loaded until a command needs it.
MEANINGS = {
    "read_only": "every form and every change through the API is rejected",
    "stop_email": "no e-mail is sent; it waits in the queue",
    "hide_signers": "the list of recent signers is empty",
    "busy": "new forms are rejected; links in e-mails work",
}


def add_commands(verbs: Commands) -> None:
    acts = add_group(verbs, "switches", help="stop parts of the campaign, and start them again")
    add_command(acts, "list", list_switches, help="show which switches are on")
    for act, meaning in {"on": "turn a switch on", "off": "turn a switch off"}.items():
        parser = add_command(acts, act, turn, help=meaning)
        parser.add_argument("name", choices=MEANINGS, metavar="NAME", help=", ".join(MEANINGS))
        add_reason(parser, required=True)
        parser.set_defaults(act=act)


def list_switches(_: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.switches import service
        from imd_cli.campaign.context import open_context

    with open_context() as context, context.database.read() as connection:
        switches = service.list_switches(connection)
    output.print_table(
        ("name", "state", "changed", "while it is on"),
        [
            (switch.name, "on" if switch.is_on else "off", switch.changed_at, MEANINGS[switch.name])
            for switch in switches
        ],
    )


def turn(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.errors import CampaignClosed
        from imd_campaign.switches import service
        from imd_cli.campaign.context import get_user_name, open_context

    is_on = arguments.act == "on"
    with open_context() as context:
        actor = f"shell:{get_user_name()}"
        change = service.Change(actor, arguments.reason, context.now())
        try:
            with context.database.write() as connection:
                service.turn(connection, arguments.name, change, is_on=is_on)
        except CampaignClosed as error:
            raise CommandError("the campaign is closed, and stays read-only") from error
    print(f"{arguments.name} is {arguments.act}. Servers notice it within two seconds.")
