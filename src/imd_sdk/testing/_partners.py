"""Partners: signatures that they have verified themselves, and their numbers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from imd_sdk.testing import _petitions
from imd_sdk.testing._problems import invalid_field, not_found
from imd_sdk.testing._state import Signature, choose_language, mailbox

if TYPE_CHECKING:
    from imd_sdk.testing._requests import EndpointRequest
    from imd_sdk.testing._schemas import AttestedSignatureForm
    from imd_sdk.testing._state import Partner, Petition, State, Wire

STEP = 10


def attest(state: State, request: EndpointRequest) -> Any:
    form, partner = request.form, _get_partner(state, request)
    _publish_due(state)
    if form.email is None and form.reference is None:
        message = "is required for a signature without an e-mail address."
        raise invalid_field("reference", message)
    if form.email is None and form.updates:
        raise invalid_field("updates", "needs an e-mail address.")
    petition = _petitions.find_open(state, request.path_params["slug"])
    signature = _make_signature(state, partner, form)
    petition.signatures.setdefault(signature.mailbox, signature)
    return {"status": "recorded"}


def _make_signature(state: State, partner: Partner, form: AttestedSignatureForm) -> Signature:
    box = mailbox(form.email) if form.email else f"{partner.source} {form.reference}"
    now = state.now()
    chosen = {
        "country": form.country,
        "lang": form.lang,
        "source": partner.source,
        "public": form.public,
        "updates": form.updates,
    }
    made = Signature(state.new("sig_"), box, form.name, form.email or "", now, chosen, now)
    made.line = "attested"
    return made


def numbers(state: State, request: EndpointRequest) -> Any:
    partner = _get_partner(state, request)
    if partner.source != request.path_params["source"]:
        raise not_found()
    return _numbers(state, partner, request.query.lang)


def page(state: State, request: EndpointRequest) -> Any:
    source = state.partner_links.get(request.path_params["token"])
    if source is None:
        raise not_found()
    return _numbers(state, state.partners[source], request.query.lang)


def _get_partner(state: State, request: EndpointRequest) -> Partner:
    key = request.headers["authorization"].partition(" ")[2].strip()
    return state.partners[state.key_partners[key]]


def _publish_due(state: State) -> None:
    """Publish the numbers of every partner once a day (UTC), rounded down to tens."""
    today = state.now().date()
    for partner in state.partners.values():
        if partner.published_on == today:
            continue
        partner.published_on = today
        for petition in state.petitions.values():
            _publish(partner, petition)


def _publish(partner: Partner, petition: Petition) -> None:
    own = [s for s in petition.signatures.values() if s.chosen["source"] == partner.source]
    if own and partner.published_on:
        countries = Counter(signature.chosen["country"] for signature in own)
        attested = sum(signature.line == "attested" for signature in own)
        partner.totals[petition.slug] = _round_down(len(own))
        partner.attested[petition.slug] = _round_down(attested)
        partner.days.setdefault(petition.slug, {})[partner.published_on] = _round_down(len(own))
        partner.countries[petition.slug] = {at: _round_down(n) for at, n in countries.items()}


def _round_down(count: int) -> int:
    return count // STEP * STEP


def _numbers(state: State, partner: Partner, lang: str | None) -> Wire:
    _publish_due(state)
    return {
        "source": partner.source,
        "name": partner.name,
        "published_on": str(partner.published_on) if partner.published_on else None,
        "petitions": [_petition(partner, one, lang) for one in state.petitions.values()],
    }


def _petition(partner: Partner, petition: Petition, lang: str | None) -> Wire:
    slug, language = petition.slug, choose_language(petition.texts, lang)
    return {
        "petition": slug,
        "lang": language,
        "title": petition.texts[language]["title"],
        "total": partner.totals.get(slug, 0),
        "attested": partner.attested.get(slug, 0),
        "days": [
            {"date": str(day), "count": count} for day, count in partner.days.get(slug, {}).items()
        ],
        "countries": [
            {"country": country, "count": count}
            for country, count in sorted(partner.countries.get(slug, {}).items())
            if count
        ],
    }
