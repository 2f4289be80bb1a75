"""What partners do and get wrong, each written once against the SDK's `Client`."""

import io
from collections.abc import Callable
from typing import Any

from imd_sdk import ImdError
from imd_sdk.models import WebhookType

SCENARIOS: dict[str, Callable[[Any], object]] = {}
WORLD = (-180, -90, 180, 90)
PERSON = {"name": "Sample Person", "email": "sample.person@example.org", "country": "KE"}
GUEST = {"name": "Sample Guest", "email": "guest@example.org"}
BUYER = {
    "name": "Sample Buyer",
    "email": "buyer@example.org",
    "address": {"lines": ["1 Sample Street"], "locality": "Sampletown", "country": "ES"},
}
HALL = {
    "name": "Sample Hall",
    "address": "2 Sample Street",
    "locality": "Nairobi",
    "country": "KE",
    "latitude": -1.28,
    "longitude": 36.81,
}
VIGIL = {
    "title": "Sample vigil",
    "description": "A sample.",
    "kind": "vigil",
    "lang": "en",
    "starts_at": "2026-12-18T18:00:00+03:00",
    "time_zone": "Africa/Nairobi",
    "host": {"name": "Sample Group", "email": "group@example.org"},
    "place": HALL,
}
VIGIL_ID, POTLUCK_ID = "_mexico_city_vigil", "_oakland_potluck"
SIGNING = "/v1/petitions/convention/signatures"
KEY, OTHER_KEY = "one-of-the-sample-keys", "two-of-the-sample-keys"


def scenario(function: Callable[[Any], object]) -> Callable[[Any], object]:
    SCENARIOS[function.__name__] = function
    return function


def attempt(act: Callable[..., object], *arguments: Any, **options: Any) -> Any:
    """Do what may be rejected, and continue."""
    try:
        return act(*arguments, **options)
    except ImdError:
        return None


def event_id(stage: Any, name: str) -> str:
    return next(event.id for event in stage.imd.events.list() if event.id.endswith(name))


def submit(stage: Any, **change: Any) -> Any:
    """Submit an event and confirm it; return its id."""
    stage.imd.events.submit(**{**VIGIL, **change})
    return stage.imd.confirmations.confirm(stage.token()).event


def attend(stage: Any, event: str, **change: Any) -> None:
    """Sign up for an event and confirm it."""
    stage.imd.events.attend(event, **{**GUEST, **change})
    stage.imd.confirmations.confirm(stage.token())


# ------------------------------------------------------------------ the campaign


@scenario
def health(stage):
    stage.imd.campaign.health()


@scenario
def the_campaign_in_a_language_it_has_and_one_it_has_not(stage):
    stage.imd.campaign.get(lang="es")
    stage.imd.campaign.get(lang="ar")


@scenario
def the_share_kit_in_a_form_of_a_language(stage):
    stage.imd.share_kit.get()
    stage.imd.share_kit.get(lang="es-MX")


@scenario
def resources_page_by_page(stage):
    list(stage.imd.resources.list(limit=1))
    stage.imd.resources.get("the-day")
    attempt(stage.imd.resources.get, "nowhere")


@scenario
def a_language_that_is_none(stage):
    attempt(stage.imd.campaign.get, lang="not a language")


# ------------------------------------------------------------------ HTTP


@scenario
def a_public_answer_that_is_known_already(stage):
    tag = stage.raw.get("/v1/campaign").headers["etag"]
    for sent in (tag, f'W/{tag}, "other"', "*", '"other"'):
        stage.raw.get("/v1/campaign", headers={"If-None-Match": sent})


@scenario
def only_the_head_of_an_answer(stage):
    stage.raw.head("/v1/share-kit")


@scenario
def addresses_and_methods_that_there_are_not(stage):
    for method, path in (
        ("GET", "/v1/nowhere"),
        ("DELETE", "/v1/campaign"),
        ("PUT", SIGNING),
        ("GET", "/v1/petitions/a%2Fb"),
        ("GET", "/v1/petitions/"),
        ("GET", "/v1/confirmation-codes"),
        ("PUT", "/v1/confirmations/a"),
        ("GET", "/v1/confirmations/a/rejection"),
        ("GET", "/v1/confirmations/a/unsubscription"),
    ):
        stage.raw.request(method, path)


@scenario
def a_name_with_signs_that_no_name_has(stage):
    stage.raw.get("/v1/petitions/a b")
    stage.raw.get("/v1/events/a~b")
    stage.raw.get("/v1/orders/a~b")
    stage.raw.get("/v1/posters/many-paths/files/a~b")


@scenario
def parameters_that_are_unknown_or_given_twice(stage):
    stage.raw.get("/v1/petitions?page=2&size=3")
    stage.raw.get("/v1/petitions?limit=1&limit=2")
    stage.raw.get("/v1/petitions/convention/count?lang=en")
    stage.raw.post(f"{SIGNING}?lang=en", json=PERSON)


@scenario
def limits_out_of_range(stage):
    for limit in ("0", "101", "many", "", "1.5"):
        stage.raw.get("/v1/events", params={"limit": limit})


@scenario
def a_cursor_of_another_list(stage):
    cursor = stage.raw.get("/v1/events?limit=1").json()["next"]
    for query in (
        f"limit=2&cursor={cursor}",
        f"kind=vigil&cursor={cursor}",
        "cursor=abc",
        "cursor=",
    ):
        stage.raw.get(f"/v1/events?{query}")


@scenario
def keys_that_are_unknown_or_lack_the_scope(stage):
    stage.raw.get("/v1/campaign", headers={"Authorization": "Bearer imd_nonsense"})
    stage.raw.get("/v1/campaign", headers={"Authorization": "Basic abc"})
    attempt(list, stage.imd.petitions.signatures("convention"))
    attempt(list, stage.client("events:moderate").petitions.signatures("convention"))
    attempt(list, stage.client("signatures:read").moderation.events())
    attempt(stage.imd.moderation.decide_event, VIGIL_ID, decision="approve", reason="A sample.")


@scenario
def a_good_key_where_none_is_needed(stage):
    stage.moderator.campaign.get()


@scenario
def a_visitors_address_without_the_scope_to_relay_it(stage):
    attempt(stage.imd.petitions.sign, "convention", **PERSON, visitor_address="192.0.2.1")
    partner = stage.client("signatures:write")
    attempt(partner.petitions.sign, "convention", **PERSON, visitor_address="192.0.2.1")


@scenario
def a_relayed_form(stage):
    relay = stage.client("submissions:relay")
    relay.petitions.sign("convention", **PERSON, visitor_address="192.0.2.1")
    relay.campaign.challenge(visitor_address="192.0.2.1")


@scenario
def a_visitors_address_that_is_none(stage):
    key = {"Authorization": f"Bearer {stage.key('submissions:relay')}"}
    stage.raw.post(SIGNING, json=PERSON, headers={**key, "Imd-Visitor-Address": "somewhere"})


@scenario
def a_form_with_a_proof_that_is_none(stage):
    stage.imd.petitions.sign("convention", **PERSON, proof="nonsense")
    stage.imd.campaign.challenge()


# ------------------------------------------------------------------ bodies


@scenario
def bodies_that_are_no_json(stage):
    json = {"Content-Type": "application/json"}
    stage.raw.post(SIGNING, content=b"{", headers=json)
    stage.raw.post(SIGNING, content=b"[]", headers=json)
    stage.raw.post(SIGNING, content=b"null", headers=json)
    stage.raw.post(SIGNING)
    stage.raw.post(SIGNING, data={"name": "Sample"})
    stage.raw.post(
        SIGNING, content=b"{}", headers={"Content-Type": "application/json; charset=latin-1"}
    )


@scenario
def a_body_that_is_too_large(stage):
    stage.raw.post(SIGNING, json={**PERSON, "name": "x" * 70_000})


@scenario
def a_signature_with_every_field_wrong(stage):
    stage.raw.post(
        SIGNING,
        json={
            "name": " ",
            "email": "nonsense",
            "country": "es",
            "lang": "not a language",
            "source": "Not A Slug",
            "extra": True,
        },
    )


@scenario
def a_signature_with_fields_missing_or_of_other_types(stage):
    stage.raw.post(SIGNING, json={})
    stage.raw.post(SIGNING, json={"name": 1, "email": None, "country": ["KE"]})


@scenario
def names_and_addresses_as_people_write_them(stage):
    for place, (name, email) in enumerate(
        [
            ("أمينة", "amina@example.org"),
            ("  Zoë   Ångström ", " zoe@example.org "),
            ("a" * 100, "long@example.org"),
            ("a" * 101, "longer@example.org"),
            ("Sample\u202ePerson", "turned@example.org"),
            ("Sample\tPerson", "tab@example.org"),
            ("Sample", "a..b@example.org"),
            ("Sample", "a@b@example.org"),
            ("Sample", "a@localhost"),
            ("Sample", "a@-example.org"),
            ("Sample", "用户@例子.测试"),
            ("Sample", "a+b@sub.example.co.uk"),
            ("Sample", "a" * 65 + "@example.org"),
        ]
    ):
        attempt(stage.imd.petitions.sign, "convention", name=name, email=email, country="KE")
        stage.advance(seconds=place)


# ------------------------------------------------------------------ petitions


@scenario
def petitions_are_read(stage):
    list(stage.imd.petitions.list(lang="es"))
    stage.imd.petitions.get("convention")
    attempt(stage.imd.petitions.get, "nowhere")
    attempt(stage.imd.petitions.count, "nowhere")


@scenario
def kosovo_is_a_country(stage):
    stage.imd.petitions.sign("convention", **{**PERSON, "country": "XK"})
    vigil = {**VIGIL, "place": {**HALL, "country": "XK"}}
    assert stage.raw.post("/v1/events", json=vigil).status_code == 202
    list(stage.imd.events.list(country="XK"))


