"""Commands that import and export thousands of signatures or events."""

import argparse
import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imd_cli import output
from imd_cli.argument_parser import Commands
from imd_cli.client_options import add_client_command, open_client
from imd_cli.errors import CommandError
from imd_cli.progress import ProgressLine

if TYPE_CHECKING:
    from imd_sdk.bulk import ExportedFile, Report, Table

TO_FIX, TO_RESUME = 3, 4
MAX_LINES_LISTED = 10
FIELDS = ("name", "email", "country", "lang", "source")
ATTESTED_FIELDS = ("reference", "public", "updates")


def add_import(verbs: Commands) -> None:
    parser = add_client_command(
        verbs,
        "import",
        import_file,
        help="import signatures from a CSV file",
        description="Sign a petition for each person in a CSV file exactly once. After a crash or "
        "Ctrl-C, run the command again: it continues where it stopped.",
        epilog="Exit status: 0 if every row was sent, 3 if rows must be corrected, 4 if the "
        "command must be run again.",
    )
    parser.add_argument("file", type=Path, help="CSV file whose first row holds the headings")
    parser.add_argument("--petition", required=True, metavar="SLUG")
    parser.add_argument(
        "--journal",
        type=Path,
        help="file that records what was sent (default: next to the CSV file)",
    )
    parser.add_argument("--dry-run", action="store_true", help="check every row and send nothing")
    parser.add_argument(
        "--columns",
        action="append",
        type=_parse_column,
        default=[],
        metavar="FIELD=HEADING",
        help=f"heading of a field ({', '.join(FIELDS)}); may be repeated, also for parts of a name",
    )
    parser.add_argument(
        "--single-names",
        action="store_true",
        help="send rows in which only one part of the name is filled in",
    )
    parser.add_argument("--country", metavar="CC", help="country of rows without one")
    parser.add_argument("--lang", help="e-mail language of rows without one")
    parser.add_argument("--source", metavar="SLUG", help="partner who collected the signatures")
    parser.add_argument(
        "--attested",
        action="store_true",
        help="send signatures that you have verified yourself, with a key of signatures:attest; "
        f"--columns may also name {', '.join(ATTESTED_FIELDS)}",
    )
    parser.add_argument("--encoding", help="encoding, such as cp1252 (default: UTF-8 or UTF-16)")
    parser.add_argument(
        "--concurrency",
        type=_parse_concurrency,
        default=4,
        metavar="N",
        help="simultaneous requests, 1 to 64 (default 4)",
    )
    parser.add_argument(
        "--unsent",
        type=Path,
        metavar="FILE",
        help="write the rows that were not sent, with reasons, to this file",
    )


def add_export(verbs: Commands) -> None:
    parser = add_client_command(
        verbs,
        "export",
        export_signatures,
        help="export all signatures, encrypted, to a .csv or .jsonl file (needs IMD_API_KEY)",
    )
    parser.add_argument("petition")
    parser.add_argument("file", type=Path, help="the suffix chooses the format: .csv or .jsonl")


def _parse_column(text: str) -> tuple[str, str]:
    field, found, heading = text.partition("=")
    if not found or field not in (*FIELDS, *ATTESTED_FIELDS):
        raise argparse.ArgumentTypeError(
            f"must be FIELD=HEADING, with a FIELD of {', '.join((*FIELDS, *ATTESTED_FIELDS))}"
        )
    return field, heading


