"""Times as arguments of commands."""

import argparse
from datetime import datetime


def parse_time(text: str) -> datetime:
    """Read a time; one without an offset is local."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError("must be a time such as 2026-11-23T12:00Z") from error