@scenario
def the_count_is_taken_once_a_window(stage):
    stage.imd.petitions.count("convention")
    stage.imd.petitions.sign("convention", **PERSON)
    stage.imd.confirmations.confirm(stage.token())
    stage.imd.petitions.count("convention")
    stage.advance(seconds=30)
    stage.imd.petitions.count("convention")


@scenario
def places_withhold_small_numbers(stage):
    list(stage.imd.petitions.places("convention"))


@scenario
def signers_are_those_who_wanted(stage):
    for number, public in enumerate([True, False, True]):
        stage.imd.petitions.sign("convention", **{**PERSON, "email": f"s{number}@example.org"})
        stage.advance(seconds=1)
        stage.imd.confirmations.confirm(stage.token(), public=public)
    stage.imd.petitions.sign("convention", **PERSON)
    list(stage.imd.petitions.signers("convention", limit=1))


@scenario
def signatures_are_listed_sealed_in_the_order_of_confirmation(stage):
    tokens = []
    for number in range(3):
        person = {**PERSON, "email": f"s{number}@example.org"}
        stage.imd.petitions.sign("convention", **person, lang="es", source=f"partner-{number}")
        tokens.append(stage.token())
    for number in (1, 0):
        stage.advance(seconds=1)
        stage.imd.confirmations.confirm(tokens[number], updates=True)
    key = {"Authorization": f"Bearer {stage.key('signatures:read')}"}
    stage.raw.get(SIGNING, params={"limit": 100}, headers=key)
    stage.seen[-1]["body"] = stage.seen[-1]["body"]["items"][-2:]


# ------------------------------------------------------------------ confirmations


@scenario
def signing_and_confirming(stage):
    stage.imd.petitions.sign("convention", **PERSON, lang="es", source="partner-1")
    token = stage.token()
    stage.imd.confirmations.get(token)
    stage.imd.confirmations.confirm(token, public=True)
    stage.imd.confirmations.confirm(token, name="Another")
    stage.imd.confirmations.get(token)
    list(stage.imd.petitions.signers("convention"))


@scenario
def consent_is_no_field_of_the_form(stage):
    for field in ("public", "updates"):
        stage.raw.post(SIGNING, json={**PERSON, field: True})


@scenario
def a_name_is_corrected_when_confirming(stage):
    stage.imd.petitions.sign("convention", **PERSON)
    stage.imd.confirmations.confirm(stage.token(), public=True, name="  Zoë   Ångström ")
    list(stage.imd.petitions.signers("convention"))


@scenario
def confirming_with_and_without_a_body(stage):
    json = {"Content-Type": "application/json"}
    for number, body in enumerate([{}, {"content": b"null", "headers": json}, {"json": {}}]):
        stage.imd.petitions.sign("convention", **{**PERSON, "email": f"b{number}@example.org"})
        stage.raw.post(f"/v1/confirmations/{stage.token()}", **body)


@scenario
def confirming_with_wrong_fields(stage):
    stage.imd.petitions.sign("convention", **PERSON)
    path = f"/v1/confirmations/{stage.token()}"
    for body in (
        {"extra": 1},
        {"public": 1},
        {"updates": "yes"},
        {"public": None},
        {"name": ""},
        {"name": "a" * 101},
        {"name": "Sample\u202ePerson"},
        [],
    ):
        stage.raw.post(path, json=body)
    for part in ("rejection", "unsubscription"):
        stage.raw.post(f"{path}/{part}", json={"public": True})
    stage.imd.confirmations.get(stage.token())


@scenario
def a_token_that_is_unknown_or_too_old(stage):
    stage.imd.petitions.sign("convention", **PERSON)
    token, code = stage.token(), stage.code()
    stage.advance(days=7)
    confirmations = stage.imd.confirmations
    for one in ("nonsense", token):
        for act in (confirmations.get, confirmations.confirm):
            attempt(act, one)
        for act in (confirmations.reject, confirmations.undo_rejection):
            attempt(act, one)
    attempt(confirmations.unsubscribe, "nonsense")
    attempt(confirmations.find, email=PERSON["email"], code=code)


@scenario
def a_stranger_is_rejected(stage):
    stage.imd.petitions.sign("convention", **PERSON)
    token = stage.token()
    for _ in range(2):
        stage.imd.confirmations.reject(token)
    stage.imd.confirmations.get(token)
    attempt(stage.imd.confirmations.confirm, token)
    stage.advance(hours=2)
    stage.imd.petitions.sign("convention", **{**PERSON, "email": "Sample.Person@example.org"})
    stage.kinds()


@scenario
def a_rejection_is_undone(stage):
    stage.imd.petitions.sign("convention", **PERSON)
    token = stage.token()
    stage.imd.confirmations.reject(token)
    for _ in range(2):
        stage.imd.confirmations.undo_rejection(token)
    stage.imd.confirmations.get(token)
    attempt(stage.imd.confirmations.confirm, token)
    stage.advance(hours=2)
    stage.imd.petitions.sign("convention", **PERSON)
    stage.kinds()
    stage.imd.confirmations.confirm(stage.token())
    stage.imd.confirmations.get(token)


@scenario
def what_waits_is_unsubscribed_from(stage):
    stage.imd.petitions.sign("convention", **PERSON)
    token = stage.token()
    for _ in range(2):
        stage.imd.confirmations.unsubscribe(token)
    stage.imd.confirmations.get(token)
    attempt(stage.imd.confirmations.confirm, token)
    stage.imd.petitions.sign("convention", **PERSON)
    stage.kinds()
    stage.imd.confirmations.undo_rejection(token)
    stage.imd.petitions.sign("convention", **PERSON)
    stage.kinds()


@scenario
def what_has_expired_is_unsubscribed_from(stage):
    confirmations = stage.imd.confirmations
    stage.imd.petitions.sign("convention", **PERSON)
    token = stage.token()
    stage.advance(days=7)
    attempt(confirmations.get, token)
    for _ in range(2):
        confirmations.unsubscribe(token)
        confirmations.get(token)
    stage.imd.petitions.sign("convention", **PERSON)
    stage.kinds()


@scenario
def news_is_unsubscribed_from(stage):
    confirmations = stage.imd.confirmations
    stage.imd.petitions.sign("convention", **PERSON)
    token = stage.token()
    confirmations.confirm(token, public=True, updates=True)
    for _ in range(2):
        confirmations.unsubscribe(token)
    confirmations.get(token)
    stage.imd.petitions.sign("convention", **PERSON)
    stage.kinds()
    stage.imd.personal_data.get(personal_link(stage, PERSON["email"]))


@scenario
def an_event_is_unsubscribed_from_and_so_is_the_news(stage):
    confirmations = stage.imd.confirmations
    stage.imd.petitions.sign("convention", **{**PERSON, "email": "group@example.org"})
    confirmations.confirm(stage.token(), updates=True)
    stage.imd.events.submit(**VIGIL)
    event = stage.token()
    link = personal_link(stage, "group@example.org")
    stage.imd.personal_data.get(link)
    confirmations.unsubscribe(event)
    confirmations.get(event)
    attempt(stage.imd.personal_data.get, link)


@scenario
def a_rejection_is_unsubscribed_from_after_it_was_undone(stage):
    confirmations = stage.imd.confirmations
    stage.imd.petitions.sign("convention", **PERSON)
    token = stage.token()
    confirmations.reject(token)
    confirmations.unsubscribe(token)
    confirmations.undo_rejection(token)
    confirmations.unsubscribe(token)
    confirmations.get(token)
    stage.imd.petitions.sign("convention", **PERSON)
    stage.kinds()


@scenario
def what_is_confirmed_without_news_stays_when_unsubscribed_from(stage):
    confirmations = stage.imd.confirmations
    stage.imd.petitions.sign("convention", **{**PERSON, **GUEST})
    confirmations.confirm(stage.token(), updates=True)
    stage.imd.events.attend(event_id(stage, VIGIL_ID), **GUEST)
    token = stage.token()
    confirmations.confirm(token)
    confirmations.unsubscribe(token)
    confirmations.get(token)
    stage.imd.personal_data.get(personal_link(stage, GUEST["email"]))


@scenario
def what_is_confirmed_or_pending_is_not_undone(stage):
    stage.imd.petitions.sign("convention", **PERSON)
    token = stage.token()
    attempt(stage.imd.confirmations.undo_rejection, token)
    stage.imd.confirmations.confirm(token)
    attempt(stage.imd.confirmations.undo_rejection, token)
    attempt(stage.imd.confirmations.reject, token)
    stage.imd.confirmations.get(token)


@scenario
def signing_again_is_answered_the_same(stage):
    stage.imd.petitions.sign("convention", **PERSON)
    stage.kinds()
    stage.imd.petitions.sign("convention", **{**PERSON, "email": "SAMPLE.person@example.org"})
    stage.kinds()
    stage.advance(hours=2)
    stage.imd.petitions.sign("convention", **{**PERSON, "country": "ES"})
    stage.imd.confirmations.confirm(stage.token())
    stage.advance(hours=2)
    stage.imd.petitions.sign("convention", **PERSON)
    stage.kinds()


@scenario
def a_mailbox_gets_three_emails_an_hour(stage):
    for number in range(5):
        stage.imd.petitions.sign("convention", **{**PERSON, "name": f"Sample {number}"})
        stage.kinds()
    stage.advance(minutes=61)
    stage.imd.campaign.health()
    stage.kinds()
    stage.imd.confirmations.get(stage.token())


@scenario
def a_mailbox_gets_six_emails_a_day(stage):
    for _ in range(7):
        stage.imd.petitions.sign("convention", **PERSON)
        stage.kinds()
        stage.advance(minutes=61)
    stage.advance(days=1)
    stage.imd.campaign.health()
    stage.kinds()


