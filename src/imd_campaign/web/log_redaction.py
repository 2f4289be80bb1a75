"""Remove client addresses, queries and secrets in paths from uvicorn's access log."""

import logging
import re

SECRET = re.compile(
    r"/(confirm|confirmations|orders|attendances|hosted-events|invitations|personal-data|your-data)"
    r"/[^/?]+"
)
UVICORN = logging.getLogger("uvicorn.access")


class RedactingFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(map(_redact, ("-", *record.args[1:])))
        return True


FILTER = RedactingFilter()


def install_log_filters() -> None:
    UVICORN.addFilter(FILTER)


def _redact(value: object) -> object:
    if not isinstance(value, str):
        return value
    return SECRET.sub(r"/\1/…", value.partition("?")[0])
