"""Log unexpected errors without their messages: those of databases and parsers repeat values."""

import logging
import traceback

FAILURES = logging.getLogger("imd_campaign.failures")


def log_failure(where: str, error: BaseException) -> None:
    frames = "".join(traceback.format_tb(error.__traceback__))
    FAILURES.error("%s %s\n%s", where, type(error).__name__, frames)
