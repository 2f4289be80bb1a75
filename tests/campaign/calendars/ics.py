"""Calendars for tests, written line by line."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from imd_campaign.calendars.entries import Feed, read_feed

NAIROBI = ZoneInfo("Africa/Nairobi")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def make_event(**lines: str) -> str:
    """An event; `DTSTART__TZID_Europe/Paris` stands for a parameter."""
    given = {
        "UID": "vigil@group.example",
        "DTSTART": "20261218T180000",
        "DTEND": "20261218T200000",
        "SUMMARY": "Sample vigil",
        "DESCRIPTION": "Bring a candle.",
        "LOCATION": "Sample Hall\\, 5 Sample Street",
    }
    given |= {name.replace("_", "-"): value for name, value in lines.items()}
    body = "".join(
        f"{name}{'' if value.startswith(';') else ':'}{value}\r\n"
        for name, value in given.items()
        if value
    )
    return f"BEGIN:VEVENT\r\n{body}END:VEVENT\r\n"


def make_calendar(*events: str, head: str = "") -> bytes:
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{head}{''.join(events)}END:VCALENDAR\r\n"
    return text.encode()


def read(*events: str, head: str = "") -> Feed:
    return read_feed(make_calendar(*events, head=head), NAIROBI, NOW)
