# ruff: noqa: N818 the names say what happened
"""Errors that only exist in HTTP."""

from imd_campaign.errors import CampaignError


class HttpError(CampaignError):
    @property
    def headers(self) -> dict[str, str]:
        return {}


class MalformedBody(HttpError):
    pass


class MethodNotAllowed(HttpError):
    def __init__(self, allowed: list[str]) -> None:
        super().__init__()
        self.allowed = allowed

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": ", ".join(self.allowed)}


class BodyTooLarge(HttpError):
    pass


class UnsupportedMediaType(HttpError):
    pass


class RangeNotSatisfiable(HttpError):
    def __init__(self, content_range: str) -> None:
        super().__init__()
        self.content_range = content_range

    @property
    def headers(self) -> dict[str, str]:
        return {"Content-Range": self.content_range}
