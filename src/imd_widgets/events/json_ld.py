from typing import Any
from urllib.parse import quote

from imd_sdk.models import Event, EventState, Place, Precision
from imd_widgets.urls import keep_web_url

SCHEDULES = {
    EventState.PUBLIC: "https://schema.org/EventScheduled",
    EventState.CANCELLED: "https://schema.org/EventCancelled",
}
OFFLINE = "https://schema.org/OfflineEventAttendanceMode"
ONLINE = "https://schema.org/OnlineEventAttendanceMode"


IN_STOCK, SOLD_OUT = "https://schema.org/InStock", "https://schema.org/SoldOut"


def make_event_data(event: Event, public_url: str, lang: str, *, has_form: bool) -> dict[str, Any]:
    """Make https://schema.org/Event data for search engines; empty if the event is not public."""
    if event.state not in SCHEDULES:
        return {}
    address = f"{public_url}/events/{quote(event.id, safe='')}"
    own_page = "" if event.online else keep_web_url(event.url)
    return {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": event.title,
        "description": event.description,
        "inLanguage": event.lang,
        "startDate": event.starts_at.isoformat(),
        **({"endDate": event.ends_at.isoformat()} if event.ends_at else {}),
        "eventStatus": SCHEDULES[event.state],
        "eventAttendanceMode": ONLINE if event.place is None else OFFLINE,
        "location": _make_place(event.place)
        if event.place
        else _make_virtual_location(event, address),
        "image": [f"{address}.png?lang={lang}"],
        **({"organizer": _make_organizer(event.host, own_page or address)} if event.host else {}),
        **({"offers": _make_offer(event, address)} if has_form else {}),
        "url": address,
    }


def _make_organizer(name: str, url: str) -> dict[str, Any]:
    return {"@type": "Organization", "name": name, "url": url}


def _make_offer(event: Event, address: str) -> dict[str, Any]:
    """Make an offer of a place at the event, without a price: prices are not known."""
    sold_out = event.places_left is not None and event.places_left <= 0
    return {"@type": "Offer", "url": address, "availability": SOLD_OUT if sold_out else IN_STOCK}


def _make_place(place: Place) -> dict[str, Any]:
    exact = place.precision == Precision.EXACT
    address = {
        "streetAddress": place.address if exact else None,
        "addressLocality": place.locality,
        "addressRegion": place.region,
        "addressCountry": place.country,
    }
    return {
        "@type": "Place",
        "name": (place.name if exact else None) or place.locality,
        "address": {"@type": "PostalAddress"} | {k: v for k, v in address.items() if v},
        **({"geo": _make_point(place)} if exact else {}),
    }


def _make_point(place: Place) -> dict[str, Any]:
    return {
        "@type": "GeoCoordinates",
        "latitude": place.latitude,
        "longitude": place.longitude,
    }


def _make_virtual_location(event: Event, address: str) -> dict[str, Any]:
    return {"@type": "VirtualLocation", "url": keep_web_url(event.url) or address}
