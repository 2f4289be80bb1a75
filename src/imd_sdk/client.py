"""The two clients: one blocks until the answer is there, one is awaited."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self, Unpack

from imd_sdk import _exchange, _transport

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imd_sdk._answers import Response
    from imd_sdk._transport import AsyncDriver, Driver
    from imd_sdk.cache import Cache
    from imd_sdk.groups import (
        AsyncCampaignCalls,
        AsyncEventCalls,
        AsyncModerationCalls,
        AsyncPetitionCalls,
        AsyncPosterCalls,
        AsyncResourceCalls,
        AsyncShareKitCalls,
        CampaignCalls,
        EventCalls,
        ModerationCalls,
        PetitionCalls,
        PosterCalls,
        ResourceCalls,
        ShareKitCalls,
    )
    from imd_sdk.hooks import Hook
    from imd_sdk.options import Options, PostOptions

__all__ = ["AsyncClient", "Client"]


class Client:
    """A campaign, seen from a program that waits for each answer.

    What it can do, its parts tell, as ``help(client.petitions)``: ``campaign``, ``petitions``,
    ``events``, ``posters``, ``share_kit``, ``resources``, ``moderation``.

    Make one and keep it: it holds the connections, and may be used from many threads. Close it
    with ``with`` or `close`. Every method takes the options of `imd_sdk.options`, such as
    ``timeout``, and raises what `imd_sdk.errors` draws.
    """

    campaign: CampaignCalls
    petitions: PetitionCalls
    events: EventCalls
    posters: PosterCalls
    share_kit: ShareKitCalls
    resources: ResourceCalls
    moderation: ModerationCalls

    def __init__(
        self,
        base_url: str | None = None,
        *,
        api_key: str | None = None,
        http_client: _transport.HttpClient | None = None,
        timeout: float = 10.0,
        deadline: float | None = None,
        max_retries: int = 2,
        headers: Mapping[str, str] | None = None,
        hooks: Iterable[Hook] = (),
        cache: Cache | None = None,
    ) -> None:
        """Agree on the terms; nothing is opened yet.

        ``base_url``: the campaign's address; else that of ``http_client``, else ``IMD_BASE_URL``.
        ``api_key``: only for calls that ask for a scope; else ``IMD_API_KEY``.
        ``http_client``: a client of httpx or httpx2 with your proxies, certificates and limits; it
        stays yours to close. Redirects are never followed, so the key goes to no other host.
        ``timeout``, ``deadline``, ``max_retries``, ``headers``: as in `imd_sdk.options.Options`;
        without a deadline no wait is longer than 30 seconds.
        ``hooks``: who hears of every call (`imd_sdk.hooks`).
        ``cache``: where public answers are kept (`imd_sdk.cache`); None: they are not.
        """
        wire = _transport.Wire(http_client)
        url = _transport.base_url_of(base_url, http_client)
        terms = _exchange.agree(
            url,
            api_key,
            hooks,
            cache,
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            headers=headers,
        )
        self._settle(_transport.Driver(wire, terms, time.sleep))

    def _settle(self, driver: Driver) -> None:
        from imd_sdk import groups

        self._driver = driver
        self.campaign = groups.CampaignCalls(driver)
        self.petitions = groups.PetitionCalls(driver)
        self.events = groups.EventCalls(driver)
        self.posters = groups.PosterCalls(driver)
        self.share_kit = groups.ShareKitCalls(driver)
        self.resources = groups.ResourceCalls(driver)
        self.moderation = groups.ModerationCalls(driver)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        **options: Unpack[PostOptions],
    ) -> Response:
        """Ask for an address that this SDK has no method for, with the same care.

        ``path`` is below the base URL, such as ``/v1/events/{id}``; names in braces are filled from
        ``params``, whose other members become the query. Hooks and logs show the path with its
        braces, so what is personal or secret goes into ``params``. ``json`` is what is sent.
        Whatever is not a GET, HEAD or OPTIONS carries an Idempotency-Key.
        """
        from imd_sdk import _calls

        return self._driver.one(_calls.raw(method, path, params, json), options)

    def with_options(self, **options: Unpack[Options]) -> Self:
        """Give a client of the same kind on other terms; what is not given stays as it is.

        It shares this one's connections, hooks, cache and budget of retries; ``headers`` are added
        to this one's. To close it closes nothing: close this one, and both are closed.
        """
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._settle(self._driver.on(self._driver.terms.of(options)))
        return other

    def close(self) -> None:
        """Close the connections, but for those of an ``http_client`` that was passed in."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def base_url(self) -> str:
        """The campaign's address, without a slash at its end."""
        return self._driver.terms.base_url

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._driver.terms.base_url}>"

    def __reduce__(self) -> str:
        raise TypeError("a client holds connections and a key, and cannot be pickled or copied")


