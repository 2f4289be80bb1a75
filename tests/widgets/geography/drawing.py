"""Parse an SVG path and find out what is inside it."""

import re

PAIR = re.compile(r"-?\d+")


def rings(path):
    at = (0, 0)
    for part in path.split("z"):
        if not part:
            continue
        assert part[0] == "m"
        numbers = [int(number) for number in PAIR.findall(part)]
        ring = []
        for east, south in zip(numbers[::2], numbers[1::2], strict=True):
            at = (at[0] + east, at[1] + south)
            ring.append(at)
        at = ring[0]
        yield ring


def inside(path, point):
    return sum(_around(ring, point) for ring in rings(path)) % 2 == 1


def _around(ring, point):
    x, y = point
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return sum((a[1] > y) != (b[1] > y) and x < _at(a, b, y) for a, b in pairs)


def _at(a, b, y):
    return a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
