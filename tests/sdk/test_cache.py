"""Public responses are cached and fetched again only if they changed; a bad cache is a miss."""

import hashlib
import re
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imd_sdk import Client, _caching, _calls, errors
from imd_sdk.cache import MemoryCache
from imd_sdk.hooks import Hook
from imd_sdk.testing import InMemoryCampaign

pytestmark = pytest.mark.anyio

COUNT = {"petition": "c", "total": 7, "goal": 10, "as_of": "2026-12-18T00:00:00Z", "poll_after": 60}


@dataclass
class Campaign:
    """Answers with a tag, and with 304 to who has it."""

    client_variant: object
    body: object = field(default_factory=lambda: dict(COUNT))
    control: str = "public, max-age=60"
    requests: list = field(default_factory=list)
    tag: str = '"1"'

    def __call__(self, request):
        self.requests.append(request)
        headers = {"etag": self.tag, "cache-control": self.control, "x-request-id": "req_1"}
        if request.headers.get("if-none-match") == self.tag:
            return self.client_variant.library.Response(304, headers=headers)
        return self.client_variant.library.Response(200, json=self.body, headers=headers)

    @property
    def etags(self):
        return [request.headers.get("if-none-match") for request in self.requests]


class Odd(MemoryCache):
    """A cache that does something to what is taken from it."""

    def __init__(self, change):
        super().__init__()
        self.change = change

    def get(self, key, /):
        entry = super().get(key)
        return entry and self.change(entry)


async def twice(client_variant, cache, app=None, **options):
    app = app or Campaign(client_variant)
    campaign = client_variant.client_for(app, cache=cache, **options)
    counts = [await client_variant.result_of(campaign.petitions.count("c")) for _ in range(2)]
    return app, counts


@pytest.mark.client_variants("sync and async")
async def test_unchanged_responses_are_read_from_the_cache(client_variant):
    app, counts = await twice(client_variant, MemoryCache())
    assert app.etags == [None, '"1"']
    assert [count.total for count in counts] == [7, 7]


async def test_changed_responses_are_fetched_and_cached(client_variant):
    app, cache = Campaign(client_variant), MemoryCache()
    await twice(client_variant, cache, app)
    app.tag, app.body["total"] = '"2"', 8
    _, counts = await twice(client_variant, cache, app)
    assert app.etags == [None, '"1"', '"1"', '"2"']
    assert [count.total for count in counts] == [8, 8]


async def test_responses_tell_whether_they_came_from_the_cache(client_variant):
    seen = []
    campaign = client_variant.client_for(Campaign(client_variant), cache=MemoryCache())
    for _ in range(2):
        await client_variant.result_of(campaign.petitions.count("c", on_response=seen.append))
    assert [response.from_cache for response in seen] == [False, True]
    assert [response.status for response in seen] == [200, 200]
    assert seen[0].content == seen[1].content
    assert [r.headers["content-type"] for r in seen] == ["application/json"] * 2
    assert seen[1].request_id == "req_1"


async def test_hooks_see_the_status_of_revalidation(client_variant):
    class Statuses(Hook):
        def outcome(self, call, outcome):
            heard.append(outcome.status)

    heard = []
    await twice(client_variant, MemoryCache(), hooks=[Statuses()])
    assert heard == [200, 304]


@pytest.mark.client_variants("sync and async")
async def test_retries_are_conditional_too(client_variant):
    app, cache = Campaign(client_variant), MemoryCache()
    faults = [client_variant.json(503), client_variant.library.ReadTimeout("slow")]

    def shaky(request):
        if len(app.requests) != 1 or not faults:
            return app(request)
        fault = faults.pop()
        if isinstance(fault, Exception):
            raise fault
        return fault

    _, counts = await twice(client_variant, cache, shaky)
    assert (faults, app.etags) == ([], [None, '"1"'])
    assert counts[0] == counts[1]


@pytest.mark.client_variants("sync and async")
async def test_lists_are_cached_page_by_page(client_variant, sample_responses):
    def app(request):
        cursor = request.url.params.get("cursor")
        page = {"items": [sample_responses["Petition"]], "next": None if cursor else "a"}
        etags.append((cursor, request.headers.get("if-none-match")))
        return Campaign(client_variant, body=page, tag=f'"{cursor}"')(request)

    etags = []
    campaign = client_variant.client_for(app, cache=MemoryCache())
    lists = [await client_variant.result_of(campaign.petitions.list()) for _ in range(2)]
    assert lists[0] == lists[1]
    assert len(lists[0]) == 2
    assert etags == [(None, None), ("a", None), (None, '"None"'), ("a", '"a"')]


