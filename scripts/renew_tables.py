"""Renew the tables of a page in docs/ with those that a benchmark prints under the same heads.

    scripts/bench widgets | python scripts/renew_tables.py docs/widgets/benchmarks.md
    scripts/bench sdk | python scripts/renew_tables.py docs/sdk/benchmarks.md

What is printed is passed on. The words around the tables are for people to renew.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

TABLE = re.compile(r"(?:^\|.*\|\n)+", re.MULTILINE)


def main(page: Path) -> int:
    text, homeless = renewed(page.read_text(encoding="utf-8"), "".join(passed_on()))
    page.write_text(text, encoding="utf-8")
    for head in homeless:
        print(f"{page} has no table with the head: {' | '.join(head)}", file=sys.stderr)
    return 1 if homeless else 0


def passed_on() -> Iterator[str]:
    for line in sys.stdin:
        print(line, end="", flush=True)
        yield line


def renewed(page: str, printed: str) -> tuple[str, list[tuple[str, ...]]]:
    """The page, and the heads of what was printed that it has no table for."""
    fresh = {head(table): table for table in TABLE.findall(printed)}
    known = {head(table) for table in TABLE.findall(page)}
    text = TABLE.sub(lambda old: fresh.get(head(old[0]), old[0]), page)
    return text, [one for one in fresh if one not in known]


def head(table: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in table.splitlines()[0].split("|")[1:-1])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
