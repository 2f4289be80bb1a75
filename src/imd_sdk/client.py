"""The two clients: `Client` blocks until the response is there, `AsyncClient` is awaited."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self, Unpack

from imd_sdk._driver import AsyncDriver, Driver
from imd_sdk._terms import make_terms
from imd_sdk._transport import AsyncHttpTransport, HttpTransport, choose_base_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imd_sdk._response import Response
    from imd_sdk._terms import Terms
    from imd_sdk._transport import AsyncHttpClient, HttpClient
    from imd_sdk.async_endpoints import (
        AsyncAttendanceCalls,
        AsyncBounceCalls,
        AsyncCampaignCalls,
        AsyncConfirmationCalls,
        AsyncEventCalls,
        AsyncHostedEventCalls,
        AsyncModerationCalls,
        AsyncPartnerCalls,
        AsyncPersonalDataCalls,
        AsyncPetitionCalls,
        AsyncPosterCalls,
        AsyncResourceCalls,
        AsyncShareKitCalls,
        AsyncWebhookCalls,
    )
    from imd_sdk.cache import Cache
    from imd_sdk.endpoints import (
        AttendanceCalls,
        BounceCalls,
        CampaignCalls,
        ConfirmationCalls,
        EventCalls,
        HostedEventCalls,
        ModerationCalls,
        PartnerCalls,
        PersonalDataCalls,
        PetitionCalls,
        PosterCalls,
        ResourceCalls,
        ShareKitCalls,
        WebhookCalls,
    )
    from imd_sdk.hooks import Hook
    from imd_sdk.options import Options, PostOptions

__all__ = ["AsyncClient", "Client"]


class Client:
    """A blocking client of a campaign's HTTP API.

    Its methods are grouped in the namespaces ``campaign``, ``petitions``, ``confirmations``,
    ``personal_data``, ``events``, ``attendances``, ``hosted_events``, ``posters``, ``share_kit``,
    ``resources``, ``moderation``, ``partners``, ``bounces`` and ``webhooks``; see
    ``help(client.petitions)``.

    Create one client and reuse it: it holds the connections, and is safe to use from many
    threads. Close it with ``with`` or `close`. Every method accepts the options of
    `imd_sdk.options`, such as ``timeout``, and raises the errors of `imd_sdk.errors`.
    """

    campaign: CampaignCalls
    petitions: PetitionCalls
    confirmations: ConfirmationCalls
    personal_data: PersonalDataCalls
    events: EventCalls
    attendances: AttendanceCalls
    hosted_events: HostedEventCalls
    posters: PosterCalls
    share_kit: ShareKitCalls
    resources: ResourceCalls
    moderation: ModerationCalls
    partners: PartnerCalls
    bounces: BounceCalls
    webhooks: WebhookCalls

    def __init__(
        self,
        base_url: str | None = None,
        *,
        api_key: str | None = None,
        http_client: HttpClient | None = None,
        timeout: float = 10.0,
        deadline: float | None = None,
        max_retries: int = 2,
        headers: Mapping[str, str] | None = None,
        hooks: Iterable[Hook] = (),
        cache: Cache | None = None,
    ) -> None:
        """Check the settings; no connection is opened yet.

        ``base_url``: the campaign's URL; by default that of ``http_client``, else
        ``IMD_BASE_URL``.
        ``api_key``: only for methods that need a scope; by default ``IMD_API_KEY``.
        ``http_client``: a client of httpx or httpx2 with your proxies, certificates and limits;
        closing it is up to you. Redirects are never followed, so the key goes to no other host.
        ``timeout``, ``deadline``, ``max_retries``, ``headers``: as in `imd_sdk.options.Options`;
        without a deadline no wait is longer than 30 seconds.
        ``hooks``: observers of every call (`imd_sdk.hooks`).
        ``cache``: a store for public responses (`imd_sdk.cache`); None: no cache.
        """
        transport = HttpTransport(http_client)
        terms = make_terms(
            choose_base_url(base_url, http_client),
            api_key,
            hooks,
            cache,
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            headers=headers,
        )
        self._use(Driver(transport, terms, time.sleep))

    def _use(self, driver: Driver) -> None:
        from imd_sdk import endpoints

        self._driver = driver
        self.campaign = endpoints.CampaignCalls(driver)
        self.petitions = endpoints.PetitionCalls(driver)
        self.confirmations = endpoints.ConfirmationCalls(driver)
        self.personal_data = endpoints.PersonalDataCalls(driver)
        self.events = endpoints.EventCalls(driver)
        self.attendances = endpoints.AttendanceCalls(driver)
        self.hosted_events = endpoints.HostedEventCalls(driver)
        self.posters = endpoints.PosterCalls(driver)
        self.share_kit = endpoints.ShareKitCalls(driver)
        self.resources = endpoints.ResourceCalls(driver)
        self.moderation = endpoints.ModerationCalls(driver)
        self.partners = endpoints.PartnerCalls(driver)
        self.bounces = endpoints.BounceCalls(driver)
        self.webhooks = endpoints.WebhookCalls(driver)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        **options: Unpack[PostOptions],
    ) -> Response:
        """Send a request to an endpoint that this SDK has no method for.

        ``path`` is below the base URL, such as ``/v1/events/{id}``; names in braces are filled
        from ``params``, whose other members become the query. Hooks and logs show the path with
        its braces, so pass personal or secret values in ``params``. ``json`` is the body. Every
        method but GET, HEAD and OPTIONS sends an Idempotency-Key.
        """
        from imd_sdk._raw_calls import raw_call

        return self._driver.call(raw_call(method, path, params, json), options)

    def with_options(self, **options: Unpack[Options]) -> Self:
        """Return a client with other options; options that are not given stay as they are.

        It shares this client's connections, hooks, cache and retry budget; ``headers`` are added
        to this client's. Closing it closes nothing: close this client, and both are closed.
        """
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._use(self._driver.with_terms(self._terms.override(options)))
        return other

    def close(self) -> None:
        """Close the connections, except those of an ``http_client`` that was passed in."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _terms(self) -> Terms:
        return self._driver.terms

    @property
    def base_url(self) -> str:
        """The campaign's URL, without a slash at its end."""
        return self._terms.base_url

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._terms.base_url}>"

    def __reduce__(self) -> str:
        raise TypeError("a client cannot be pickled or copied: it holds connections and a key")


