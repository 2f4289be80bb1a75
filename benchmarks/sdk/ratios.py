"""Paired measurements: each round gives every subject one turn, and a ratio is of one round."""

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


def ratio(values: list[float], base: list[float]) -> Ratio:
    """The median of the rounds' ratios, and the half of them that lies around it."""
    pairs = [one / other for one, other in zip(values, base, strict=True)]
    low, _, high = quantiles(pairs, n=4)
    return Ratio(median(pairs), low, high)


def turns(names: list[str], rounds: int) -> Iterator[list[str]]:
    """In each round another one begins, and every second round runs backwards."""
    for number in range(rounds):
        start = number % len(names)
        order = names[start:] + names[:start]
        yield order[::-1] if number % 2 else order
