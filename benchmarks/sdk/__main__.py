"""Compares the SDK with bare HTTP libraries and other SDKs, in one table of ratios.

    python benchmarks/sdk [--rounds N]

Each subject is installed into its own temporary environment. The exit status is 1 if the SDK
clearly misses one of its bars.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import bars
import call_cost
import import_cost
import sample
import sizes
import type_coverage
import venvs
from bars import Bar, check_condition, check_max
from paired_ratios import Ratio, compute_ratio
from subject_list import BASE, OURS, RAW, SUBJECTS, Subject
from table import format_table

PROCESSES = 4
HEAD = ("", "GET one", "page of 100", "POST", "async GET", "import", "memory", "bytes", "dists")
LAZY = "import imd_sdk"


class Results:
    """All measurements, as ratios to the two baselines."""

    def __init__(self, pythons: dict[str, Path], wheel: Path, payload: Path, rounds: int) -> None:
        self.pythons, self.wheel = pythons, wheel
        times = call_cost.measure(pythons, payload, rounds, PROCESSES)
        self.calls = {
            call: {name: compute_ratio(values, spent[RAW]) for name, values in spent.items()}
            for call, spent in times.items()
        }
        import_times, memory = import_cost.measure(self._statements(), 2 * rounds)
        self.imports = {
            name: compute_ratio(values, import_times[BASE]) for name, values in import_times.items()
        }
        self.memory = {name: compute_ratio(values, memory[BASE]) for name, values in memory.items()}
        self.names = {name: sizes.list_distributions(python) for name, python in pythons.items()}
        installed = {
            name: sizes.measure_installed_bytes(python) for name, python in pythons.items()
        }
        self.bytes = {name: size / installed[BASE] for name, size in installed.items()}

    def _statements(self) -> import_cost.Statements:
        statements = {s.name: (self.pythons[s.name], s.imports) for s in self.subjects}
        return statements | {LAZY: (self.pythons[OURS], LAZY)}

    @property
    def subjects(self) -> list[Subject]:
        return [subject for subject in SUBJECTS if subject.name in self.pythons]


def main() -> int:
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory() as folder:
        wheel = venvs.build_wheel(Path(folder))
        pythons, missing = venvs.install_all(Path(folder), wheel)
        if missing_baselines := {RAW, BASE, OURS} & missing.keys():
            sys.exit(
                f"nothing to compare with: {', '.join(missing[name] for name in missing_baselines)}"
            )
        payload = Path(folder) / "payload.json"
        sample.write_sample(payload)
        results = Results(pythons, wheel, payload, arguments.rounds)
        lines, verdicts = list(make_rows(results, missing)), list(check_bars(results))
        size = sizes.measure_sdk_bytes(wheel)
    print(format_table(HEAD, lines))
    print()
    print(format_table(("", "measures"), ((subject.name, subject.what) for subject in SUBJECTS)))
    print()
    print(format_table(("bar", "measured", "limit", "verdict"), verdicts))
    print(f"\nThe SDK takes {size:,} bytes of the wheel.")
    return any(bar.verdict == "MISS" for bar in verdicts)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks/sdk")
    parser.add_argument("--rounds", type=int, default=15, help="rounds of each measurement")
    return parser.parse_args()


def make_rows(results: Results, missing: dict[str, str]) -> Iterator[list[str]]:
    for name in (subject.name for subject in SUBJECTS):
        if name in missing:
            yield [name, f"not installable: {missing[name]}", *[""] * (len(HEAD) - 2)]
        else:
            yield make_row(results, name)


def make_row(results: Results, name: str) -> list[str]:
    calls = [results.calls[call].get(name, "–") for call in call_cost.CALLS]
    other = [results.imports[name], results.memory[name].middle, results.bytes[name]]
    cells = [
        str(cell) if isinstance(cell, Ratio | str) else f"{cell:.2f}" for cell in calls + other
    ]
    return [name, *cells, str(len(results.names[name]))]


def check_bars(results: Results) -> Iterator[Bar]:
    for call, limit in bars.CALLS.items():
        yield check_max(f"{call}, × {RAW}", results.calls[call][OURS], limit)
    for statement, limit in bars.IMPORTS.items():
        measured = results.imports[LAZY if statement == LAZY else OURS]
        yield check_max(f"{statement}, × {BASE}", measured, limit)
    added = results.names[OURS] - results.names[BASE]
    yield check_condition(
        "distributions added", ", ".join(sorted(added)), OURS, is_met=added <= {"imd-sdk"}
    )
    score = type_coverage.measure_completeness(results.pythons[OURS])
    yield check_condition("public types known", f"{score:.1%}", "100%", is_met=score == 1)


if __name__ == "__main__":
    sys.exit(main())
