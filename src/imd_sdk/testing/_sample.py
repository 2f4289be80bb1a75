"""What a campaign in memory begins with: plainly a sample, in English and Spanish."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from imd_sdk.testing import _events, _schemas
from imd_sdk.testing._state import NOBODY, Edition, File, Petition, Poster, Resource

if TYPE_CHECKING:
    from imd_sdk.testing._state import State

NAMES = {"en": "International Migrants Day", "es": "Día Internacional del Migrante"}
LINKS = {
    "website": "https://campaign.example/",
    "donate": "https://campaign.example/donate",
    "resources": "https://campaign.example/resources",
}
PETITION = {
    "en": {
        "title": "Join the 1990 Convention",
        "summary": "A sample petition in one sentence.",
        "text": "A first paragraph.\n\nA second paragraph.",
        "target": "All Member States of the United Nations",
    },
    "es": {
        "title": "Súmense a la Convención de 1990",
        "summary": "Una petición de muestra en una frase.",
        "text": "Un primer párrafo.\n\nUn segundo párrafo.",
        "target": "Todos los Estados Miembros de las Naciones Unidas",
    },
}
EVENTS: dict[str, dict[str, Any]] = {
    "mexico_city_vigil": {
        "title": "Vigilia por las personas migrantes",
        "description": "Un acto de muestra.",
        "lang": "es",
        "languages": ["es", "en"],
        "kind": "vigil",
        "starts": "18:00:00-06:00",
        "ends": "19:30:00-06:00",
        "time_zone": "America/Mexico_City",
        "host": "Grupo de Muestra",
        "capacity": 5,
        "place": {
            "name": "Iglesia de muestra",
            "address": "Calle de Ejemplo 5",
            "locality": "Ciudad de México",
            "country": "MX",
            "latitude": 19.4326,
            "longitude": -99.1332,
        },
    },
    "oakland_potluck": {
        "title": "Potluck at home",
        "description": "A sample event at a private home.",
        "lang": "en",
        "languages": ["en", "es"],
        "kind": "potluck",
        "starts": "19:00:00-08:00",
        "time_zone": "America/Los_Angeles",
        "host": "Sample Neighbour",
        "capacity": 12,
        "place": {
            "name": "Sample Home",
            "address": "18 Example Street",
            "locality": "Oakland",
            "region": "California",
            "country": "US",
            "latitude": 37.8044,
            "longitude": -122.2712,
            "private": True,
        },
    },
    "nairobi_gathering": {
        "title": "Gathering of families with someone abroad",
        "description": "A sample event.",
        "lang": "en",
        "languages": ["en", "sw"],
        "kind": "gathering",
        "starts": "15:00:00+03:00",
        "time_zone": "Africa/Nairobi",
        "host": "Sample Hall Committee",
        "place": {
            "name": "Sample Hall",
            "address": "1 Sample Street",
            "locality": "Nairobi",
            "country": "KE",
            "latitude": -1.2864,
            "longitude": 36.8172,
        },
    },
    "online_storm": {
        "title": "Share storm: one hour, everywhere at once",
        "description": "A sample event online.",
        "lang": "en",
        "languages": ["en", "es"],
        "kind": "online",
        "starts": "16:50:00+00:00",
        "ends": "18:00:00+00:00",
        "time_zone": "Etc/UTC",
        "host": "Sample Network",
        "url": "https://campaign.example/storm",
    },
}
POSTER = {
    "en": {
        "title": "Many Paths",
        "description": "A sample poster.",
        "alternative_text": "Paths that meet in one trunk.",
    },
    "es": {
        "title": "Muchos caminos",
        "description": "Un cartel de muestra.",
        "alternative_text": "Caminos que se juntan en un tronco.",
    },
}
DRAWING = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 28">
  <title>Many Paths, a sample</title>
  <path d="M2 28 10 14 18 28M10 14V6" stroke="#b3261e"/>
</svg>
"""
SHARE_KIT: dict[str, dict[str, Any]] = {
    "en": {
        "hashtags": ["InternationalMigrantsDay", "ManyPaths"],
        "messages": [
            {"id": "convention", "text": "I signed for the 1990 Convention. Add your name:"},
            {"id": "event", "text": "Find an event near you, or host one:"},
        ],
    },
    "es": {
        "hashtags": ["DíaInternacionalDelMigrante", "MuchosCaminos"],
        "messages": [
            {"id": "convention", "text": "Firmé por la Convención de 1990. Suma tu nombre:"},
            {"id": "event", "text": "Busca un acto cerca de ti, u organiza uno:"},
        ],
    },
}
RESOURCES: dict[str, dict[str, Any]] = {
    "the-day": {
        "kind": "background",
        "url": "https://campaign.example/resources/the-day",
        "texts": {
            "en": {
                "title": "Why 18 December",
                "summary": "Where the day comes from.",
                "body": "Adopted on 18 December 1990.\n\nProclaimed on 4 December 2000.",
            }
        },
    },
    "city-resolution": {
        "kind": "tip_sheet",
        "url": "https://campaign.example/resources/city-resolution",
        "texts": {
            "en": {
                "title": "A resolution of your city",
                "summary": "How to ask for one.",
                "body": "Find an ally.\n\nBring a draft.",
            }
        },
    },
}
EDITIONS = {
    "open": {"en": "Open edition", "es": "Edición abierta"},
    "limited": {"en": "Limited edition, numbered", "es": "Edición limitada, numerada"},
}


def fill(state: State) -> None:
    state.names, state.links, state.petition = dict(NAMES), dict(LINKS), "convention"
    state.share_kit, state.share_url = dict(SHARE_KIT), LINKS["website"]
    opens_at = datetime(state.now().year, 1, 1, tzinfo=UTC)
    state.petitions["convention"] = Petition(
        "convention", dict(PETITION), 10000, [1000, 5000, 10000], opens_at, None
    )
    state.posters["many-paths"] = _poster(state.now().year)
    for slug, resource in RESOURCES.items():
        state.resources[slug] = Resource(slug, **resource)
    day = coming_day(state.now())
    for name, sample in EVENTS.items():
        form = _schemas.EventForm.model_validate(submission(sample, day))
        _events.put(state, form, f"evt_sample_{name}")


def coming_day(now: datetime) -> str:
    """The coming 18 December that is a week away at least, so that tests pass all year."""
    day = datetime(now.year, 12, 18, tzinfo=UTC)
    year = now.year + (day - now < timedelta(days=7))
    return f"{year}-12-18"


def submission(sample: dict[str, Any], day: str) -> dict[str, Any]:
    request = {name: part for name, part in sample.items() if name not in {"starts", "ends"}}
    request["host"] = {"name": sample["host"], "email": NOBODY}
    request["starts_at"] = f"{day}T{sample['starts']}"
    request["ends_at"] = f"{day}T{sample['ends']}" if "ends" in sample else None
    return request | {"online": "place" not in sample}


def _poster(year: int) -> Poster:
    drawing = File("many-paths.svg", "print", "image/svg+xml", 2000, 2800, DRAWING)
    return Poster(
        "many-paths",
        dict(POSTER),
        "Sample Campaign Studio",
        year,
        "on_sale",
        [edition("open", 2500, "USD", None), edition("limited", 9000, "USD", 10)],
        [drawing],
    )


def edition(kind: str, amount: int, currency: str, run: int | None, sold: int = 0) -> Edition:
    price = {"amount": amount, "currency": currency}
    return Edition(kind, kind, EDITIONS[kind], "50 × 70 cm", price, run, sold)
