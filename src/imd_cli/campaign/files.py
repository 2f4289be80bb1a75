"""`imd campaign init`, `plan` and `apply`: a campaign as files."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from imd_cli import output
from imd_cli.argument_parser import Commands, add_command, add_reason
from imd_cli.campaign import new_folder, plan_output
from imd_cli.errors import CommandError, require_extra

if TYPE_CHECKING:
    from imd_campaign.campaign_files.folder import CampaignFolder
    from imd_campaign.campaign_files.plan import Plan
    from imd_campaign.context import Context

HAS_CHANGES = 2
OUTDATED = (
    "the database has changed since the plan was made, so nothing was applied. Run `imd campaign "
    "plan` again and read it"
)
NO_TERMINAL = "there is no terminal to ask on: read the plan, then pass --yes"


def add_commands(verbs: Commands) -> None:
    new_folder.add_commands(verbs)

    parser = add_command(
        verbs,
        "plan",
        show_plan,
        help="show what the files of a campaign would change; exit status 2 if anything",
    )
    _add_options(parser)

    parser = add_command(verbs, "apply", apply, help="change the campaign as its files say")
    _add_options(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--plan", metavar="DIGEST", help="apply only this plan; its digest is printed by `plan`"
    )
    add_reason(parser, default="the files were applied")


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder of the campaign")
    parser.add_argument(
        "--close-missing",
        action="store_true",
        help="close petitions, end the sale of posters and remove texts that the files do not have",
    )
    parser.add_argument("--json", action="store_true", help="print the plan as JSON")


def show_plan(arguments: argparse.Namespace) -> int:
    with _open(arguments.folder) as (context, folder):
        plan = _make_plan(arguments, context, folder)
    _print(plan, is_json=arguments.json)
    return HAS_CHANGES if plan.changes else 0


def apply(arguments: argparse.Namespace) -> None:
    from imd_cli.campaign.context import get_user_name

    with _open(arguments.folder) as (context, folder):
        from imd_campaign.campaign_files import service

        plan = _make_plan(arguments, context, folder)
        _print(plan, is_json=arguments.json)
        if not plan.changes or not _is_confirmed(arguments):
            return
        author = service.Author(f"shell:{get_user_name()}", arguments.reason)
        try:
            service.apply(
                context,
                folder,
                author,
                digest=arguments.plan or plan.digest,
                close_missing=arguments.close_missing,
            )
        except service.PlanOutdated as error:
            raise CommandError(OUTDATED) from error
    print("The campaign is as its files say.", file=sys.stderr)


@contextmanager
def _open(path: Path) -> Iterator[tuple["Context", "CampaignFolder"]]:
    """Open the database and read the folder; explain all that is wrong with the files."""
    with require_extra("campaign"):
        from imd_campaign.campaign_files import service
        from imd_campaign.campaign_files.problems import InvalidFiles
        from imd_cli.campaign.context import open_context

    if not path.is_dir():
        raise CommandError(f"{path} is not a folder; `imd campaign init {path}` creates one")
    try:
        folder = service.read(path)
        with open_context() as context:
            yield context, folder
    except InvalidFiles as error:
        for problem in error.problems:
            output.print_paragraphs(str(problem), sys.stderr)
        number = len(error.problems)
        errors = "1 error" if number == 1 else f"{number} errors"
        raise CommandError(f"{errors} in {path}: nothing was changed") from error


def _make_plan(
    arguments: argparse.Namespace, context: "Context", folder: "CampaignFolder"
) -> "Plan":
    from imd_campaign.campaign_files import service

    return service.plan(context, folder, close_missing=arguments.close_missing)


def _print(plan: "Plan", *, is_json: bool) -> None:
    if is_json:
        output.print_json(plan.to_json())
    else:
        output.print_paragraphs(plan_output.write_plan(plan))


def _is_confirmed(arguments: argparse.Namespace) -> bool:
    if arguments.yes or arguments.plan:
        return True
    if not sys.stdin.isatty():
        raise CommandError(NO_TERMINAL, status=2)
    try:
        answer = input("Apply these changes? [y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() in {"y", "yes"}:
        return True
    print("Nothing was changed.")
    return False
