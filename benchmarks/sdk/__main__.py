"""The SDK beside bare HTTP libraries and other SDKs, in one table of ratios.

    python benchmarks/sdk [--rounds N]

Installs each into an environment of its own, outside the tree, and throws it away. Ends with 1 when
one of the SDK's own bars is clearly missed.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import bars
import calls
import imports
import sample
import sizes
import typed
import venvs
from bars import Bar, at_most, holds
from compared import BASE, OURS, RAW, SUBJECTS, Subject
from ratios import Ratio, ratio
from table import table

PROCESSES = 4
HEAD = ("", "GET one", "page of 100", "POST", "async GET", "import", "memory", "bytes", "dists")
LAZY = "import imd_sdk"


class Results:
    """All that was measured, as ratios to the two baselines."""

    def __init__(self, pythons: dict[str, Path], wheel: Path, payload: Path, rounds: int) -> None:
        self.pythons, self.wheel = pythons, wheel
        times = calls.measure(pythons, payload, rounds, PROCESSES)
        self.calls = {
            call: {name: ratio(values, spent[RAW]) for name, values in spent.items()}
            for call, spent in times.items()
        }
        spent, held = imports.measure(self._statements(), 2 * rounds)
        self.imports = {name: ratio(values, spent[BASE]) for name, values in spent.items()}
        self.memory = {name: ratio(values, held[BASE]) for name, values in held.items()}
        self.names = {name: sizes.installed_names(python) for name, python in pythons.items()}
        installed = {name: sizes.installed_bytes(python) for name, python in pythons.items()}
        self.bytes = {name: size / installed[BASE] for name, size in installed.items()}

    def _statements(self) -> imports.Statements:
        statements = {s.name: (self.pythons[s.name], s.imports) for s in self.subjects}
        return statements | {LAZY: (self.pythons[OURS], LAZY)}

    @property
    def subjects(self) -> list[Subject]:
        return [subject for subject in SUBJECTS if subject.name in self.pythons]


def main() -> int:
    asked = arguments()
    with tempfile.TemporaryDirectory() as passing:
        wheel = venvs.build_wheel(Path(passing))
        pythons, missing = venvs.install_all(Path(passing), wheel)
        if lacking := {RAW, BASE, OURS} & missing.keys():
            sys.exit(f"nothing to compare with: {', '.join(missing[name] for name in lacking)}")
        payload = Path(passing) / "payload.json"
        sample.write(payload)
        results = Results(pythons, wheel, payload, asked.rounds)
        lines, verdicts = list(rows(results, missing)), list(judged(results))
        size = sizes.sdk_bytes(wheel)
    print(table(HEAD, lines))
    print()
    print(table(("", "measures"), ((subject.name, subject.what) for subject in SUBJECTS)))
    print()
    print(table(("bar", "measured", "limit", "verdict"), verdicts))
    print(f"\nThe SDK takes {size:,} bytes of the wheel.")
    return any(bar.verdict == "MISS" for bar in verdicts)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks/sdk")
    parser.add_argument("--rounds", type=int, default=15, help="rounds of each measurement")
    return parser.parse_args()


def rows(results: Results, missing: dict[str, str]) -> Iterator[list[str]]:
    for name in (subject.name for subject in SUBJECTS):
        if name in missing:
            yield [name, f"not installable: {missing[name]}", *[""] * (len(HEAD) - 2)]
        else:
            yield row(results, name)


def row(results: Results, name: str) -> list[str]:
    timed = [results.calls[call].get(name, "–") for call in calls.CALLS]
    loaded = [results.imports[name], results.memory[name].middle, results.bytes[name]]
    cells = [str(one) if isinstance(one, Ratio | str) else f"{one:.2f}" for one in timed + loaded]
    return [name, *cells, str(len(results.names[name]))]


def judged(results: Results) -> Iterator[Bar]:
    for call, limit in bars.CALLS.items():
        yield at_most(f"{call}, × {RAW}", results.calls[call][OURS], limit)
    for statement, limit in bars.IMPORTS.items():
        measured = results.imports[LAZY if statement == LAZY else OURS]
        yield at_most(f"{statement}, × {BASE}", measured, limit)
    added = results.names[OURS] - results.names[BASE]
    yield holds("distributions added", ", ".join(sorted(added)), OURS, held=added <= {"imd-sdk"})
    score = typed.completeness(results.pythons[OURS])
    yield holds("public types known", f"{score:.1%}", "100%", held=score == 1)


if __name__ == "__main__":
    sys.exit(main())