@scenario
def a_code_is_typed_in_place_of_the_link(stage):
    stage.imd.petitions.sign("convention", **PERSON)
    find, code = stage.imd.confirmations.find, stage.code()
    for email in (PERSON["email"], " SAMPLE.person@example.org "):
        for typed in (code, code.lower(), f" {code.replace('-', ' ')}", code.replace("-", "")):
            find(email=email, code=typed.replace("0", "o").replace("1", "L"))
    attempt(find, email="other@example.org", code=code)
    attempt(find, email=PERSON["email"], code="0000-0000")
    stage.imd.confirmations.confirm(find(email=PERSON["email"], code=code))
    attempt(find, email=PERSON["email"], code=code)


@scenario
def a_code_of_what_was_rejected(stage):
    stage.imd.petitions.sign("convention", **PERSON)
    code = stage.code()
    stage.imd.confirmations.reject(stage.token())
    attempt(stage.imd.confirmations.find, email=PERSON["email"], code=code)


@scenario
def codes_that_cannot_be_one(stage):
    find = stage.imd.confirmations.find
    for code in ("ABCD-EFG", "ABCD-EFGHJ", "ABCD-EFGU", "ABCD_EFGH", "", "ÀBCD-EFGH"):
        attempt(find, email=PERSON["email"], code=code)
    attempt(find, email="nonsense", code="ABCD-EFGH")
    stage.raw.post("/v1/confirmation-codes", json={})
    stage.raw.post("/v1/confirmation-codes", json={"email": 1, "code": 12345678, "extra": 1})


@scenario
def codes_are_tried_a_hundred_times_an_hour(stage):
    find = stage.imd.confirmations.find
    for _ in range(101):
        attempt(find, email=PERSON["email"], code="0000-0000")
    attempt(find, email="Sample.person@example.org", code="0000-0000")
    attempt(find, email="other@example.org", code="0000-0000")
    stage.advance(minutes=61)
    attempt(find, email=PERSON["email"], code="0000-0000")


# ------------------------------------------------------------------ bounces


def bounce(stage: Any, status: str = "5.1.1") -> None:
    """Sign, and report that the e-mail bounced."""
    stage.imd.petitions.sign("convention", **PERSON)
    reporter = stage.client("bounces:report")
    reporter.bounces.report(message_id=stage.emails()[-1].message_id, status=status)


@scenario
def an_email_that_bounced_is_reported_twice(stage):
    bounce(stage)
    message_id, reporter = stage.emails()[-1].message_id, stage.client("bounces:report")
    for written in (message_id, message_id.strip("<>"), f" {message_id.upper()}"):
        reporter.bounces.report(message_id=written, status="5.1.1")


@scenario
def an_address_that_bounced_gets_email_again_after_three_days(stage):
    bounce(stage)
    for days in (2, 2):
        stage.advance(days=days)
        stage.imd.petitions.sign("convention", **PERSON)
        stage.kinds()


@scenario
def an_address_that_bounced_twice_gets_email_again_after_thirty_days(stage):
    for days in (4, 25, 6):
        bounce(stage)
        stage.advance(days=days)
        stage.kinds()


@scenario
def a_full_mailbox_gets_no_email_for_a_week_after_the_third_day(stage):
    for days in (1, 1, 6, 2):
        bounce(stage, "5.2.2")
        stage.kinds()
        stage.advance(days=days)
    stage.imd.petitions.sign("convention", **PERSON)
    stage.kinds()


@scenario
def bounces_of_the_sender_are_ignored(stage):
    for status in ("5.7.1", "4.6.0", "5.4.5"):
        bounce(stage, status)
        stage.advance(days=1)
    stage.kinds()


@scenario
def reports_of_bounces_that_cannot_be_recorded(stage):
    report = stage.client("bounces:report").bounces.report
    attempt(report, status="5.1.1")
    attempt(report, status="5.1.1", message_id="<unknown@campaign.example>")
    attempt(report, status="5.1.1", return_path="bounces+unknown@campaign.example")
    attempt(report, status="5.1.1", message_id="x" * 401, return_path="x" * 401)
    for status in ("2.0.0", "5.1", "5.1.1.1", "five", ""):
        attempt(report, status=status, message_id="<unknown@campaign.example>")
    attempt(stage.imd.bounces.report, status="5.1.1", message_id="<unknown@campaign.example>")
    attempt(stage.moderator.bounces.report, status="5.1.1", message_id="<a@campaign.example>")


# ------------------------------------------------------------------ webhooks

HOOK = "https://receiver.example/hooks"


@scenario
def a_webhook_from_subscribing_to_unsubscribing(stage):
    webhooks = stage.client("webhooks:manage").webhooks
    made = webhooks.subscribe(HOOK, types=["event.approved", "petition.count_changed"])
    webhooks.get(made.id)
    webhooks.rotate_secret(made.id)
    for _ in range(3):
        webhooks.test(made.id)
    assert len(list(webhooks.deliveries(made.id, limit=2))) == 3
    webhooks.unsubscribe(made.id)
    for call in (webhooks.get, webhooks.rotate_secret, webhooks.test, webhooks.unsubscribe):
        attempt(call, made.id)
    attempt(lambda: list(webhooks.deliveries(made.id)))


@scenario
def webhooks_are_listed_for_their_own_key_up_to_twenty(stage):
    webhooks, others = (stage.client("webhooks:manage").webhooks for _ in range(2))
    made = [webhooks.subscribe(HOOK, types=["event.approved"]) for _ in range(20)]
    attempt(webhooks.subscribe, HOOK, types=["event.approved"])
    list(webhooks.list(limit=15))
    list(others.list())
    attempt(others.get, made[0].id)


@scenario
def webhooks_that_cannot_be_subscribed_to(stage):
    subscribe = stage.client("webhooks:manage").webhooks.subscribe
    for url in (
        "http://receiver.example/",
        "https://name@receiver.example/",
        "https://receiver.example:8443/",
        "https://receiver.example/#part",
        "https://receiver.example/ö",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://printer.local/",
        "https://printer/",
        "receiver.example",
        "",
        "x" * 1001,
    ):
        attempt(subscribe, url, types=["event.approved"])
    for types in ([], ["event.exploded"], ["event.approved"] * 2, ["webhook.test"], ["x" * 41]):
        attempt(subscribe, HOOK, types=types)
    for kind in ("event.submitted", "event.change_proposed", "order.placed"):
        attempt(subscribe, HOOK, types=[kind])
    stage.client("webhooks:manage", "orders:manage").webhooks.subscribe(
        HOOK, types=["order.state_changed"]
    )
    attempt(stage.moderator.webhooks.subscribe, HOOK, types=["event.approved"])
    attempt(stage.imd.webhooks.subscribe, HOOK, types=["event.approved"])


@scenario
def a_webhook_is_tested_too_often(stage):
    webhooks = stage.client("webhooks:manage").webhooks
    made = webhooks.subscribe(HOOK, types=["event.approved"])
    for _ in range(11):
        attempt(webhooks.test, made.id)
    stage.advance(hours=1)
    webhooks.test(made.id)


@scenario
def a_sample_of_every_webhook(stage):
    webhooks = stage.client("webhooks:manage").webhooks
    for kind in WebhookType:
        webhooks.sample(kind)
    attempt(webhooks.sample, "event.exploded")


# ------------------------------------------------------------------ events


@scenario
def events_are_listed_page_by_page(stage):
    list(stage.imd.events.list(limit=2))


@scenario
def events_are_filtered(stage):
    for filters in (
        {"kind": ["vigil", "potluck"]},
        {"country": "KE"},
        {"language": "es"},
        {"language": ["sw"]},
        {"online": True},
        {"online": False},
        {"q": "vigilia PERSONAS"},
        {"q": "nowhere"},
        {"from_": "2026-12-18", "to": "2026-12-18"},
        {"from_": "2026-12-19"},
        {"to": "2026-12-17"},
        {"bbox": (-125, 30, -90, 40)},
        {"bbox": (30, -10, -90, 40)},
    ):
        list(stage.imd.events.list(**filters))


@scenario
def events_near_a_place_come_by_distance(stage):
    list(stage.imd.events.list(near=(19.43, -99.13)))
    list(stage.imd.events.list(near=(19.43, -99.13), radius_km=20000, limit=1))


@scenario
def filters_that_make_no_sense(stage):
    for query in (
        "kind=party",
        "country=XX",
        "language=not+one",
        "online=yes",
        "from=tomorrow",
        "from=2026-12-19&to=2026-12-18",
        "bbox=1,2,3",
        "bbox=0,50,10,40",
        "bbox=0,0,0,91",
        "near=1",
        "near=91,0",
        "radius_km=5",
        "near=1,1&radius_km=0",
        "near=1,1&radius_km=abc",
    ):
        stage.raw.get(f"/v1/events?{query}")


@scenario
def events_on_a_map(stage):
    for zoom in (0, 2, 8):
        stage.imd.events.clusters(bbox=WORLD, zoom=zoom)
    attempt(stage.imd.events.clusters, bbox=WORLD, zoom=9)
    stage.raw.get("/v1/events/clusters?near=1,1")


@scenario
def events_in_other_formats(stage):
    stage.imd.events.ics()
    stage.imd.events.ics(kind="vigil")
    stage.imd.events.geojson()
    stage.imd.events.geojson(online=False)
    for limit in (None, 1, 1001):
        attempt(stage.imd.events.geojson, limit=limit)
        attempt(stage.imd.events.csv, limit=limit, kind="vigil")
        attempt(stage.imd.events.atom, limit=limit)
    stage.imd.events.event_ics(event_id(stage, POTLUCK_ID))
    attempt(stage.imd.events.event_ics, "nowhere")