@pytest.mark.parametrize("control", ["no-store", "private, max-age=9", "max-age=9, No-Store"])
async def test_private_and_no_store_responses_are_not_cached(client_variant, control):
    cache = MemoryCache()
    app, _ = await twice(client_variant, cache, Campaign(client_variant, control=control))
    assert (app.etags, len(cache)) == ([None, None], 0)


@pytest.mark.parametrize("tag", ["", "1", '"a\tb"', '"a"b"', "*"])
async def test_responses_without_a_valid_etag_are_not_cached(client_variant, tag):
    cache = MemoryCache()
    await twice(client_variant, cache, Campaign(client_variant, tag=tag))
    assert len(cache) == 0


async def test_clients_with_a_key_cache_nothing(client_variant):
    cache = MemoryCache()
    app, _ = await twice(client_variant, cache, api_key="imd_secret")
    assert (app.etags, len(cache)) == ([None, None], 0)


async def test_unreadable_responses_are_not_cached(client_variant):
    cache = MemoryCache()
    with pytest.raises(errors.UnexpectedResponse):
        await twice(client_variant, cache, Campaign(client_variant, body={"total": "x"}))
    assert len(cache) == 0


SOMEBODYS = {
    "confirmation": lambda c: c.confirmations.get("t0k"),
    "personal_data": lambda c: c.personal_data.get("t0k"),
    "order": lambda c: c.posters.get_order("ord_1"),
    "signers": lambda c: c.petitions.signers("c"),
    "signatures": lambda c: c.petitions.signatures("c"),
    "reviews": lambda c: c.moderation.events(),
    "attendances": lambda c: c.moderation.attendances(),
    "orders": lambda c: c.moderation.orders(),
    "sign": lambda c: c.petitions.sign("c", name="n", email="e", country="ES"),
    "health": lambda c: c.campaign.health(),
    "request": lambda c: c.request("GET", "/v1/petitions"),
}
MODELS = {
    "confirmation": "SignatureConfirmation",
    "personal_data": "PersonalData",
    "order": "Order",
    "sign": "SubmissionReceipt",
}


@pytest.mark.parametrize("name", SOMEBODYS)
async def test_personal_responses_are_not_cached(client_variant, sample_responses, name):
    body = {
        "items": [],
        "next": None,
        "status": "ok",
        **sample_responses[MODELS.get(name, "Health")],
    }
    app, cache = Campaign(client_variant, body=body), MemoryCache()
    for _ in range(2):
        await client_variant.result_of(SOMEBODYS[name](client_variant.client_for(app, cache=cache)))
    assert (app.etags, len(cache)) == ([None, None], 0)


def test_every_get_route_is_either_cacheable_or_private():
    source = Path(_calls.__file__).read_text("utf-8")
    private = {
        "/healthz",
        "/v1/attendances/{token}",
        "/v1/challenges",
        "/v1/confirmations/{token}",
        "/v1/hosted-events/{token}",
        "/v1/hosted-events/{token}/guests",
        "/v1/moderation/attendances",
        "/v1/moderation/event-changes",
        "/v1/moderation/events",
        "/v1/moderation/orders",
        "/v1/moderation/orders/{id}",
        "/v1/moderation/stock",
        "/v1/orders/{id}",
        "/v1/partner-pages/{token}",
        "/v1/partners/{source}/numbers",
        "/v1/personal-data/{token}",
        "/v1/petitions/{slug}/signatures",
        "/v1/petitions/{slug}/signers",
        "/v1/posters/{slug}/files/{name}",
        "/v1/webhooks",
        "/v1/webhooks/samples/{type}",
        "/v1/webhooks/{id}",
        "/v1/webhooks/{id}/deliveries",
    }
    changes = {
        "/v1/bounces",
        "/v1/confirmation-codes",
        "/v1/confirmations/{token}/rejection",
        "/v1/confirmations/{token}/unsubscription",
        "/v1/hosted-events/{token}/cancellation",
        "/v1/hosted-events/{token}/change",
        "/v1/hosted-events/{token}/guests/{id}/decisions",
        "/v1/moderation/event-changes/{id}/decisions",
        "/v1/events/{id}/attendances",
        "/v1/moderation/attendances/{id}/decisions",
        "/v1/moderation/events/{id}/decisions",
        "/v1/moderation/events/{id}/private-place",
        "/v1/moderation/orders/{id}/decisions",
        "/v1/orders",
        "/v1/personal-data/{token}/attendances/{id}",
        "/v1/personal-data/{token}/block",
        "/v1/personal-data/{token}/erasure",
        "/v1/personal-data/{token}/events/{id}",
        "/v1/personal-data/{token}/events/{id}/address",
        "/v1/personal-data/{token}/orders/{id}",
        "/v1/personal-data/{token}/signatures/{id}",
        "/v1/personal-data/{token}/signatures/{id}/public",
        "/v1/personal-data/{token}/signatures/{id}/updates",
        "/v1/personal-links",
        "/v1/petitions/{slug}/attested-signatures",
        "/v1/posters/{slug}/reservations",
        "/v1/webhooks/{id}/secret",
        "/v1/webhooks/{id}/test",
    }
    routes = set(re.findall(r'"(/(?:v1|healthz)[^"\s]*)"', source))
    assert routes == _caching.CACHEABLE_ROUTES | private | changes
    assert not _caching.CACHEABLE_ROUTES & (private | changes)


