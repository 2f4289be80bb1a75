"""Import signatures that were collected on paper, from a CSV file.

python examples/import_paper_signatures.py http://127.0.0.1:1218 sheets.csv

Run the same command again after a failure: it continues, and no row is sent twice.
"""

import sys
from pathlib import Path

from imd_sdk import Client, bulk

PETITION = "convention"
SOURCE = "sample-partner"


def main(base_url: str, path: str) -> None:
    table = bulk.read_csv(path, defaults={"country": "KE", "lang": "sw"})
    print_columns(table)
    print_invalid_rows(table)
    journal = Path(path).with_suffix(".journal")
    with Client(base_url) as imd:
        report = bulk.sign_many(imd, PETITION, table, journal=journal, source=SOURCE)
    print(f"sent {report.sent}, already sent {report.skipped}, to correct {report.to_fix}")
    if not report.is_complete:
        unsent = Path(path).with_suffix(".unsent.csv")
        bulk.write_unsent(table, journal, unsent)
        sys.exit(f"{report.advice} The rows are in {unsent.name}.")


def print_columns(table: bulk.Table) -> None:
    for field, headings in table.columns.items():
        print(f"{field} is read from", headings)
    if table.ignored:
        print("not used:", ", ".join(table.ignored))
    if table.advice:
        print(table.advice)


def print_invalid_rows(table: bulk.Table) -> None:
    for error in bulk.check(table).errors:
        print(f"line {error.row}: {error.message}")


if __name__ == "__main__":
    main(*sys.argv[1:])
