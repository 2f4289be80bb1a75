"""Paired measurements: in each round every subject has one turn, and gives one ratio."""

from collections.abc import Iterator
from statistics import median, quantiles
from typing import NamedTuple


class Ratio(NamedTuple):
    middle: float
    low: float
    high: float

    def __str__(self) -> str:
        if self.low == self.high:
            return f"{self.middle:.2f}"
        return f"{self.middle:.2f} ({self.low:.2f}–{self.high:.2f})"


def compute_ratio(values: list[float], base: list[float]) -> Ratio:
    """Return the median of the rounds' ratios, and the quartiles around it."""
    pairs = [one / other for one, other in zip(values, base, strict=True)]
    low, _, high = quantiles(pairs, n=4)
    return Ratio(median(pairs), low, high)


def make_orders(names: list[str], rounds: int) -> Iterator[list[str]]:
    """Yield an order for each round: another subject begins, and every second round is reversed."""
    for number in range(rounds):
        start = number % len(names)
        order = names[start:] + names[:start]
        yield order[::-1] if number % 2 else order