async def test_cache_keys_reveal_nothing_and_differ_by_request(client_variant):
    keys = set()

    class Keys(MemoryCache):
        def set(self, key, entry, /):
            keys.add(key)

    for address in ("https://a.example", "https://b.example"):
        kind = (
            client_variant.library.AsyncClient
            if client_variant.is_async
            else client_variant.library.Client
        )
        inner = kind(
            transport=client_variant.library.MockTransport(
                Campaign(client_variant, body={"items": []})
            )
        )
        for headers in ({}, {"X-Room": "secret"}, {"X-Room": "other"}):
            campaign = client_variant.client_class(
                address, http_client=inner, cache=Keys(), headers=headers
            )
            for q in ("secret", "other"):
                await client_variant.result_of(campaign.events.list(q=q))
                await client_variant.result_of(campaign.events.geojson(q=q))
    assert len(keys) == 2 * 3 * 2 * 2
    assert all(re.fullmatch("imd-sdk:1:[0-9a-f]{64}", key) for key in keys)


def test_cache_keys_differ_by_media_type():
    terms = Client("https://a.example")._driver.terms
    call = _calls.ics({})
    other = replace(call, accept="application/json")
    assert _caching._cache_key(call, terms) != _caching._cache_key(other, terms)


def raising(entry):
    raise OSError("redis://:secret@cache.example is away")


