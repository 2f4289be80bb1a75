"""Measures what somebody who adds signatures of their own learns from the counts by country.

    python benchmarks/campaign/country_counts.py

The attacker confirms signatures from mailboxes of their own and reads the number each day. Nobody
else signs meanwhile, which is the attacker's best case. Two questions:

- How many others have signed? At first the attacker thinks all numbers below 100 equally likely.
  The table has how many numbers are still possible, on average: 1 means the attacker knows it.
- Has one person signed? The attacker knows how many others have. The table has how often the
  better guess is right: 50 % is as good as a coin, 100 % means the attacker knows it.

Besides the server's rule it measures plain rounding down, and thresholds that are drawn every day,
even if the number stays. The exit status is 1 if thirty signatures of the attacker are enough to
leave fewer than two numbers, or to guess right in more than 70 % of the cases.
"""

import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from statistics import fmean

from imd_campaign.petitions.public_counts import STEP, PublicCount

LARGEST, RUNS = 100, 100
MIN_POSSIBLE, MAX_RIGHT = 2.0, 0.7
THRESHOLDS = range(STEP, 2 * STEP)


@dataclass(frozen=True)
class Rule:
    """How a number is published: by a secret that the attacker does not know."""

    name: str
    secrets: tuple[tuple[int, int], ...]
    publish: Callable[[int, tuple[int, int], int], int]
    is_drawn_daily: bool = False

    @cache  # noqa: B019 there are three rules
    def find_secrets(self, before: int, total: int, after: int) -> frozenset[tuple[int, int]]:
        """Return the secrets with which one number follows another."""
        return frozenset(s for s in self.secrets if self.publish(before, s, total) == after)

    def has_new_secret(self, before: int, after: int) -> bool:
        return self.is_drawn_daily or before != after


@cache
def follow(count: int, secret: tuple[int, int], total: int) -> int:
    return PublicCount(count, *secret).update(total).count


def round_down(_count: int, _secret: tuple[int, int], total: int) -> int:
    return total // STEP * STEP


PAIRS = tuple(product(THRESHOLDS, THRESHOLDS))
OURS = Rule("the server's rule", PAIRS, follow)
RULES = (
    Rule("rounding down", ((0, 0),), round_down),
    Rule("drawn every day", PAIRS, follow, is_drawn_daily=True),
    OURS,
)

# The attacker's signatures on each day.
ATTACKS: dict[str, Callable[[int], list[int]]] = {
    **{f"one more a day, {n}": lambda _, n=n: list(range(n + 1)) for n in (10, 20, 30, 50, 100)},
    "up to 9, then 60 days": lambda others: [0, *[-(others + 1) % STEP] * 60],
    "30, withdrawn, 10 times": lambda _: [0, *[30, 0] * 10],
    "30, withdrawn, 40 times": lambda _: [0, *[30, 0] * 40],
}


def main() -> int:
    print(f"{'':26}" + "".join(f"{rule.name:>24}" for rule in RULES))
    measured = {name: [measure(rule, attack) for rule in RULES] for name, attack in ATTACKS.items()}
    for name, results in measured.items():
        cells = (f"{possible:8.1f} numbers, {right:4.0%}" for possible, right in results)
        print(f"{name:26}" + "".join(f"{cell:>24}" for cell in cells))
    possible, right = measured["one more a day, 30"][RULES.index(OURS)]
    is_missed = possible < MIN_POSSIBLE or right > MAX_RIGHT
    limits = f"limits {MIN_POSSIBLE:.0f} numbers and {MAX_RIGHT:.0%}"
    print(f"30 signatures, one a day, {limits}: {'MISS' if is_missed else 'pass'}")
    return is_missed


def measure(rule: Rule, attack: Callable[[int], list[int]]) -> tuple[float, float]:
    """Return how many numbers stay possible, and how often a guess about a person is right."""
    chance, possible, right = random.Random(18), [], []  # noqa: S311 repeatable
    for _ in range(RUNS):
        others = chance.randrange(LARGEST - 1)
        own, signed = attack(others), others + chance.randrange(2)
        seen = play(rule, [signed + number for number in own], chance)
        weights = [weigh(rule, own, seen, n) for n in range(LARGEST)]
        possible.append(sum(weight > 0 for weight in weights))
        two = weights[others : others + 2]
        right.append(max(two) / sum(two))
    return fmean(possible), fmean(right)


def play(rule: Rule, totals: Sequence[int], chance: random.Random) -> list[int]:
    """Return the numbers that the campaign publishes."""
    published, secret = [0], chance.choice(rule.secrets)
    for total in totals:
        published.append(rule.publish(published[-1], secret, total))
        if rule.has_new_secret(*published[-2:]):
            secret = chance.choice(rule.secrets)
    return published


def weigh(rule: Rule, own: Sequence[int], seen: Sequence[int], others: int) -> float:
    """Return how likely the published numbers are if so many others have signed."""
    weight, secrets = 1.0, frozenset(rule.secrets)
    for before, after, number in zip(seen, seen[1:], own, strict=False):
        total = others + number
        left = secrets & rule.find_secrets(before, total, after)
        if not left:
            return 0.0
        weight *= len(left) / len(secrets)
        secrets = frozenset(rule.secrets) if rule.has_new_secret(before, after) else left
    return weight


if __name__ == "__main__":
    sys.exit(main())
