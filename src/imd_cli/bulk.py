"""Signatures and events by the thousand: from a file to a campaign, and back."""

import argparse
import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imd_cli import output
from imd_cli.faults import Fault
from imd_cli.partner import client
from imd_cli.progress import Line

if TYPE_CHECKING:
    from imd_sdk.bulk import Exported, Report, Table

TO_FIX, TO_RESUME = 3, 4
LINES_NAMED = 10
FIELDS = ("name", "email", "country", "lang", "public", "updates", "source")


def add_import(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", shared: argparse.ArgumentParser
) -> None:
    parser = verbs.add_parser(
        "import",
        parents=[shared],
        help="sign for everybody in a CSV file who asked for it",
        description="Sign for everybody in a CSV file who asked for it, each once; run it again "
        "after a crash or Ctrl-C and it goes on where it was.",
        epilog="Ends with 0 when every row was sent, 3 when rows have to be corrected, 4 when it "
        "has to be run again.",
    )
    parser.add_argument("file", type=Path, help="CSV whose first row names the columns")
    parser.add_argument("--petition", required=True, metavar="SLUG")
    parser.add_argument(
        "--journal", type=Path, help="remembers what was sent (default: beside the file)"
    )
    parser.add_argument("--dry-run", action="store_true", help="look at every row, send nothing")
    parser.add_argument(
        "--columns",
        action="append",
        type=_column,
        default=[],
        metavar="FIELD=HEADING",
        help=f"where {', '.join(FIELDS)} stand; may be repeated, also for the parts of a name",
    )
    parser.add_argument(
        "--single-names",
        action="store_true",
        help="send rows in which only one part of the name is filled in",
    )
    parser.add_argument("--country", metavar="CC", help="where a row has none")
    parser.add_argument("--lang", help="the language of the mail, where a row has none")
    parser.add_argument("--source", metavar="SLUG", help="the partner who collected them")
    parser.add_argument("--encoding", help="when it is neither UTF-8 nor UTF-16: cp1252, …")
    parser.add_argument(
        "--concurrency", type=_at_once, default=4, metavar="N", help="how many at once (default 4)"
    )
    parser.add_argument(
        "--unsent", type=Path, metavar="FILE", help="write the rows that were not sent, and why"
    )
    parser.set_defaults(run=import_file)


def add_export(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", shared: argparse.ArgumentParser
) -> None:
    parser = verbs.add_parser(
        "export", parents=[shared], help="all signatures, sealed, to .csv or .jsonl (needs a key)"
    )
    parser.add_argument("petition")
    parser.add_argument("file", type=Path, help="its ending says the format")
    parser.set_defaults(run=export_signatures)


def _column(text: str) -> tuple[str, str]:
    field, found, heading = text.partition("=")
    if not found or field not in FIELDS:
        raise argparse.ArgumentTypeError(f"FIELD=HEADING with FIELD one of {', '.join(FIELDS)}")
    return field, heading


