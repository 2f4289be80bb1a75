"""The log line of a request: it has no path, no query, no address and no header."""

import logging


def log_access(
    logger: logging.Logger,
    method: str,
    route: str,
    status: int,
    seconds: float,
    *,
    request_id: str | None = None,
) -> None:
    if not logger.isEnabledFor(logging.INFO):
        return
    milliseconds = seconds * 1000
    fields = {
        "method": method,
        "route": route,
        "status": status,
        "duration_ms": round(milliseconds, 1),
    }
    if request_id:
        fields["request_id"] = request_id
    line = (method, route, status, milliseconds, request_id or "-")
    logger.info("%s %s %d %.1f ms %s", *line, extra={"fields": fields})