class AsyncClient:
    """An async client of a campaign's HTTP API, for asyncio and trio.

    Its methods are grouped in the namespaces ``campaign``, ``petitions``, ``confirmations``,
    ``personal_data``, ``events``, ``attendances``, ``hosted_events``, ``posters``, ``share_kit``,
    ``resources``, ``moderation``, ``partners``, ``bounces`` and ``webhooks``; see
    ``help(client.petitions)``.

    Create one client and reuse it: it holds the connections, separately for each event loop.
    Close it with ``async with`` or `aclose`. Every method accepts the options of
    `imd_sdk.options`, such as ``timeout``, and raises the errors of `imd_sdk.errors`.
    """

    campaign: AsyncCampaignCalls
    petitions: AsyncPetitionCalls
    confirmations: AsyncConfirmationCalls
    personal_data: AsyncPersonalDataCalls
    events: AsyncEventCalls
    attendances: AsyncAttendanceCalls
    hosted_events: AsyncHostedEventCalls
    posters: AsyncPosterCalls
    share_kit: AsyncShareKitCalls
    resources: AsyncResourceCalls
    moderation: AsyncModerationCalls
    partners: AsyncPartnerCalls
    bounces: AsyncBounceCalls
    webhooks: AsyncWebhookCalls

    def __init__(
        self,
        base_url: str | None = None,
        *,
        api_key: str | None = None,
        http_client: AsyncHttpClient | None = None,
        timeout: float = 10.0,
        deadline: float | None = None,
        max_retries: int = 2,
        headers: Mapping[str, str] | None = None,
        hooks: Iterable[Hook] = (),
        cache: Cache | None = None,
    ) -> None:
        """Check the settings; no connection is opened yet.

        ``base_url``: the campaign's URL; by default that of ``http_client``, else
        ``IMD_BASE_URL``.
        ``api_key``: only for methods that need a scope; by default ``IMD_API_KEY``.
        ``http_client``: a client of httpx or httpx2 with your proxies, certificates and limits;
        closing it is up to you. Redirects are never followed, so the key goes to no other host.
        ``timeout``, ``deadline``, ``max_retries``, ``headers``: as in `imd_sdk.options.Options`;
        without a deadline no wait is longer than 30 seconds.
        ``hooks``: observers of every call (`imd_sdk.hooks`).
        ``cache``: a store for public responses (`imd_sdk.cache`); None: no cache.
        """
        from anyio import sleep

        transport = AsyncHttpTransport(http_client)
        terms = make_terms(
            choose_base_url(base_url, http_client),
            api_key,
            hooks,
            cache,
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            headers=headers,
        )
        self._use(AsyncDriver(transport, terms, sleep))

    def _use(self, driver: AsyncDriver) -> None:
        from imd_sdk import async_endpoints

        self._driver = driver
        self.campaign = async_endpoints.AsyncCampaignCalls(driver)
        self.petitions = async_endpoints.AsyncPetitionCalls(driver)
        self.confirmations = async_endpoints.AsyncConfirmationCalls(driver)
        self.personal_data = async_endpoints.AsyncPersonalDataCalls(driver)
        self.events = async_endpoints.AsyncEventCalls(driver)
        self.attendances = async_endpoints.AsyncAttendanceCalls(driver)
        self.hosted_events = async_endpoints.AsyncHostedEventCalls(driver)
        self.posters = async_endpoints.AsyncPosterCalls(driver)
        self.share_kit = async_endpoints.AsyncShareKitCalls(driver)
        self.resources = async_endpoints.AsyncResourceCalls(driver)
        self.moderation = async_endpoints.AsyncModerationCalls(driver)
        self.partners = async_endpoints.AsyncPartnerCalls(driver)
        self.bounces = async_endpoints.AsyncBounceCalls(driver)
        self.webhooks = async_endpoints.AsyncWebhookCalls(driver)

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        **options: Unpack[PostOptions],
    ) -> Response:
        """Send a request to an endpoint that this SDK has no method for.

        ``path`` is below the base URL, such as ``/v1/events/{id}``; names in braces are filled
        from ``params``, whose other members become the query. Hooks and logs show the path with
        its braces, so pass personal or secret values in ``params``. ``json`` is the body. Every
        method but GET, HEAD and OPTIONS sends an Idempotency-Key.
        """
        from imd_sdk._raw_calls import raw_call

        return await self._driver.call(raw_call(method, path, params, json), options)

    def with_options(self, **options: Unpack[Options]) -> Self:
        """Return a client with other options; options that are not given stay as they are.

        It shares this client's connections, hooks, cache and retry budget; ``headers`` are added
        to this client's. Closing it closes nothing: close this client, and both are closed.
        """
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._use(self._driver.with_terms(self._terms.override(options)))
        return other

    async def aclose(self) -> None:
        """Close the connections, except those of an ``http_client`` that was passed in."""
        await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @property
    def _terms(self) -> Terms:
        return self._driver.terms

    @property
    def base_url(self) -> str:
        """The campaign's URL, without a slash at its end."""
        return self._terms.base_url

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._terms.base_url}>"

    def __reduce__(self) -> str:
        raise TypeError("a client cannot be pickled or copied: it holds connections and a key")
