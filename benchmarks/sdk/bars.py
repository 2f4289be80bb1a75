"""The limits of the SDK; a clear miss fails the run."""

from typing import NamedTuple

from paired_ratios import Ratio

CALLS = {"get": 1.2, "page": 1.3, "post": 1.2}
IMPORTS = {"import imd_sdk": 0.1, "from imd_sdk import Client": 1.35}


class Bar(NamedTuple):
    what: str
    measured: str
    limit: str
    verdict: str


def check_max(what: str, measured: Ratio, limit: float) -> Bar:
    """Compare the median with a limit; a miss is clear if three rounds of four miss it."""
    if measured.middle <= limit:
        verdict = "pass"
    else:
        verdict = "MISS" if measured.low > limit else "unclear: run it again"
    return Bar(what, str(measured), f"≤ {limit}", verdict)


def check_condition(what: str, measured: str, limit: str, *, is_met: bool) -> Bar:
    return Bar(what, measured, limit, "pass" if is_met else "MISS")
