"""Write all public events to a static HTML page. Run it every night.

python examples/publish_events.py http://127.0.0.1:1218 events.html

The page is replaced only after every event was read, so a failure leaves the old one in place.
"""

import sys
from html import escape
from itertools import groupby
from pathlib import Path

from imd_sdk import Client
from imd_sdk.models import Event

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Events for International Migrants Day</title>
<h1>Events for International Migrants Day</h1>
{days}
</html>
"""


def main(base_url: str, path: str) -> None:
    with Client(base_url, deadline=300) as imd:
        events = sorted(imd.events.list(limit=100), key=lambda event: event.starts_at.isoformat())
    days = groupby(events, key=lambda event: event.starts_at.date())
    page = PAGE.format(days="\n".join(day_html(f"{day:%d %B %Y}", list(of)) for day, of in days))
    draft = Path(f"{path}.part")
    draft.write_text(page, encoding="utf-8")
    draft.replace(path)
    print(f"{len(events)} events written to {path}")


def day_html(day: str, events: list[Event]) -> str:
    items = "\n".join(map(event_html, events))
    return f"<h2>{escape(day)}</h2>\n<ul>\n{items}\n</ul>"


def event_html(event: Event) -> str:
    title = f'<b lang="{escape(event.lang)}" dir="auto">{escape(event.title)}</b>'
    return f"<li>{event.starts_at:%H:%M} {title}, {escape(location(event))}</li>"


def location(event: Event) -> str:
    """The city: the exact place of a private event is never public."""
    if event.place is None:
        return "online"
    return f"{event.place.locality} ({event.place.country})"


if __name__ == "__main__":
    main(*sys.argv[1:])
