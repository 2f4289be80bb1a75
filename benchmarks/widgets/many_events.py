"""A campaign server with 100,000 events in 3,000 places, in its own database."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import uvicorn

from imd_campaign import db
from imd_campaign.app import create_app
from imd_campaign.crypto import new_key_pair
from imd_campaign.events import store
from imd_campaign.events.geography import Point
from imd_campaign.events.index import store as index_store
from imd_campaign.settings import Settings

EVENTS, PLACES, ONLINE = 100_000, 3_000, 0.02
BEGINS = datetime(2026, 12, 18, 6, tzinfo=UTC)
KINDS = ("action", "gathering", "vigil", "potluck", "rally", "march", "press", "other")
LANGUAGES = ("en", "es", "fr", "ar", "pt-BR")
COUNTRIES = ("MX", "US", "CO", "BR", "ES", "FR", "DE", "IT", "KE", "NG", "LB", "IN", "NP", "PH")


def make_settings(url: str) -> Settings:
    return Settings(secret="s" * 40, public_key=new_key_pair()[0], database_url=url)


def fill(url: str, count: int = EVENTS) -> None:
    engine = db.open_engine(url)
    db.migrate(engine)
    dice = Random(18)  # noqa: S311 - a sample
    places = [make_place(dice, number) for number in range(PLACES)]
    with db.Database(engine).write() as connection:
        index_store.ensure_current(connection)
        rows = [make_row(dice, number, dice.choice(places)) for number in range(count)]
        store.add_all(connection, rows)
    engine.dispose()


def make_place(dice: Random, number: int) -> tuple[str, str, float, float]:
    latitude = max(-54.0, min(70.0, dice.gauss(25, 22)))
    return f"Sample town {number}", dice.choice(COUNTRIES), latitude, dice.uniform(-170, 179)


def make_row(dice: Random, number: int, place: tuple[str, str, float, float]) -> dict[str, Any]:
    locality, country, latitude, longitude = place
    online = dice.random() < ONLINE
    point = Point(
        round(latitude + dice.gauss(0, 0.05), 5), round(longitude + dice.gauss(0, 0.05), 5)
    )
    begins = BEGINS + timedelta(minutes=15 * dice.randrange(96))
    languages = [dice.choice(LANGUAGES)]
    place_values = {
        "place_name": f"Sample hall {number}",
        "locality": locality,
        "country": country,
        "latitude": point.latitude,
        "longitude": point.longitude,
    }
    return {
        "id": f"evt_{dice.getrandbits(88):022x}",
        "state": "public",
        "kind": "online" if online else dice.choice(KINDS),
        "title": f"Sample event {number}",
        "description": "A paragraph about a sample event. " * 8,
        "lang": languages[0],
        "languages": languages,
        "starts_at": begins,
        "ends_at": begins + timedelta(hours=2),
        "time_zone": "UTC",
        "first_day": begins.date(),
        "last_day": begins.date(),
        "online": online,
        "private": False,
        **dict.fromkeys(place_values),
        **dict.fromkeys(("address", "region")),
        **({} if online else place_values),
        "host": "Sample Group",
        "capacity": None,
        "created_at": BEGINS,
        "updated_at": BEGINS,
    }


def serve(folder: str, port: str) -> None:
    url = f"sqlite:///{Path(folder) / 'campaign.sqlite3'}"
    app = create_app(make_settings(url))
    uvicorn.run(app, port=int(port), access_log=False, log_level="warning")


if __name__ == "__main__":
    serve(*sys.argv[1:])