@scenario
def a_private_place_is_told_as_an_area(stage):
    stage.imd.events.get(event_id(stage, POTLUCK_ID))
    attempt(stage.imd.events.get, "nowhere")


@scenario
def an_event_is_submitted_and_approved(stage):
    event = submit(stage, languages=["sw", "en"], capacity=3)
    attempt(stage.imd.events.get, event)
    stage.advance(seconds=1)
    list(stage.moderator.moderation.events())
    stage.moderator.moderation.decide_event(event, decision="approve", reason="A sample.")
    stage.imd.events.get(event)
    attempt(stage.moderator.moderation.decide_event, event, decision="approve", reason="Again.")
    stage.kinds()


@scenario
def an_event_is_rejected(stage):
    event = submit(stage)
    for decision in ("cancel", "reject", "reject"):
        attempt(stage.moderator.moderation.decide_event, event, decision=decision, reason="No.")
    list(stage.moderator.moderation.events(state="rejected"))
    attempt(list, stage.moderator.moderation.events(state="nonsense"))
    attempt(stage.moderator.moderation.decide_event, "nowhere", decision="approve", reason="No.")


@scenario
def a_decision_without_a_reason(stage):
    moderate, event = stage.moderator.moderation, submit(stage)
    attempt(moderate.decide_event, event, decision="approve", reason=" ")
    attempt(moderate.decide_event, event, decision="nonsense", reason="No.")
    attempt(moderate.decide_attendance, "nowhere", decision="accept", reason="A sample.")


@scenario
def a_private_event_is_exact_to_moderators_only(stage):
    event = submit(stage, place={**HALL, "private": True})
    stage.moderator.moderation.decide_event(event, decision="approve", reason="A sample.")
    stage.imd.events.get(event)


@scenario
def an_event_is_confirmed_by_its_host(stage):
    stage.imd.events.submit(**VIGIL)
    token = stage.token()
    stage.imd.confirmations.get(token)
    list(stage.moderator.moderation.events())
    stage.advance(seconds=1)
    stage.imd.confirmations.confirm(token)
    stage.imd.confirmations.confirm(token, name="Another")
    stage.imd.confirmations.get(token)
    attempt(stage.imd.confirmations.reject, token)
    list(stage.moderator.moderation.events())
    stage.kinds()


@scenario
def a_host_submits_several_events(stage):
    for title in ("Sample vigil", "Sample vigil", "Another vigil"):
        submit(stage, title=title)
        stage.advance(seconds=1)
    list(stage.moderator.moderation.events())
    stage.kinds()


@scenario
def names_of_hosts_and_guests_are_corrected_when_confirming(stage):
    stage.imd.events.submit(**VIGIL)
    path = f"/v1/confirmations/{stage.token()}"
    for name in ("", "a" * 101, "  Zoë   Ångström "):
        stage.raw.post(path, json={"name": name})
    list(stage.moderator.moderation.events())
    stage.imd.events.attend(event_id(stage, VIGIL_ID), **GUEST)
    stage.imd.confirmations.confirm(stage.token(), name="Zoë Ångström")


@scenario
def events_and_attendances_are_rejected(stage):
    vigil, confirmations = event_id(stage, VIGIL_ID), stage.imd.confirmations
    stage.imd.events.submit(**VIGIL)
    event = stage.token()
    stage.imd.events.attend(vigil, **GUEST)
    attendance = stage.token()
    for token in (event, attendance):
        confirmations.reject(token)
        confirmations.get(token)
        attempt(confirmations.confirm, token)
    stage.imd.events.submit(**VIGIL)
    stage.imd.events.attend(vigil, **GUEST)
    list(stage.moderator.moderation.events())
    list(stage.moderator.moderation.attendances())
    stage.kinds()


@scenario
def a_mailbox_that_rejects_an_event_is_not_asked_for_a_signature(stage):
    stage.imd.events.submit(**VIGIL)
    token = stage.token()
    stage.imd.confirmations.reject(token)
    stage.imd.petitions.sign("convention", **{**PERSON, "email": "group@example.org"})
    stage.kinds()
    stage.imd.confirmations.undo_rejection(token)
    stage.imd.petitions.sign("convention", **{**PERSON, "email": "group@example.org"})
    stage.kinds()


@scenario
def rejections_of_events_and_attendances_are_undone(stage):
    confirmations = stage.imd.confirmations
    stage.imd.events.submit(**VIGIL)
    event = stage.token()
    stage.imd.events.attend(event_id(stage, VIGIL_ID), **GUEST)
    for token in (event, stage.token()):
        attempt(confirmations.undo_rejection, token)
        confirmations.reject(token)
        confirmations.undo_rejection(token)
        confirmations.get(token)
    submit(stage)
    attend(stage, event_id(stage, VIGIL_ID))
    stage.kinds()


@scenario
def events_and_attendances_are_confirmed_by_code(stage):
    find = stage.imd.confirmations.find
    stage.imd.events.submit(**VIGIL)
    host, code = VIGIL["host"]["email"], stage.code()
    stage.imd.confirmations.confirm(find(email=host, code=code))
    attempt(find, email=host, code=code)
    stage.imd.events.attend(event_id(stage, VIGIL_ID), **GUEST)
    attempt(find, email=host, code=stage.code())
    stage.imd.confirmations.confirm(find(email=GUEST["email"], code=stage.code()))


@scenario
def tokens_of_events_and_attendances_expire(stage):
    stage.imd.events.submit(**VIGIL)
    event = stage.token()
    stage.imd.events.attend(event_id(stage, VIGIL_ID), **GUEST)
    attendance = stage.token()
    stage.advance(days=7)
    for token in (event, attendance):
        attempt(stage.imd.confirmations.get, token)
        attempt(stage.imd.confirmations.confirm, token)


@scenario
def consent_is_asked_for_signatures_only(stage):
    stage.imd.events.submit(**VIGIL)
    event = stage.token()
    stage.imd.events.attend(event_id(stage, VIGIL_ID), **GUEST)
    for token in (event, stage.token()):
        path = f"/v1/confirmations/{token}"
        for given in ({"public": True}, {"updates": True}, {"public": True, "updates": True}):
            stage.raw.post(path, json=given)
        stage.imd.confirmations.get(token)
        stage.raw.post(path, json={"public": False, "updates": False})


@scenario
def emails_of_all_kinds_are_limited_together(stage):
    email = "everything@example.org"
    stage.imd.petitions.sign("convention", **{**PERSON, "email": email})
    stage.imd.events.submit(**{**VIGIL, "host": {"name": "Sample", "email": email}})
    stage.imd.events.attend(event_id(stage, VIGIL_ID), name="Sample", email=email)
    stage.kinds()
    stage.imd.events.attend(event_id(stage, POTLUCK_ID), name="Sample", email=email)
    stage.kinds()
    stage.advance(minutes=61)
    stage.imd.campaign.health()
    stage.kinds()
    stage.imd.confirmations.get(stage.token())


def personal_link(stage: Any, email: str, lang: str | None = None) -> str:
    """Ask for the link to the data of a mailbox, and return its token."""
    stage.advance(hours=2)
    stage.imd.personal_data.request_link(email=email, lang=lang)
    return stage.token()


@scenario
def personal_data_of_a_mailbox_that_nothing_is_kept_of(stage):
    personal_data = stage.imd.personal_data
    token = personal_link(stage, "nobody@example.org", "es")
    stage.kinds()
    personal_data.get(token)
    personal_data.erase(token)
    attempt(personal_data.get, token)
    stage.raw.post("/v1/personal-links", json={"email": "nobody"})
    stage.raw.post("/v1/personal-links", json={"email": "a@example.org", "name": "A", "lang": "?"})


@scenario
def a_signer_sees_and_changes_a_signature(stage):
    personal_data = stage.imd.personal_data
    stage.imd.petitions.sign("convention", **PERSON, source="partner")
    confirmed = stage.token()
    stage.imd.confirmations.confirm(confirmed, public=True, updates=True)
    token = personal_link(stage, "Sample.Person@example.org", "es")
    signature = personal_data.get(token).signatures[0].id
    for change in (personal_data.hide_name, personal_data.stop_updates):
        change(token, signature)
        change(token, signature)
        personal_data.get(token)
    personal_data.withdraw_signature(token, signature)
    for change in (
        personal_data.withdraw_signature,
        personal_data.hide_name,
        personal_data.stop_updates,
    ):
        attempt(change, token, signature)
    personal_data.get(token)
    attempt(stage.imd.confirmations.get, confirmed)
    list(stage.imd.petitions.signers("convention"))
    stage.imd.petitions.sign("convention", **PERSON)
    stage.imd.confirmations.confirm(stage.token())
    personal_data.get(token)


@scenario
def a_guest_sees_and_cancels_an_attendance(stage):
    personal_data = stage.imd.personal_data
    attend(stage, event_id(stage, VIGIL_ID))
    stage.advance(minutes=1)
    attend(stage, event_id(stage, POTLUCK_ID))
    token = personal_link(stage, GUEST["email"])
    attendance = personal_data.get(token).attendances[0].id
    personal_data.cancel_attendance(token, attendance)
    attempt(personal_data.cancel_attendance, token, attendance)
    personal_data.get(token)


@scenario
def a_host_sees_and_cancels_an_event(stage):
    personal_data = stage.imd.personal_data
    public = submit(stage)
    stage.moderator.moderation.decide_event(public, decision="approve", reason="Fine.")
    waiting = submit(stage, title="Unreviewed", starts_at="2026-12-19T18:00:00+03:00")
    attend(stage, public)
    token = personal_link(stage, VIGIL["host"]["email"])
    personal_data.get(token)
    for event in (public, waiting, public):
        personal_data.cancel_event(token, event)
    stage.imd.events.get(public)
    attempt(stage.imd.events.get, waiting)
    personal_data.delete_host_address(token, public)
    attempt(personal_data.delete_host_address, token, public)
    personal_data.get(token)
    stage.kinds()


