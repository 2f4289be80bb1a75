"""Updates the tables of a page in docs/ with those that a benchmark prints with the same headings.

    scripts/bench widgets | python scripts/update_tables.py docs/widgets/benchmarks.md
    scripts/bench sdk | python scripts/update_tables.py docs/sdk/benchmarks.md

The output of the benchmark is printed too. Update the text around the tables yourself.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

TABLE = re.compile(r"(?:^\|.*\|\n)+", re.MULTILINE)


def main(page: Path) -> int:
    text, unmatched = replace_tables(page.read_text(encoding="utf-8"), "".join(read_and_print()))
    page.write_text(text, encoding="utf-8")
    for heading in unmatched:
        print(f"{page} has no table with the heading: {' | '.join(heading)}", file=sys.stderr)
    return 1 if unmatched else 0


def read_and_print() -> Iterator[str]:
    for line in sys.stdin:
        print(line, end="", flush=True)
        yield line


def replace_tables(page: str, printed: str) -> tuple[str, list[tuple[str, ...]]]:
    """Return the updated page, and the headings of printed tables that it does not have."""
    new_tables = {get_heading(table): table for table in TABLE.findall(printed)}
    known_headings = {get_heading(table) for table in TABLE.findall(page)}
    text = TABLE.sub(lambda old: new_tables.get(get_heading(old[0]), old[0]), page)
    return text, [heading for heading in new_tables if heading not in known_headings]


def get_heading(table: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in table.splitlines()[0].split("|")[1:-1])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