BROKEN = {
    "raises": raising,
    "half": lambda entry: entry[: len(entry) // 2],
    "nothing": lambda entry: b"",
    "one more": lambda entry: entry + b" ",
    "other content": lambda entry: re.sub(rb'"total": ?7', b'"total":9', entry),
    "other tag": lambda entry: entry.replace(b'\\"1\\"', b'\\"9\\"'),
    "text": lambda entry: "text",
    "number": lambda entry: 5,
    "object": lambda entry: object(),
    "random": lambda entry: b"imd1" + bytes(range(200)),
}


@pytest.mark.parametrize("how", BROKEN)
async def test_broken_cache_entries_count_as_misses(client_variant, caplog, how):
    app, counts = await twice(client_variant, Odd(BROKEN[how]))
    assert app.etags == [None, None]
    assert [count.total for count in counts] == [7, 7]
    assert "secret" not in caplog.text


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
async def test_caches_may_return_any_kind_of_bytes(client_variant, kind):
    app, _ = await twice(client_variant, Odd(kind))
    assert app.etags == [None, '"1"']


async def test_entries_of_other_urls_count_as_misses(client_variant):
    class Mixed(MemoryCache):
        def get(self, key, /):
            return next(iter(self._entries.values()), None)

    app = Campaign(client_variant)
    campaign = client_variant.client_for(app, cache=Mixed())
    await client_variant.result_of(campaign.petitions.count("a"))
    await client_variant.result_of(campaign.petitions.count("b"))
    assert app.etags == [None, None]


async def test_a_cache_that_cannot_store_does_not_fail_the_call(client_variant, caplog):
    class Full(MemoryCache):
        def set(self, key, entry, /):
            raise OSError("secret")

    app, counts = await twice(client_variant, Full())
    assert (app.etags, len(counts)) == ([None, None], 2)
    assert "the cache failed to set (OSError)" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.client_variants("sync and async")
async def test_a_304_with_another_etag_is_requested_again(client_variant):
    app, cache = Campaign(client_variant), MemoryCache()
    await twice(client_variant, cache, app)

    def confused(request):
        app.requests.append(request)
        if "if-none-match" in request.headers:
            return client_variant.library.Response(304, headers={"etag": '"9"'})
        return client_variant.json(200, COUNT | {"total": 9})

    count = await client_variant.result_of(
        client_variant.client_for(confused, cache=cache).petitions.count("c")
    )
    assert (count.total, app.etags[-2:]) == (9, ['"1"', None])


async def test_an_unrequested_304_is_an_error(client_variant):
    campaign = client_variant.client_for(
        lambda request: client_variant.library.Response(304), cache=MemoryCache()
    )
    with pytest.raises(errors.UnexpectedResponse):
        await client_variant.result_of(campaign.petitions.count("c"))


@pytest.mark.client_variants("sync and async")
async def test_a_derived_client_shares_the_cache(client_variant):
    app = Campaign(client_variant)
    campaign = client_variant.client_for(app, cache=MemoryCache())
    await client_variant.result_of(campaign.petitions.count("c"))
    await client_variant.result_of(campaign.with_options(timeout=2).petitions.count("c"))
    assert app.etags == [None, '"1"']


@pytest.mark.client_variants("sync and async")
async def test_the_testing_kit_answers_conditional_requests(client_variant):
    seen, campaign = [], InMemoryCampaign()
    imd = client_variant.client_of(campaign, cache=MemoryCache())
    for _ in range(2):
        await client_variant.result_of(imd.posters.get("many-paths", on_response=seen.append))
    assert [response.from_cache for response in seen] == [False, True]


class Awaited:
    async def get(self, key): ...

    async def set(self, key, entry): ...


@pytest.mark.parametrize("wrong", [Awaited(), object(), "redis://"])
def test_an_object_that_is_not_a_cache_is_rejected(client_variant, wrong):
    with pytest.raises(TypeError, match="cache must have two plain functions"):
        client_variant.client_class("https://campaign.example", cache=wrong)


ENTRY = _caching._Entry('"1"', "application/json", b'{"total": 7}')


@given(data=st.data())
def test_a_changed_entry_counts_as_a_miss(data):
    stored = _caching._pack("key", ENTRY)
    start = data.draw(st.integers(0, len(stored)))
    end = data.draw(st.integers(start, len(stored)))
    changed = stored[:start] + data.draw(st.binary(max_size=8)) + stored[end:]
    assert _caching._unpack("key", changed) == (ENTRY if changed == stored else None)


@given(entry=st.binary(max_size=99))
def test_arbitrary_bytes_are_never_a_response(entry):
    assert _caching._unpack("key", entry) is None


SETS = st.lists(st.tuples(st.sampled_from("abcdef"), st.binary(max_size=12)), max_size=40)


@given(sets=SETS, limit=st.integers(0, 40))
def test_a_memory_cache_keeps_the_latest_entries_within_its_limit(sets, limit):
    cache, expected = MemoryCache(limit), {}
    for key, entry in sets:
        cache.set(key, entry)
        expected.pop(key, None)
        if 1 + len(entry) <= limit:
            expected[key] = entry
        while sum(1 + len(value) for value in expected.values()) > limit:
            del expected[next(iter(expected))]
    assert {key: cache.get(key) for key in "abcdef" if cache.get(key) is not None} == expected
    assert cache._size == sum(1 + len(value) for value in expected.values())


def test_recently_used_entries_are_kept():
    cache = MemoryCache(9)
    for key in "abc":
        cache.set(key, b"12")
    cache.get("a")
    cache.set("d", b"12")
    assert [cache.get(key) for key in "abcd"] == [b"12", None, b"12", b"12"]
    assert repr(cache) == "<MemoryCache 3 entries, 9 of 9 bytes>"
    cache.clear()
    assert len(cache) == 0


@settings(max_examples=settings.default.max_examples // 20)
@given(seed=st.integers())
def test_many_threads_may_use_a_memory_cache(seed):
    def work(number):
        for step in range(300):
            key = hashlib.sha256(f"{seed} {number} {step % 20}".encode()).hexdigest()[:2]
            cache.set(key, key.encode() * (step % 7))
            found = cache.get(key)
            assert found is None or set(found.decode()) <= set(key)

    cache, failed = MemoryCache(200), []
    hook, threading.excepthook = threading.excepthook, failed.append
    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    threading.excepthook = hook
    assert failed == []
    assert cache._size == sum(len(k) + len(v) for k, v in cache._entries.items()) <= 200


def test_a_negative_limit_is_rejected():
    with pytest.raises(ValueError, match="max_bytes"):
        MemoryCache(-1)
