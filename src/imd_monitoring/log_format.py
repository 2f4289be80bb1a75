"""Log lines as text or as JSON; neither has the message of an exception.

Messages of parsers, databases and clients repeat values that people have entered.
"""

import json
import logging
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

LogFormat: TypeAlias = Literal["text", "json"]
FORMATS: tuple[LogFormat, ...] = ("text", "json")
OURS = (
    *("imd", "imd_campaign", "imd_console", "imd_widgets"),
    *("imd_locale", "imd_network", "imd_monitoring"),
)
UVICORN = ("uvicorn", "uvicorn.error", "uvicorn.access")


class DiscreetFilter(logging.Filter):
    """Leave the class and the frames of an exception, and nothing else."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1]:
            record.exc_text = _describe(record.exc_info[1])
            record.exc_info = None
        if record.name == "asyncio":  # its further lines repeat results and errors of tasks
            record.msg, record.args = record.getMessage().partition("\n")[0], ()
        return True


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "time": time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
            **_get_fields(record),
        }
        if record.exc_text:
            line["exception"] = record.exc_text
        return json.dumps(line, ensure_ascii=False, default=str)


def configure_logging(log_format: LogFormat) -> None:
    """Send what all libraries log to standard error; as JSON, with a line for each request."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(DiscreetFilter())
    handler.setFormatter(JsonFormatter() if log_format == "json" else logging.Formatter())
    root = logging.getLogger()
    root.addHandler(handler)
    logging.captureWarnings(capture=True)
    if log_format == "json":
        for name in OURS:
            logging.getLogger(name).setLevel(logging.INFO)


def _get_fields(record: logging.LogRecord) -> Mapping[str, Any]:
    fields: Mapping[str, Any] = getattr(record, "fields", {})
    return fields


def _describe(error: BaseException) -> str:
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{type(error).__name__}\n{frames}"
