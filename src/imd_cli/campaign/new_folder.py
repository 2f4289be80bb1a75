"""`imd campaign init`: asks a few questions and writes the folder of a campaign."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imd_cli.argument_parser import Commands, add_command
from imd_cli.errors import CommandError, require_extra

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from imd_campaign.campaign_files.scaffold import Answers

# Options by field. Those without a default are required.
OPTIONS = {
    "name": ("--name", "name of the campaign"),
    "languages": ("--language", "language of its texts, such as es; may be repeated"),
    "time_zone": ("--time-zone", "time zone, such as Europe/Madrid (default UTC)"),
    "website": ("--website", "website of the campaign"),
    "donate": ("--donate", "page for donations"),
    "organisation": ("--organisation", "organisation that is responsible"),
    "contact": ("--contact", "e-mail address or URL for questions"),
    "petition": ("--petition", "title of the petition"),
    "target": ("--target", "to whom the petition is addressed"),
    "slug": ("--slug", "short name of the petition in URLs (default: from its title)"),
}
QUESTIONS = {
    "name": "Name of the campaign",
    "languages": "Languages of its texts, the most important first, such as en, es",
    "time_zone": "Time zone, such as Europe/Madrid",
    "website": "Website of the campaign",
    "donate": "Page for donations, or nothing",
    "organisation": "Organisation that is responsible",
    "contact": "Its e-mail address or URL for questions",
    "petition": "Title of the petition",
    "target": "To whom it is addressed",
    "slug": "Short name of the petition in URLs, which never changes",
}
DEFAULTS = {"time_zone": "UTC", "donate": "", "slug": ""}
LIST = "languages"


def add_commands(verbs: Commands) -> None:
    parser = add_command(
        verbs, "init", write_folder, help="write the folder of a new campaign, with comments"
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="a new or empty folder")
    for field, (option, help_text) in OPTIONS.items():
        action = "append" if field == LIST else "store"
        parser.add_argument(option, dest=field, action=action, help=help_text)


def write_folder(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.campaign_files import scaffold
        from imd_campaign.context import utc_now

    folder: Path = arguments.folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CommandError(f"{folder} is not empty: choose another folder")
    given = {field: getattr(arguments, field) for field in OPTIONS}
    answers = _ask(given) if sys.stdin.isatty() else _complete(given)
    for path in scaffold.write_folder(folder, answers, utc_now()):
        print(path)
    print(
        f"Now replace each text that begins with FILL IN, and run: imd campaign plan {folder}",
        file=sys.stderr,
    )


def _complete(given: Mapping[str, Any]) -> "Answers":
    """Check the options; there is no terminal to ask for others."""
    missing = [
        OPTIONS[field][0]
        for field, value in given.items()
        if value is None and field not in DEFAULTS
    ]
    if missing:
        message = f"{', '.join(missing)} missing, and there is no terminal to ask on"
        raise CommandError(message, status=2)
    return _check({field: value for field, value in given.items() if value is not None})


def _check(values: Mapping[str, Any]) -> "Answers":
    from pydantic import ValidationError

    from imd_campaign.campaign_files.scaffold import Answers

    try:
        return Answers.model_validate(values)
    except ValidationError as error:
        raise CommandError("; ".join(_explain(error)), status=2) from error


def _explain(error: "ValidationError") -> Sequence[str]:
    return [
        f"{OPTIONS[str(each['loc'][0])][0]} {_write_message(each).rstrip('.')}"
        for each in error.errors()
    ]


def _write_message(error: "ErrorDetails") -> str:
    from imd_campaign.campaign_files.scaffold import Answers
    from imd_campaign.campaign_files.validation import write_message

    return write_message(Answers, error)


def _ask(given: Mapping[str, Any]) -> "Answers":
    """Ask for what no option gives, each question until its answer is valid."""
    answers = {field: value for field, value in given.items() if value is not None}
    if answers:
        _check_fields(answers)
    for field in OPTIONS:
        if field not in answers:
            answers[field] = _ask_for(field, answers)
    return _check(answers)


def _ask_for(field: str, answers: Mapping[str, Any]) -> Any:
    from imd_campaign.campaign_files.scaffold import make_slug

    default = make_slug(answers["petition"]) if field == "slug" else DEFAULTS.get(field)
    hint = f" [{default}]" if default else ""
    while True:
        try:
            text = input(f"{QUESTIONS[field]}{hint}: ").strip()
        except EOFError:
            message = "not all questions were answered: nothing was written"
            raise CommandError(message, status=2) from None
        value: Any = text or default
        if field == LIST:
            value = text.replace(",", " ").split()
        if problem := _find_problem(field, value):
            print(problem)
        else:
            return value


def _find_problem(field: str, value: Any) -> str | None:
    """Return what is wrong with one answer, or None."""
    from pydantic import ValidationError

    from imd_campaign.campaign_files.scaffold import Answers

    if value in (None, []):
        return "Please answer this question."
    try:
        Answers.model_validate({field: value})
    except ValidationError as error:
        found = [each for each in error.errors() if each["loc"][0] == field]
        return f"This {_write_message(found[0])}" if found else None
    return None


def _check_fields(answers: Mapping[str, Any]) -> None:
    for field, value in answers.items():
        if problem := _find_problem(field, value):
            raise CommandError(f"{OPTIONS[field][0]}: {problem}", status=2)