def _at_once(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 64:  # noqa: PLR2004 as imd_sdk.bulk
        raise argparse.ArgumentTypeError("has to be 1 to 64")
    return number


# --- in ------------------------------------------------------------------------------------------


def import_file(arguments: argparse.Namespace) -> None:
    with _told():
        table = _table(arguments)
        if arguments.dry_run:
            _look(table, arguments)
        else:
            _send(table, arguments)


def _table(arguments: argparse.Namespace) -> "Table":
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
        raise Fault(f"{error}; for example --columns {error.field}=HEADING") from error


def _show_columns(table: "Table") -> None:
    ignored = ", ".join(title.strip() for title in table.ignored)
    output.details({**table.columns, "not used": ignored})
    print(flush=True)


def _look(table: "Table", arguments: argparse.Namespace) -> None:
    from imd_sdk import bulk

    found = bulk.check(table)
    if arguments.json:
        for error in found.errors:
            print(json.dumps({"line": error.row, "message": error.message}, ensure_ascii=False))
    else:
        _show_columns(table)
        if found.errors:
            output.table(("line", "what is wrong"), ((f.row, f.message) for f in found.errors))
    if found.invalid:
        raise Fault(
            f"{found.invalid} of {found.rows} rows cannot be sent as they are", status=TO_FIX
        )
    if not arguments.json:
        rows = "row" if found.rows == 1 else "rows"
        print(f"{found.rows} {rows} can be sent. Nothing was sent.")


def _send(table: "Table", arguments: argparse.Namespace) -> None:
    from imd_sdk import bulk

    journal = arguments.journal or _beside(arguments)
    if not arguments.json:
        _show_columns(table)
    teller = _Teller()
    try:
        with client(arguments) as imd:
            report = bulk.sign_many(
                imd,
                arguments.petition,
                table,
                journal=journal,
                source=arguments.source,
                concurrency=arguments.concurrency,
                progress=teller.keep,
            )
    except KeyboardInterrupt:
        teller.interrupted(arguments)
        raise
    finally:
        teller.line.clear()
    _tell(report, arguments)
    if arguments.unsent:
        bulk.write_unsent(table, journal, arguments.unsent)
    _end(report, arguments, journal)


def _beside(arguments: argparse.Namespace) -> Path:
    file: Path = arguments.file
    return file.with_name(f"{file.name}.{arguments.petition}.journal")


class _Teller:
    """Shows how far it is, and has the report when Ctrl-C ends it."""

    def __init__(self) -> None:
        self.line = Line()
        self.report: Report | None = None

    def keep(self, report: "Report") -> None:
        self.report = report
        failed = report.to_fix + report.to_resume
        self.line.say(
            f"{report.read:,} read, {report.sent:,} sent, {report.skipped:,} sent before, "
            f"{failed:,} not sent"
        )

    def interrupted(self, arguments: argparse.Namespace) -> None:
        self.line.clear()
        if self.report:
            _tell(self.report, arguments)


def _tell(report: "Report", arguments: argparse.Namespace) -> None:
    if arguments.json:
        print(json.dumps(report.as_dict(), ensure_ascii=False))
        return
    output.details(
        {
            "rows read": report.read,
            "sent": report.sent,
            "sent before": report.skipped,
            "to correct": report.to_fix,
            "to send again": report.to_resume,
        }
    )
    if report.failures:
        print()
        rows = ((f.count, f.outcome, f.reason, _lines(f.rows, f.count)) for f in report.failures)
        output.table(("rows", "outcome", "reason", "lines"), rows)


def _lines(rows: tuple[int, ...], count: int) -> str:
    more = " …" if count > LINES_NAMED else ""
    return ", ".join(map(str, rows[:LINES_NAMED])) + more


def _end(report: "Report", arguments: argparse.Namespace, journal: Path) -> None:
    if report.complete:
        if not arguments.json:
            print(f"\n{report.advice}")
        return
    again = bool(report.stopped or report.to_resume)
    steps = [f"stopped: {report.stopped}."] if report.stopped else []
    if again:
        steps.append("Run the same again: it goes on where it was.")
    if report.to_fix:
        steps.append(_correct(report.to_fix, arguments.unsent, journal))
    if report.late:
        steps.append(f"{report.late} may have been mailed twice; nobody is counted twice.")
    raise Fault(" ".join(steps), status=TO_RESUME if again else TO_FIX)


def _correct(count: int, unsent: Path | None, journal: Path) -> str:
    if unsent is None:
        return f"{count} rows have to be corrected: --unsent FILE writes them to a file."
    again = f"--journal {shlex.quote(str(journal))}"
    return f"Correct the rows in {unsent} and import that file with {again}."


# --- out -----------------------------------------------------------------------------------------


def export_signatures(arguments: argparse.Namespace) -> None:
    from imd_sdk import bulk

    with client(arguments) as imd, _exporting(arguments) as say:
        done = bulk.export_signatures(imd, arguments.petition, arguments.file, progress=say)
    _exported(done, arguments, "signatures")


def export_events(arguments: argparse.Namespace, filters: dict[str, Any]) -> None:
    from imd_sdk import bulk

    with client(arguments) as imd, _exporting(arguments) as say:
        done = bulk.export_events(imd, arguments.file, progress=say, **filters)
    _exported(done, arguments, "events")


@contextmanager
def _exporting(arguments: argparse.Namespace) -> Iterator[Any]:
    line = Line()
    try:
        with _told():
            yield lambda done: line.say(f"{done.items:,} written to {arguments.file}")
    finally:
        line.clear()


def _exported(done: "Exported", arguments: argparse.Namespace, what: str) -> None:
    if arguments.json:
        print(json.dumps({"path": str(done.path), "items": done.items}))
    else:
        print(f"{done.items} {what} in {shlex.quote(str(done.path))}")


@contextmanager
def _told() -> Iterator[None]:
    from imd_sdk.bulk import BulkError

    try:
        yield
    except (BulkError, ValueError) as error:
        raise Fault(str(error)) from error