@scenario
def an_event_that_is_over_is_not_cancelled(stage):
    event = submit(stage)
    stage.moderator.moderation.decide_event(event, decision="approve", reason="Fine.")
    stage.advance(days=27)
    token = personal_link(stage, VIGIL["host"]["email"])
    stage.imd.personal_data.get(token)
    attempt(stage.imd.personal_data.cancel_event, token, event)


@scenario
def a_buyer_sees_and_cancels_an_order(stage):
    personal_data = stage.imd.personal_data
    unpaid = place(stage, edition="open")
    stage.advance(minutes=1)
    paid = place(stage)
    stage.moderator.moderation.decide_order(paid, decision="paid", reason="Paid.")
    token = personal_link(stage, BUYER["email"])
    personal_data.get(token)
    personal_data.cancel_order(token, unpaid)
    attempt(personal_data.cancel_order, token, unpaid)
    attempt(personal_data.cancel_order, token, paid)
    personal_data.get(token)
    stage.kinds()
    place(stage)
    personal_data.erase(token)
    stage.imd.posters.get_order(paid)
    personal_data.get(personal_link(stage, BUYER["email"]))


@scenario
def what_belongs_to_others_is_not_found(stage):
    personal_data = stage.imd.personal_data
    stage.imd.petitions.sign("convention", **PERSON)
    stage.imd.confirmations.confirm(stage.token())
    own = personal_link(stage, PERSON["email"])
    signature = personal_data.get(own).signatures[0].id
    token = personal_link(stage, "other@example.org")
    attempt(personal_data.withdraw_signature, token, signature)
    attempt(personal_data.cancel_attendance, token, "att_other")
    attempt(personal_data.cancel_event, token, event_id(stage, VIGIL_ID))
    attempt(personal_data.get, "unknown")
    attempt(personal_data.erase, "unknown")
    personal_data.get(own)


@scenario
def personal_links_expire(stage):
    token = personal_link(stage, PERSON["email"])
    stage.advance(hours=24)
    attempt(stage.imd.personal_data.get, token)
    attempt(stage.imd.personal_data.block, token)
    attempt(stage.imd.personal_data.erase, token)


@scenario
def a_mailbox_is_blocked_and_allowed_again(stage):
    personal_data = stage.imd.personal_data
    stage.imd.petitions.sign("convention", **PERSON)
    token = personal_link(stage, PERSON["email"])
    personal_data.get(token)
    personal_data.block(token)
    attempt(personal_data.block, token)
    personal_data.get(token)
    stage.advance(days=2)
    stage.imd.petitions.sign("convention", **PERSON)
    stage.kinds()
    personal_data.unblock(token)
    personal_data.unblock(token)
    personal_data.get(token)
    stage.imd.petitions.sign("convention", **PERSON)
    stage.kinds()


@scenario
def a_personal_token_confirms_nothing(stage):
    token = personal_link(stage, PERSON["email"])
    attempt(stage.imd.confirmations.get, token)
    attempt(stage.imd.confirmations.reject, token)
    attempt(stage.imd.confirmations.undo_rejection, token)
    attempt(stage.imd.confirmations.unsubscribe, token)
    stage.imd.petitions.sign("convention", **PERSON)
    attempt(stage.imd.personal_data.get, stage.token())
    attempt(stage.imd.personal_data.unblock, stage.token())


@scenario
def everything_is_erased(stage):
    email = "everything@example.org"
    personal_data, person = stage.imd.personal_data, {"name": "Sample", "email": email}
    stage.imd.petitions.sign("convention", **{**PERSON, "email": email})
    stage.imd.confirmations.confirm(stage.token(), public=True)
    event = submit(stage, host=person)
    stage.moderator.moderation.decide_event(event, decision="approve", reason="Fine.")
    attend(stage, event)
    stage.advance(hours=2)
    attend(stage, event_id(stage, VIGIL_ID), **person)
    submit(stage, host=person, title="Unreviewed")
    stage.advance(hours=24)
    token = personal_link(stage, email)
    stage.imd.petitions.sign("convention", **{**PERSON, "email": email})
    personal_data.get(token)
    stage.kinds()  # the kit sends e-mails at once; the server deletes those that wait
    stage.raw.post(f"/v1/personal-data/{token}/erasure", json={"block": 1})
    personal_data.erase(token, block=True)
    stage.kinds()
    personal_data.get(token)
    attempt(personal_data.erase, token)
    stage.imd.events.get(event)
    list(stage.moderator.moderation.attendances(event=event))
    list(stage.imd.petitions.signers("convention"))
    personal_data.unblock(token)
    personal_data.get(personal_link(stage, email))


@scenario
def submissions_that_contradict_themselves(stage):
    online = {"online": True, "url": "https://campaign.example/x"}
    for change in (
        {"starts_at": "2026-12-18T18:00:00+01:00"},
        {"starts_at": "2026-11-01T18:00:00+03:00"},
        {"starts_at": "2029-12-18T18:00:00+03:00"},
        {"ends_at": "2026-12-18T17:00:00+03:00"},
        {"ends_at": "2027-02-18T17:00:00+03:00"},
        {"place": None},
        online,
        {"place": None, "online": True},
        {"place": None, **online},
        {"kind": "online"},
    ):
        stage.raw.post("/v1/events", json={**VIGIL, **change})


@scenario
def submissions_with_wrong_fields(stage):
    for change in (
        {"starts_at": "2026-12-18"},
        {"starts_at": "2026-12-18T18:00:00"},
        {"starts_at": "1990-12-18T18:00:00+03:00"},
        {"starts_at": 1},
        {"time_zone": "Mars/Olympus"},
        {"kind": "party"},
        {"languages": []},
        {"languages": ["not one"]},
        {"url": "javascript:alert(1)"},
        {"capacity": 0},
        {"capacity": "12"},
        {"capacity": 1.5},
        {"host": {"name": "Sample"}},
        {"host": "Sample"},
        {"place": {**HALL, "latitude": 91}},
        {"place": {**HALL, "latitude": "1"}},
        {"place": {**HALL, "country": "XX", "extra": 1}},
        {"title": "", "description": "\u0000"},
        {"title": "x" * 201},
    ):
        stage.raw.post("/v1/events", json={**VIGIL, **change})
    stage.raw.post("/v1/events", json={})


@scenario
def guests_come_while_there_is_room(stage):
    vigil = event_id(stage, VIGIL_ID)
    for number, guests in enumerate([2, 2, 1, 0]):
        attend(stage, vigil, email=f"g{number}@example.org", guests=guests, lang="sw")
        stage.advance(seconds=1)
    stage.imd.events.get(vigil)
    list(stage.moderator.moderation.attendances(event=vigil, limit=2))
    stage.kinds()


@scenario
def a_page_has_twenty_items_unless_asked(stage):
    event = event_id(stage, "_nairobi_gathering")
    for number in range(21):
        attend(stage, event, email=f"g{number}@example.org")
        stage.advance(seconds=1)
    list(stage.moderator.moderation.attendances())


@scenario
def a_guest_who_comes_already_takes_no_second_place(stage):
    vigil = event_id(stage, VIGIL_ID)
    stage.imd.events.attend(vigil, **GUEST, guests=2)
    other = stage.token()
    attend(stage, vigil, guests=1)
    stage.imd.confirmations.get(other)
    stage.imd.confirmations.confirm(other)
    attempt(stage.imd.confirmations.reject, other)
    stage.imd.events.attend(vigil, **{**GUEST, "email": "GUEST@example.org"})
    stage.imd.events.get(vigil)
    stage.kinds()


@scenario
def places_are_taken_by_confirming(stage):
    vigil = event_id(stage, VIGIL_ID)
    stage.imd.events.attend(vigil, **GUEST, guests=1)
    token = stage.token()
    stage.imd.confirmations.get(token)
    stage.imd.events.get(vigil)
    list(stage.moderator.moderation.attendances(event=vigil))
    stage.kinds()
    stage.imd.confirmations.confirm(token)
    stage.imd.confirmations.confirm(token, name="Another")
    stage.imd.confirmations.get(token)
    stage.imd.events.get(vigil)
    stage.kinds()


@scenario
def guests_wait_if_an_event_became_full_before_they_confirmed(stage):
    vigil, tokens = event_id(stage, VIGIL_ID), []
    for number in range(2):
        stage.imd.events.attend(vigil, **{**GUEST, "email": f"g{number}@example.org"}, guests=4)
        tokens.append(stage.token())
    for token in tokens:
        stage.imd.confirmations.confirm(token)
        stage.advance(seconds=1)
    list(stage.moderator.moderation.attendances(event=vigil))
    stage.kinds()


@scenario
def confirmations_show_the_present_status_of_a_guest(stage):
    potluck, moderate = event_id(stage, POTLUCK_ID), stage.moderator.moderation
    for decision in ("accept", "decline"):
        attend(stage, potluck, email=f"{decision}@example.org")
        token = stage.token()
        stage.advance(seconds=1)
        guest = list(moderate.attendances(event=potluck))[-1]
        moderate.decide_attendance(guest.id, decision=decision, reason="A sample.")
        stage.imd.confirmations.get(token)
    stage.imd.events.attend(potluck, **{**GUEST, "email": "decline@example.org"})
    stage.kinds()


