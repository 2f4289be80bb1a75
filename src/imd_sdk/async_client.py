"""The client for programs that run in an event loop, asyncio or trio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, Unpack

from anyio import sleep

from imd_sdk import _async_transport, _calls, _terms, _transport
from imd_sdk._drivers import AsyncDriver
from imd_sdk.groups import (
    AsyncCampaignCalls,
    AsyncEventCalls,
    AsyncModerationCalls,
    AsyncPetitionCalls,
    AsyncPosterCalls,
    AsyncResourceCalls,
    AsyncShareKitCalls,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from imd_sdk._response import Response
    from imd_sdk.cache import Cache
    from imd_sdk.hooks import Hook
    from imd_sdk.options import PostOptions

__all__ = ["AsyncClient"]


class AsyncClient:
    """A campaign, seen from a program that does other things meanwhile.

    Make one and keep it: it holds the connections, for each event loop its own. Close it with
    ``async with`` or `aclose`. Every method takes the options of `imd_sdk.options` for the one
    call, such as ``timeout``, ``deadline`` and ``headers``, every method that sends something an
    ``idempotency_key`` as well, and raises what `imd_sdk.errors` draws.
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
        ``timeout``: seconds for each step on the network.
        ``deadline``: seconds for a whole call with its tries, waits and pages; None: no end, and
        no wait longer than 30 seconds.
        ``max_retries``: how often a call is tried again after a failure that may pass.
        ``headers``: what every call says beside what the SDK says (`imd_sdk.options.Options`).
        ``hooks``: who hears of every call (`imd_sdk.hooks`).
        ``cache``: where public answers are kept (`imd_sdk.cache`); None: they are not.
        """
        wire = _async_transport.AsyncWire(http_client)
        url = _transport.base_url_of(base_url, http_client)
        terms = _terms.agree(
            url,
            api_key,
            hooks,
            cache,
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            headers=headers,
        )
        self._settle(AsyncDriver(wire, terms, sleep))

    def _settle(self, driver: AsyncDriver) -> None:
        self._driver = driver
        self.campaign = AsyncCampaignCalls(driver)
        self.petitions = AsyncPetitionCalls(driver)
        self.events = AsyncEventCalls(driver)
        self.posters = AsyncPosterCalls(driver)
        self.share_kit = AsyncShareKitCalls(driver)
        self.resources = AsyncResourceCalls(driver)
        self.moderation = AsyncModerationCalls(driver)

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

        ``path`` begins with a slash and is below the base URL, such as ``/v1/vigils/{id}``; names
        in braces are filled from ``params``, whose other members become the query. Write what is
        personal or secret into ``params``: the path with its braces is shown to hooks and in logs.
        ``json`` is what is sent. Whatever is not a GET, HEAD or OPTIONS carries an Idempotency-Key.
        """
        return await self._driver.one(_calls.raw(method, path, params, json), options)

    def with_options(
        self,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        max_retries: int | None = None,
        headers: Mapping[str, str] | None = None,
        on_response: Callable[[Response], object] | None = None,
    ) -> Self:
        """Give a client of the same kind on other terms; what is not given stays as it is.

        It shares this one's connections, hooks, cache and budget of retries, and costs next to
        nothing.
        ``headers`` are added to this client's. It holds nothing of its own, so to close it closes
        nothing: close this one, and both are closed.
        """
        terms = self._driver.terms.of(
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            headers=headers,
            on_response=on_response,
        )
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._settle(self._driver.on(terms))
        return other

    async def aclose(self) -> None:
        """Close the connections, except those that are another's.

        Those of an ``http_client`` that was passed in, and of the client that `with_options` was
        called on, stay open.
        """
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
