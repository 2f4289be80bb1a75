import argparse

from imd_cli.argument_parser import Commands, add_command
from imd_cli.errors import require_extra
from imd_cli.output import print_table


def add_commands(verbs: Commands) -> None:
    add_command(
        verbs, "retention", show, help="show what is kept for how long, and what is deleted next"
    )


def show(_: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign import retention_schedule
        from imd_cli.campaign.context import open_context

    with open_context() as context:
        kept = retention_schedule.measure(context)
    rows = [(one.rule.data, one.rows, one.rule.kept, one.next_deletion) for one in kept]
    print_table(("data", "rows", "kept", "next deletion"), rows)