@scenario
def events_that_closed_are_not_attended_by_confirming(stage):
    nairobi, vigil = event_id(stage, "_nairobi_gathering"), event_id(stage, VIGIL_ID)
    stage.advance(days=24)
    tokens = []
    for event in (nairobi, vigil):
        stage.imd.events.attend(event, **GUEST)
        tokens.append(stage.token())
    stage.moderator.moderation.decide_event(nairobi, decision="cancel", reason="Rain.")
    stage.advance(hours=44)
    for token in tokens:
        attempt(stage.imd.confirmations.confirm, token)
        stage.imd.confirmations.get(token)
    stage.imd.confirmations.reject(tokens[0])
    stage.kinds()


@scenario
def guests_at_a_home_wait_and_are_decided_on(stage):
    potluck = event_id(stage, POTLUCK_ID)
    for number in range(3):
        attend(stage, potluck, email=f"g{number}@example.org", guests=6)
        stage.advance(seconds=1)
    moderate = stage.moderator.moderation
    first, second, third = [guest.id for guest in moderate.attendances(event=potluck)]
    attempt(moderate.decide_attendance, first, decision="accept", reason="Known.")
    stage.advance(seconds=1)
    attempt(moderate.decide_attendance, second, decision="accept", reason="Known.")
    attempt(moderate.decide_attendance, third, decision="decline", reason="Unknown.")
    attempt(moderate.decide_attendance, first, decision="decline", reason="Again.")
    attempt(list, moderate.attendances(event="a~b"))
    stage.kinds()


@scenario
def an_event_that_is_cancelled_or_over_takes_nobody(stage):
    vigil, potluck = event_id(stage, VIGIL_ID), event_id(stage, POTLUCK_ID)
    attend(stage, vigil)
    stage.moderator.moderation.decide_event(vigil, decision="cancel", reason="Rain.")
    attempt(stage.imd.events.attend, vigil, **GUEST)
    stage.imd.events.get(vigil)
    stage.imd.events.event_ics(vigil)
    list(stage.imd.events.list())
    stage.advance(days=26)
    attempt(stage.imd.events.attend, potluck, **GUEST)
    attempt(stage.imd.events.attend, "nowhere", **GUEST)
    stage.kinds()


def listed(stage, event):
    """The guests of an event by their address, or by their place in the list."""
    return {guest.email: guest.id for guest in stage.moderator.moderation.attendances(event=event)}


@scenario
def guests_see_and_change_their_sign_up(stage):
    vigil = event_id(stage, VIGIL_ID)
    attend(stage, vigil, email="g0@example.org", guests=2)
    stage.advance(seconds=1)
    attend(stage, vigil, email="g1@example.org", guests=4)
    token = stage.own_token("g0@example.org")
    stage.imd.attendances.get(token)
    attempt(stage.imd.attendances.change, token, guests=9)
    stage.imd.attendances.change(token, guests=0)
    stage.imd.attendances.get(stage.own_token("g1@example.org"))
    stage.raw.patch(f"/v1/attendances/{token}", json={})
    stage.raw.patch(f"/v1/attendances/{token}", json={"guests": 11})
    stage.kinds()


@scenario
def guests_leave(stage):
    vigil = event_id(stage, VIGIL_ID)
    stage.imd.events.attend(vigil, **{**GUEST, "email": "g0@example.org"}, guests=3)
    other = stage.token()
    attend(stage, vigil, email="g0@example.org", guests=3)
    confirmation = stage.token()
    stage.advance(seconds=1)
    attend(stage, vigil, email="g1@example.org", guests=4)
    token = stage.own_token("g0@example.org")
    stage.imd.attendances.leave(token)
    attempt(stage.imd.attendances.leave, token)
    attempt(stage.imd.attendances.get, token)
    for sent in (confirmation, other):
        stage.imd.confirmations.get(sent)
        stage.imd.confirmations.confirm(sent)
    stage.imd.events.get(vigil)
    stage.kinds()
    stage.advance(seconds=1)
    attend(stage, vigil, email="g0@example.org")
    list(stage.moderator.moderation.attendances(event=vigil))


@scenario
def guests_act_by_their_status(stage):
    event = host_event(stage, capacity=3, place={**HALL, "private": True})
    for name in ("accepted", "waiting", "requested", "declined"):
        attend(stage, event, email=f"{name}@example.org", guests=1, message="Hello")
        stage.advance(seconds=1)
    guests, moderate = listed(stage, event), stage.moderator.moderation
    for name, decision in (("accepted", "accept"), ("waiting", "accept"), ("declined", "decline")):
        guest = guests[f"{name}@example.org"]
        moderate.decide_attendance(guest, decision=decision, reason="A sample.")
    for name in ("accepted", "waiting", "requested", "declined"):
        token = stage.own_token(f"{name}@example.org")
        stage.imd.attendances.get(token)
        attempt(stage.imd.attendances.change, token, guests=2)
        attempt(stage.imd.attendances.change, token, guests=0)
    attempt(stage.imd.attendances.leave, stage.own_token("declined@example.org"))
    stage.imd.attendances.leave(stage.own_token("accepted@example.org"))
    list(moderate.attendances(event=event))
    stage.kinds()


@scenario
def messages_are_for_homes(stage):
    for name in (VIGIL_ID, POTLUCK_ID):
        event = event_id(stage, name)
        stage.imd.events.attend(event, **GUEST, message=" Two\nlines ")
        token = stage.token()
        stage.imd.confirmations.get(token)
        stage.imd.confirmations.confirm(token)
        list(stage.moderator.moderation.attendances(event=event))
    path = f"/v1/events/{event_id(stage, VIGIL_ID)}/attendances"
    for message in ("", " ", "x" * 501, 7, "\u0000"):
        stage.raw.post(path, json={**GUEST, "message": message})


# ------------------------------------------------------------------ hosts


def host_event(stage, **fields):
    """A public event with a host, by its id."""
    event = submit(stage, **fields)
    stage.moderator.moderation.decide_event(event, decision="approve", reason="A sample.")
    return event


HOST = VIGIL["host"]["email"]
PLAN = {name: VIGIL[name] for name in ("title", "description", "starts_at", "time_zone", "place")}


@scenario
def hosts_see_their_event(stage):
    submit(stage)
    token = stage.own_token(HOST)
    stage.imd.hosted_events.get(token)
    attempt(list, stage.imd.hosted_events.guests(token))
    attempt(stage.imd.hosted_events.get, "nowhere")
    attempt(stage.imd.hosted_events.set_capacity, token, 3)
    attempt(stage.imd.hosted_events.cancel, token, reason="Rain")
    stage.imd.hosted_events.withdraw(token)
    attempt(stage.imd.hosted_events.withdraw, token)
    list(stage.moderator.moderation.events())
    stage.kinds()


@scenario
def hosts_of_a_home_decide_on_guests(stage):
    event = host_event(stage, capacity=2, place={**HALL, "private": True})
    token, hosted = stage.own_token(HOST), stage.imd.hosted_events
    for number in range(3):
        attend(stage, event, email=f"g{number}@example.org", guests=number % 2)
        stage.advance(hours=1)
    found = list(hosted.guests(token, limit=2))
    hosted.get(token)
    for guest, decision in zip(found, ("accept", "accept", "decline"), strict=True):
        hosted.decide_guest(token, guest.id, decision=decision)
    attempt(hosted.decide_guest, token, found[1].id, decision="accept")
    attempt(hosted.decide_guest, token, found[2].id, decision="accept")
    attempt(hosted.decide_guest, token, "nobody", decision="accept")
    attempt(hosted.decide_guest, token, found[1].id, decision="nonsense")
    hosted.set_capacity(token, None)
    hosted.decide_guest(token, found[0].id, decision="decline")
    hosted.get(token)
    stage.kinds()


@scenario
def hosts_of_public_events_decide_on_nobody(stage):
    event = host_event(stage, capacity=1)
    token, hosted = stage.own_token(HOST), stage.imd.hosted_events
    for number in range(2):
        attend(stage, event, email=f"g{number}@example.org")
        stage.advance(seconds=1)
    guest = next(iter(stage.moderator.moderation.attendances(event=event))).id
    attempt(hosted.decide_guest, token, guest, decision="decline")
    hosted.set_capacity(token, 2)
    for body in ({}, {"capacity": 0}, {"capacity": 2, "title": "X"}):
        stage.raw.patch(f"/v1/hosted-events/{token}", json=body)
    stage.moderator.moderation.decide_attendance(guest, decision="decline", reason="A sample.")
    stage.imd.events.get(event)
    stage.kinds()


@scenario
def moderators_make_a_place_private(stage):
    event = host_event(stage, capacity=1)
    token, hosted, moderate = stage.own_token(HOST), stage.imd.hosted_events, stage.moderator
    hide = moderate.moderation.make_place_private
    for number in range(2):
        attend(stage, event, email=f"g{number}@example.org")
        stage.advance(seconds=1)
    change = hosted.propose_change(token, **{**PLAN, "title": "Another"}).change
    attempt(stage.client("signatures:read").moderation.make_place_private, event, reason="A home.")
    attempt(hide, "nowhere", reason="A home.")
    attempt(hide, event, reason="")
    hide(event, reason="A home.")
    attempt(hide, event, reason="A home.")
    stage.imd.events.get(event)
    stage.raw.get(f"/v1/events/{event}.ics")
    stage.imd.attendances.get(stage.own_token("g0@example.org"))
    earlier = next(iter(moderate.moderation.attendances(event=event)))
    stage.advance(seconds=1)
    attend(stage, event, email="g2@example.org")
    list(hosted.guests(token))
    list(moderate.moderation.attendances(event=event))
    attempt(hosted.decide_guest, token, earlier.id, decision="decline")
    moderate.moderation.decide_event_change(change.id, decision="approve", reason="A sample.")
    stage.imd.events.get(event)
    hosted.get(token)
    stage.kinds()


