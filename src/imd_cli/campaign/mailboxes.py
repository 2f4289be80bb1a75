import argparse

from imd_cli.argument_parser import Commands, add_command, add_group, add_reason
from imd_cli.client_options import read_private
from imd_cli.errors import CommandError, require_extra

BLOCKED = "E-mail to this address had been stopped by its owner, and is allowed again."
SUPPRESSED = "E-mail to this address had bounced, and is allowed again."


def add_commands(verbs: Commands) -> None:
    acts = add_group(verbs, "mailboxes", help="allow e-mail to a mailbox again")
    parser = add_command(
        acts,
        "unblock",
        unblock,
        help="allow e-mail to an address, which is prompted for or read from standard input",
    )
    add_reason(parser, required=True)


def unblock(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.email_addresses import validate
        from imd_campaign.errors import NotFound
        from imd_campaign.submissions import mailbox_blocks
        from imd_cli.campaign.context import get_user_name, open_context

    try:
        email = validate(read_private("E-mail address"))
    except ValueError as error:
        raise CommandError(f"what you entered {error}", status=2) from None
    signed = {"actor": f"shell:{get_user_name()}", "reason": arguments.reason}
    with open_context() as context:
        try:
            lifted = mailbox_blocks.unblock(context, email, **signed)
        except NotFound as error:
            raise CommandError("e-mail to this address is neither stopped nor bounced") from error
    if lifted.was_blocked:
        print(BLOCKED)
    if lifted.was_suppressed:
        print(SUPPRESSED)