class AsyncClient:
    """A campaign, seen from a program that does other things meanwhile, on asyncio or trio.

    What it can do, its parts tell, as ``help(client.petitions)``: ``campaign``, ``petitions``,
    ``events``, ``posters``, ``share_kit``, ``resources``, ``moderation``.

    Make one and keep it: it holds the connections, for each event loop its own. Close it with
    ``async with`` or `aclose`. Every method takes the options of `imd_sdk.options`, such as
    ``timeout``, and raises what `imd_sdk.errors` draws.
    """

    campaign: AsyncCampaignCalls
    petitions: AsyncPetitionCalls
    events: AsyncEventCalls
    posters: AsyncPosterCalls
    share_kit: AsyncShareKitCalls
    resources: AsyncResourceCalls
    moderation: AsyncModerationCalls

    def __init__(
        self,
        base_url: str | None = None,
        *,
        api_key: str | None = None,
        http_client: _transport.AsyncHttpClient | None = None,
        timeout: float = 10.0,
        deadline: float | None = None,
        max_retries: int = 2,
        headers: Mapping[str, str] | None = None,
        hooks: Iterable[Hook] = (),
        cache: Cache | None = None,
    ) -> None:
        """Agree on the terms; nothing is opened yet.

        ``base_url``: the campaign's address; else that of ``http_client``, else ``IMD_BASE_URL``.
        ``api_key``: only for calls that ask for a scope; else ``IMD_API_KEY``.
        ``http_client``: a client of httpx or httpx2 with your proxies, certificates and limits; it
        stays yours to close. Redirects are never followed, so the key goes to no other host.
        ``timeout``, ``deadline``, ``max_retries``, ``headers``: as in `imd_sdk.options.Options`;
        without a deadline no wait is longer than 30 seconds.
        ``hooks``: who hears of every call (`imd_sdk.hooks`).
        ``cache``: where public answers are kept (`imd_sdk.cache`); None: they are not.
        """
        from anyio import sleep

        wire = _transport.AsyncWire(http_client)
        url = _transport.base_url_of(base_url, http_client)
        terms = _exchange.agree(
            url,
            api_key,
            hooks,
            cache,
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            headers=headers,
        )
        self._settle(_transport.AsyncDriver(wire, terms, sleep))

    def _settle(self, driver: AsyncDriver) -> None:
        from imd_sdk import groups

        self._driver = driver
        self.campaign = groups.AsyncCampaignCalls(driver)
        self.petitions = groups.AsyncPetitionCalls(driver)
        self.events = groups.AsyncEventCalls(driver)
        self.posters = groups.AsyncPosterCalls(driver)
        self.share_kit = groups.AsyncShareKitCalls(driver)
        self.resources = groups.AsyncResourceCalls(driver)
        self.moderation = groups.AsyncModerationCalls(driver)

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        **options: Unpack[PostOptions],
    ) -> Response:
        """Ask for an address that this SDK has no method for, with the same care.

        ``path`` is below the base URL, such as ``/v1/events/{id}``; names in braces are filled from
        ``params``, whose other members become the query. Hooks and logs show the path with its
        braces, so what is personal or secret goes into ``params``. ``json`` is what is sent.
        Whatever is not a GET, HEAD or OPTIONS carries an Idempotency-Key.
        """
        from imd_sdk import _calls

        return await self._driver.one(_calls.raw(method, path, params, json), options)

    def with_options(self, **options: Unpack[Options]) -> Self:
        """Give a client of the same kind on other terms; what is not given stays as it is.

        It shares this one's connections, hooks, cache and budget of retries; ``headers`` are added
        to this one's. To close it closes nothing: close this one, and both are closed.
        """
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._settle(self._driver.on(self._driver.terms.of(options)))
        return other

    async def aclose(self) -> None:
        """Close the connections, but for those of an ``http_client`` that was passed in."""
        await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @property
    def base_url(self) -> str:
        """The campaign's address, without a slash at its end."""
        return self._driver.terms.base_url

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._driver.terms.base_url}>"

    def __reduce__(self) -> str:
        raise TypeError("a client holds connections and a key, and cannot be pickled or copied")