@scenario
def places_that_cannot_be_made_private(stage):
    hide = stage.moderator.moderation.make_place_private
    waiting = submit(stage)
    hide(waiting, reason="A home.")
    list(stage.moderator.moderation.events())
    stage.moderator.moderation.decide_event(waiting, decision="reject", reason="A sample.")
    attempt(hide, waiting, reason="A home.")
    online = {"kind": "online", "online": True, "url": "https://example.org/", "place": None}
    attempt(hide, submit(stage, **online), reason="A home.")
    stage.kinds()


@scenario
def place_of_a_cancelled_event_is_made_private(stage):
    event, moderation = host_event(stage), stage.moderator.moderation
    moderation.decide_event(event, decision="cancel", reason="A home.")
    moderation.make_place_private(event, reason="A home.")
    stage.imd.events.get(event)
    stage.raw.get(f"/v1/events/{event}.ics")
    stage.kinds()


@scenario
def hosts_cancel_their_event(stage):
    event = host_event(stage)
    attend(stage, event)
    token, hosted = stage.own_token(HOST), stage.imd.hosted_events
    hosted.propose_change(token, **{**PLAN, "title": "Another"})
    for reason in ("", "x" * 301, "at https://example.org", "me@example.org", "example.org"):
        attempt(hosted.cancel, token, reason=reason)
    attempt(hosted.withdraw, token)
    hosted.cancel(token, reason="Rain. And snow.")
    attempt(hosted.cancel, token, reason="Rain")
    attempt(hosted.propose_change, token, **PLAN)
    attempt(stage.imd.attendances.change, stage.own_token(GUEST["email"]), guests=1)
    stage.imd.attendances.get(stage.own_token(GUEST["email"]))
    list(stage.moderator.moderation.event_changes())
    stage.kinds()


@scenario
def hosts_propose_changes(stage):
    event = host_event(stage, capacity=1)
    token, hosted = stage.own_token(HOST), stage.imd.hosted_events
    for number in range(2):
        attend(stage, event, email=f"g{number}@example.org")
        stage.advance(seconds=1)
    moderate = stage.moderator.moderation
    attempt(hosted.withdraw_change, token)
    first = hosted.propose_change(token, **{**PLAN, "title": "First"}).change
    stage.advance(seconds=1)
    second = hosted.propose_change(token, **{**PLAN, "place": {**HALL, "locality": "Pune"}}).change
    list(moderate.event_changes())
    attempt(moderate.decide_event_change, first.id, decision="approve", reason="Old.")
    attempt(moderate.decide_event_change, second.id, decision="cancel", reason="No.")
    moderate.decide_event_change(second.id, decision="approve", reason="A sample.")
    attempt(moderate.decide_event_change, second.id, decision="approve", reason="Again.")
    stage.imd.events.get(event)
    third = hosted.propose_change(token, **PLAN).change
    moderate.decide_event_change(third.id, decision="reject", reason="A sample.")
    hosted.propose_change(token, **PLAN)
    hosted.withdraw_change(token)
    hosted.propose_change(token, **{**PLAN, "title": "Fourth"})
    hosted.propose_change(token, **{**PLAN, "place": {**HALL, "locality": "Pune"}})
    hosted.get(token)
    attempt(list, stage.client("signatures:read").moderation.event_changes())
    stage.kinds()


@scenario
def proposals_with_wrong_fields(stage):
    host_event(stage)
    path = f"/v1/hosted-events/{stage.own_token(HOST)}/change"
    for change in (
        {"title": ""},
        {"kind": "vigil"},
        {"place": None},
        {"place": {**HALL, "private": True}},
        {"starts_at": "2020-12-18T18:00:00+00:00"},
        {"time_zone": "Nowhere"},
        {"url": "example"},
    ):
        stage.raw.put(path, json={**PLAN, **change})
    stage.raw.put(path, json={})


@scenario
def hosts_of_homes_are_emailed_about_requests_once_a_day(stage):
    event = host_event(stage, place={**HALL, "private": True})
    for number in range(3):
        attend(stage, event, email=f"g{number}@example.org")
        stage.advance(hours=1)
    stage.kinds()


@scenario
def attending_with_wrong_fields(stage):
    path = f"/v1/events/{event_id(stage, VIGIL_ID)}/attendances"
    for change in ({"guests": 11}, {"guests": -1}, {"guests": True}, {"name": ""}, {"extra": 1}):
        stage.raw.post(path, json={**GUEST, **change})
    stage.raw.post(path, json={**GUEST, "lang": "_"})


# ------------------------------------------------------------------ posters


@scenario
def posters_are_read(stage):
    list(stage.imd.posters.list(lang="es"))
    stage.imd.posters.get("many-paths", lang="fr")
    attempt(stage.imd.posters.get, "nowhere")


@scenario
def a_file_whole_and_in_ranges(stage):
    path = "/v1/posters/many-paths/files/many-paths.svg"
    tag = stage.raw.get(path).headers["etag"]
    stage.raw.get(path, headers={"If-None-Match": tag})
    for byte_range in (
        "bytes=0-9",
        "bytes=10-",
        "bytes=-5",
        "bytes=-9999",
        "bytes=5-2",
        "lines=1-2",
    ):
        stage.raw.get(path, headers={"Range": byte_range})
    for byte_range in ("bytes=9999-", "bytes=-0"):
        stage.raw.get(path, headers={"Range": byte_range})
    stage.raw.get(path, headers={"Range": "bytes=0-9", "If-Range": tag})
    stage.raw.get(path, headers={"Range": "bytes=0-9", "If-Range": '"other"'})


@scenario
def a_file_is_downloaded_by_the_sdk(stage):
    stage.imd.posters.download("many-paths", "many-paths.svg", to=io.BytesIO())
    attempt(stage.imd.posters.download, "many-paths", "nowhere", to=io.BytesIO())


def order(stage: Any, quantity: int = 1, edition: str = "limited", **change: Any) -> str:
    """Order prints; return the token of the e-mail."""
    held = stage.imd.posters.reserve("many-paths", edition=edition, quantity=quantity)
    stage.imd.posters.order(held.token, **{**BUYER, **change})
    return stage.token()


def place(stage: Any, quantity: int = 1, edition: str = "limited", **change: Any) -> str:
    """Order prints and confirm; return the order's id."""
    return stage.imd.confirmations.confirm(order(stage, quantity, edition, **change)).order


def fill_up(stage: Any) -> None:
    """Order nine of the ten prints."""
    for number, quantity in enumerate((2, 2, 2, 2, 1)):
        place(stage, quantity, email=f"faster.{number}@example.org")


@scenario
def an_order_is_confirmed(stage):
    token = order(stage, 2, lang="en-GB")
    stage.kinds()
    stage.imd.confirmations.get(token)
    stage.imd.posters.get("many-paths")
    confirmed = stage.imd.confirmations.confirm(token, name="Another")
    stage.imd.confirmations.confirm(token)
    stage.imd.confirmations.get(token)
    stage.imd.posters.get_order(confirmed.order)
    stage.imd.posters.get("many-paths")
    attempt(stage.imd.posters.get_order, "nowhere")
    stage.kinds()


@scenario
def an_order_is_rejected(stage):
    token = order(stage, lang="es-MX")
    stage.imd.confirmations.get(token)
    stage.imd.confirmations.reject(token)
    stage.imd.confirmations.get(token)


@scenario
def an_open_edition_has_no_numbers(stage):
    stage.imd.posters.get_order(place(stage, 10, "open"))


@scenario
def the_same_order_again_is_one_order(stage):
    first, second = order(stage), order(stage)
    third = order(stage, name="Another")
    stage.imd.confirmations.confirm(second)
    for token in (first, second, third):
        stage.imd.confirmations.get(token)
    stage.kinds()


@scenario
def what_is_sold_out_is_replaced(stage):
    token = order(stage, 2)
    fill_up(stage)
    attempt(stage.imd.confirmations.confirm, token)
    stage.imd.confirmations.get(token)
    attempt(stage.imd.posters.reserve, "many-paths", edition="limited", quantity=2)
    attempt(stage.imd.confirmations.confirm, token, edition="gold")
    attempt(stage.imd.confirmations.confirm, token, quantity=3)
    attempt(stage.imd.confirmations.confirm, token, quantity=11)
    stage.imd.confirmations.confirm(token, edition="open")
    stage.imd.confirmations.get(token)


@scenario
def the_last_print_is_taken_instead_of_two(stage):
    token = order(stage, 2)
    fill_up(stage)
    confirmed = stage.imd.confirmations.confirm(token, edition="limited", quantity=1)
    stage.imd.posters.get_order(confirmed.order)
    stage.imd.posters.get("many-paths")


@scenario
def another_edition_has_its_own_limit(stage):
    attempt(stage.imd.confirmations.confirm, order(stage, 3, "open"), edition="limited")


@scenario
def a_mailbox_has_two_unpaid_prints(stage):
    first = place(stage, 1, lang="en")
    token = order(stage, 2, name="Another")
    attempt(stage.imd.confirmations.confirm, token)
    stage.moderator.moderation.decide_order(first, decision="paid", reason="A sample.")
    stage.imd.confirmations.confirm(token)


@scenario
def fields_of_orders_are_for_orders(stage):
    stage.imd.petitions.sign("convention", **PERSON)
    attempt(stage.imd.confirmations.confirm, stage.token(), edition="open", quantity=1)
    token = order(stage)
    attempt(stage.imd.confirmations.confirm, token, public=True, updates=True)
    stage.raw.post(f"/v1/confirmations/{token}", json={"edition": "", "quantity": "1"})


@scenario
def a_reservation_expires_after_an_hour(stage):
    held = stage.imd.posters.reserve("many-paths", edition="limited")
    stage.advance(minutes=60)
    attempt(stage.imd.posters.order, held.token, **BUYER)


@scenario
def a_reservation_keeps_no_prints(stage):
    for _ in range(6):
        stage.imd.posters.reserve("many-paths", edition="limited", quantity=2, idempotency_key=KEY)
    stage.imd.posters.get("many-paths")