def _parse_concurrency(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 64:  # noqa: PLR2004 as imd_sdk.bulk
        raise argparse.ArgumentTypeError("must be 1 to 64")
    return number


# --- import --------------------------------------------------------------------------------------


def import_file(arguments: argparse.Namespace) -> None:
    with _translate_bulk_errors():
        table = _read_table(arguments)
        if arguments.dry_run:
            _check_rows(table, arguments)
        else:
            _send_rows(table, arguments)


def _read_table(arguments: argparse.Namespace) -> "Table":
    from imd_sdk import bulk

    columns: dict[str, list[str]] = {}
    for field, heading in arguments.columns:
        columns.setdefault(field, []).append(heading)
    given = {"country": arguments.country, "lang": arguments.lang}
    defaults = {name: value for name, value in given.items() if value}
    try:
        return bulk.read_csv(
            arguments.file,
            columns=columns,
            defaults=defaults,
            encoding=arguments.encoding,
            single_names=arguments.single_names,
        )
    except bulk.TableError as error:
        if error.field is None:
            raise
        raise CommandError(f"{error}; for example --columns {error.field}=HEADING") from error


def _show_columns(table: "Table") -> None:
    ignored = ", ".join(title.strip() for title in table.ignored)
    output.print_details({**table.columns, "not used": ignored})
    if table.advice:
        print(table.advice)
    print(flush=True)


def _check_rows(table: "Table", arguments: argparse.Namespace) -> None:
    from imd_sdk import bulk

    found = bulk.check(table, attested=arguments.attested)
    if arguments.json:
        for error in found.errors:
            print(json.dumps({"line": error.row, "message": error.message}, ensure_ascii=False))
    else:
        _show_columns(table)
        if found.errors:
            output.print_table(("line", "error"), ((f.row, f.message) for f in found.errors))
    if found.invalid:
        raise CommandError(
            f"{found.invalid} of {found.rows} rows must be corrected before they can be sent",
            status=TO_FIX,
        )
    if not arguments.json:
        rows = "row" if found.rows == 1 else "rows"
        print(f"{found.rows} {rows} can be sent. Nothing was sent.")


def _send_rows(table: "Table", arguments: argparse.Namespace) -> None:
    from imd_sdk import bulk

    journal = arguments.journal or _choose_journal(arguments)
    if not arguments.json:
        _show_columns(table)
    reporter = ProgressReporter()
    try:
        with open_client(arguments) as imd:
            report = bulk.sign_many(
                imd,
                arguments.petition,
                table,
                journal=journal,
                source=arguments.source,
                attested=arguments.attested,
                concurrency=arguments.concurrency,
                progress=reporter.update,
            )
    except KeyboardInterrupt:
        reporter.print_interrupted(arguments)
        raise
    finally:
        reporter.line.clear()
    _print_report(report, arguments)
    if arguments.unsent:
        bulk.write_unsent(table, journal, arguments.unsent)
    _finish_import(report, arguments, journal)


def _choose_journal(arguments: argparse.Namespace) -> Path:
    file: Path = arguments.file
    return file.with_name(f"{file.name}.{arguments.petition}.journal")


class ProgressReporter:
    """Shows the progress of a job, and keeps its report for Ctrl-C."""

    def __init__(self) -> None:
        self.line = ProgressLine()
        self.report: Report | None = None

    def update(self, report: "Report") -> None:
        self.report = report
        failed = report.to_fix + report.to_resume
        self.line.show(
            f"{report.read:,} read, {report.sent:,} sent, {report.skipped:,} already sent, "
            f"{failed:,} not sent"
        )

    def print_interrupted(self, arguments: argparse.Namespace) -> None:
        self.line.clear()
        if self.report:
            _print_report(self.report, arguments)


def _print_report(report: "Report", arguments: argparse.Namespace) -> None:
    if arguments.json:
        print(json.dumps(report.as_dict(), ensure_ascii=False))
        return
    output.print_details(
        {
            "rows read": report.read,
            "sent": report.sent,
            "already sent": report.skipped,
            "to correct": report.to_fix,
            "to send again": report.to_resume,
        }
    )
    if report.failures:
        print()
        rows = (
            (f.count, f.outcome, f.reason, _format_lines(f.rows, f.count)) for f in report.failures
        )
        output.print_table(("rows", "outcome", "reason", "lines"), rows)


def _format_lines(rows: tuple[int, ...], count: int) -> str:
    more = " …" if count > MAX_LINES_LISTED else ""
    return ", ".join(map(str, rows[:MAX_LINES_LISTED])) + more


def _finish_import(report: "Report", arguments: argparse.Namespace, journal: Path) -> None:
    if report.is_complete:
        if not arguments.json:
            print(f"\n{report.advice}")
        return
    can_resume = bool(report.stopped or report.to_resume)
    steps = [f"stopped: {report.stopped}."] if report.stopped else []
    if can_resume:
        steps.append("Run the same command again: it continues where it stopped.")
    if report.to_fix:
        steps.append(_advise_correction(report.to_fix, arguments.unsent, journal))
    if report.late:
        steps.append(f"{report.late} people may have been e-mailed twice; nobody is counted twice.")
    raise CommandError(" ".join(steps), status=TO_RESUME if can_resume else TO_FIX)


def _advise_correction(count: int, unsent: Path | None, journal: Path) -> str:
    if unsent is None:
        return f"{count} rows must be corrected: --unsent FILE writes them to a file."
    again = f"--journal {shlex.quote(str(journal))}"
    return f"Correct the rows in {unsent} and import that file with {again}."


# --- export --------------------------------------------------------------------------------------


def export_signatures(arguments: argparse.Namespace) -> None:
    from imd_sdk import bulk

    with open_client(arguments) as imd, _show_progress(arguments) as show:
        done = bulk.export_signatures(imd, arguments.petition, arguments.file, progress=show)
    _print_export(done, arguments, "signatures")


def export_events(arguments: argparse.Namespace, filters: dict[str, Any]) -> None:
    from imd_sdk import bulk

    with open_client(arguments) as imd, _show_progress(arguments) as show:
        done = bulk.export_events(imd, arguments.file, progress=show, **filters)
    _print_export(done, arguments, "events")


@contextmanager
def _show_progress(arguments: argparse.Namespace) -> Iterator[Any]:
    line = ProgressLine()
    try:
        with _translate_bulk_errors():
            yield lambda done: line.show(f"{done.items:,} written to {arguments.file}")
    finally:
        line.clear()


def _print_export(done: "ExportedFile", arguments: argparse.Namespace, what: str) -> None:
    if arguments.json:
        print(json.dumps({"path": str(done.path), "items": done.items}))
    else:
        print(f"{done.items} {what} written to {shlex.quote(str(done.path))}")


@contextmanager
def _translate_bulk_errors() -> Iterator[None]:
    from imd_sdk.bulk import BulkError

    try:
        yield
    except (BulkError, ValueError) as error:
        raise CommandError(str(error)) from error
