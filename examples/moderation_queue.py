"""List the events and guests that wait for a moderator, to send to staff every morning.

IMD_API_KEY=imd_… python examples/moderation_queue.py http://127.0.0.1:1218

The key needs the scope events:moderate: imd campaign keys create "Staff" --scope events:moderate
"""

import sys
from datetime import UTC, datetime

from imd_sdk import Client, Forbidden, Unauthorized


def main(base_url: str) -> None:
    with Client(base_url) as imd:
        try:
            waiting = print_events(imd) + print_guests(imd)
        except (Unauthorized, Forbidden) as error:
            sys.exit(str(error))
    print(f"{waiting} to decide" if waiting else "Nothing to decide.")


def print_events(imd: Client) -> int:
    number = 0
    for review in imd.moderation.events(state="pending_review"):
        number += 1
        print(f"event {review.event.id}: {review.event.title}, {days_since(review.submitted_at)}")
    return number


def print_guests(imd: Client) -> int:
    number = 0
    for guest in imd.moderation.attendances():
        number += 1
        print(f"guest {guest.id} of event {guest.event}, {days_since(guest.created_at)}")
    return number


def days_since(moment: datetime) -> str:
    return f"waiting for {(datetime.now(UTC) - moment).days} days"


if __name__ == "__main__":
    main(*sys.argv[1:])