@scenario
def unpaid_orders_expire(stage):
    unpaid, paid = place(stage, 2), place(stage, email="other@example.org")
    stage.moderator.moderation.decide_order(paid, decision="paid", reason="A sample.")
    stage.advance(days=14)
    stage.imd.posters.get_order(unpaid)
    stage.advance(days=2)
    for identity in (unpaid, paid):
        stage.imd.posters.get_order(identity)
    stage.imd.posters.get("many-paths")
    stage.kinds()


@scenario
def staff_manage_orders(stage):
    decide, orders = stage.moderator.moderation.decide_order, stage.moderator.moderation.orders
    first = place(stage, 2)
    stage.advance(seconds=1)
    second = place(stage, email="other@example.org")
    list(orders(limit=1))
    attempt(decide, first, decision="sent", reason="Too early.")
    for decision in ("paid", "paid", "sent", "cancel"):
        attempt(decide, first, decision=decision, reason="A sample.")
    for decision in ("cancel", "paid"):
        attempt(decide, second, decision=decision, reason="A sample.")
    for decision in ("paid_late", "sent", "refund", "paid", "cancel"):
        attempt(decide, second, decision=decision, reason="A sample.")
    attempt(decide, first, decision="refund", reason="A sample.")
    for state in ("placed", "paid", "sent", "cancelled", "refunded", "expired", "paid_late"):
        list(orders(state=state))
    stage.moderator.moderation.order(first)
    attempt(stage.moderator.moderation.order, "nowhere")
    attempt(list, orders(state="nothing"))
    attempt(decide, "nowhere", decision="paid", reason="A sample.")
    attempt(decide, first, decision="approve", reason="A sample.")
    attempt(decide, first, decision="paid", reason=" ")
    attempt(list, stage.client("events:moderate").moderation.orders())
    stage.kinds()


@scenario
def a_paid_order_is_cancelled(stage):
    decide, placed = stage.moderator.moderation.decide_order, place(stage, 2)
    for decision in ("paid", "cancel"):
        decide(placed, decision=decision, reason="A sample.")
    stage.imd.posters.get("many-paths")
    attempt(decide, placed, decision="paid_late", reason="A sample.")
    decide(placed, decision="refund", reason="A sample.")
    stage.kinds()


@scenario
def the_stock_is_counted(stage):
    decide, stock = stage.moderator.moderation.decide_order, stage.moderator.moderation.stock
    paid, sent = place(stage, 2), place(stage, email="other@example.org")
    place(stage, 3, "open", email="third@example.org")
    attempt(decide, paid, decision="refund", reason="Not paid.")
    attempt(decide, paid, decision="paid_late", reason="Not late.")
    for order_id, decisions in ((paid, ["paid"]), (sent, ["paid", "sent", "refund"])):
        for decision in decisions:
            decide(order_id, decision=decision, reason="A sample.")
    list(stock())
    list(stock(limit=1))
    attempt(list, stage.client("events:moderate").moderation.stock())


# ------------------------------------------------------------------ partners


@scenario
def a_partner_attests_signatures_and_reads_its_numbers(stage):
    partner = stage.client("signatures:attest", "partners:read")
    partner.partners.numbers("sample-partner", lang="es-MX")
    attest = partner.petitions.attest
    attest("convention", **PERSON, public=True, updates=True)
    stage.advance(seconds=1)
    attest("convention", **PERSON)
    attest("convention", name="On Paper", country="KE", reference="sheet-1.1")
    for wrong in ({}, {"reference": "a b"}, {"reference": "1", "updates": True}):
        attempt(attest, "convention", name="On Paper", country="KE", **wrong)
    attempt(attest, "nowhere", **PERSON)
    stage.advance(seconds=30)
    stage.imd.petitions.count("convention")
    stage.imd.petitions.get("convention")
    key = {"Authorization": f"Bearer {stage.key('signatures:read')}"}
    stage.raw.get(SIGNING, params={"limit": 100}, headers=key)
    stage.seen[-1]["body"] = stage.seen[-1]["body"]["items"][-2:]
    stage.advance(days=1)
    partner.partners.numbers("sample-partner")
    attempt(partner.partners.numbers, "another")
    attempt(stage.client("signatures:write").petitions.attest, "convention", **PERSON)
    attempt(stage.client("signatures:write").partners.numbers, "sample-partner")


@scenario
def a_partner_has_a_link(stage):
    stage.imd.partners.page(stage.partner_token(), lang="es")
    attempt(stage.imd.partners.page, "unknown")


@scenario
def reservations_and_orders_with_wrong_fields(stage):
    attempt(stage.imd.posters.reserve, "nowhere", edition="open")
    attempt(stage.imd.posters.reserve, "many-paths", edition="gold")
    attempt(stage.imd.posters.reserve, "many-paths", edition="limited", quantity=3)
    attempt(stage.imd.posters.reserve, "many-paths", edition="open", quantity=0)
    attempt(stage.imd.posters.reserve, "many-paths", edition="open", quantity=11)
    attempt(stage.imd.posters.order, "nowhere", **BUYER)
    attempt(stage.imd.posters.order, "nowhere", **{**BUYER, "address": {"lines": []}})
    lines = {**BUYER["address"], "lines": ["a", " ", "c"], "postal_code": "x" * 21}
    attempt(stage.imd.posters.order, "nowhere", **{**BUYER, "address": lines})
    attempt(stage.imd.posters.order, "nowhere", **BUYER, lang="en_GB")


# ------------------------------------------------------------------ idempotency


@scenario
def the_same_key_replays_the_first_answer(stage):
    stage.imd.petitions.sign("convention", **PERSON)
    for _ in range(2):
        stage.imd.confirmations.confirm(stage.token(), idempotency_key=KEY)


@scenario
def the_same_key_with_another_request(stage):
    sign = stage.imd.petitions.sign
    sign("convention", **PERSON, idempotency_key=KEY)
    attempt(sign, "convention", **{**PERSON, "country": "ES"}, idempotency_key=KEY)
    find = {"email": PERSON["email"], "code": "0000-0000", "idempotency_key": OTHER_KEY}
    for code in ("0000-0000", "1111-1111"):
        attempt(stage.imd.confirmations.find, **{**find, "code": code})


@scenario
def refusals_are_replayed_too(stage):
    for _ in range(2):
        attempt(stage.imd.confirmations.reject, "nowhere", idempotency_key=KEY)
        attempt(
            stage.imd.petitions.sign,
            "convention",
            **{**PERSON, "email": "x"},
            idempotency_key=OTHER_KEY,
        )


@scenario
def events_and_attendances_are_stored_with_their_key(stage):
    vigil, email = event_id(stage, VIGIL_ID), {"email": "x"}
    attempt(stage.imd.events.attend, "nowhere", **GUEST, idempotency_key=KEY)
    for change in (email, {}, {}, {"name": "Another"}):
        attempt(stage.imd.events.attend, vigil, **{**GUEST, **change}, idempotency_key=KEY)
    for change in ({"capacity": 0}, {}, {}, {"title": "Another"}):
        attempt(stage.imd.events.submit, **{**VIGIL, **change}, idempotency_key=OTHER_KEY)
    stage.kinds()
    stage.advance(days=20)
    stage.imd.events.attend(vigil, **GUEST, idempotency_key=KEY)
    stage.kinds()


@scenario
def keys_belong_to_who_sent_them_and_are_forgotten_in_a_day(stage):
    code = {"email": PERSON["email"], "code": "0000-0000", "idempotency_key": KEY}
    for client in (stage.imd, stage.imd, stage.moderator):
        attempt(client.confirmations.find, **code)
    stage.advance(hours=24)
    attempt(stage.imd.confirmations.find, **code)


@scenario
def refusals_for_want_of_a_scope_are_not_kept(stage):
    decision = {"decision": "approve", "reason": "A sample.", "idempotency_key": KEY}
    key = stage.key("signatures:read")
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": KEY}
    for _ in range(2):
        stage.raw.post(
            "/v1/moderation/events/nowhere/decisions",
            json={"decision": "approve", "reason": "No."},
            headers=headers,
        )
    attempt(stage.imd.moderation.decide_event, "nowhere", **decision)


@scenario
def callers_without_a_scope_are_rejected_before_a_reused_key(stage):
    headers = {"Idempotency-Key": KEY}
    stage.raw.post(SIGNING, json=PERSON, headers=headers)
    decision = {"decision": "approve", "reason": "A sample."}
    path = "/v1/moderation/events/nowhere/decisions"
    stage.raw.post(path, json=decision, headers=headers)
    key = {"Authorization": f"Bearer {stage.key('signatures:read')}"}
    stage.raw.post(SIGNING, json=PERSON, headers=headers | key)
    stage.raw.post(path, json=decision, headers=headers | key)


@scenario
def an_api_key_may_use_short_idempotency_keys(stage):
    key = {"Authorization": f"Bearer {stage.key('signatures:read')}"}
    stage.raw.post(SIGNING, json=PERSON, headers={"Idempotency-Key": "1"} | key)


@scenario
def an_idempotency_key_that_cannot_be_one(stage):
    for key in ("has space" * 3, "x" * 256, "x" * 21, ""):
        stage.raw.post(SIGNING, json=PERSON, headers={"Idempotency-Key": key})


@scenario
def a_key_that_is_being_worked_on(stage):
    body = b'{"email": "sample.person@example.org", "code": "0000-0000"}'
    path = "/v1/confirmation-codes"
    stage.leave_in_flight(path, body, KEY)
    headers = {"Content-Type": "application/json", "Idempotency-Key": KEY}
    stage.raw.post(path, content=body, headers=headers)
    stage.raw.post(path, content=b"{}", headers=headers)
