"""What a page says when a request cannot be answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from imd_campaign.errors import (
    AlreadyDecided,
    CampaignClosed,
    Conflict,
    Expired,
    InvalidRequest,
    NotFound,
    ReadOnly,
    SoldOut,
    Unavailable,
)
from imd_campaign.staff.errors import (
    InvitationInvalid,
    LastAdmin,
    NotPermitted,
    SessionEnded,
    TooManyAttempts,
    UnknownAccount,
)
from imd_console.languages import N_

NOT_FOUND = N_("There is no such page, or what it was about does not exist any more.")
NOT_PERMITTED = N_("Your role does not include this. Ask an administrator if you need it.")
FROM_ELSEWHERE = N_(
    "This form was sent from another site, or has expired. Open the page again and send it again."
)
NEEDS_HTTPS = N_(
    "The staff console works over HTTPS only. Ask the people who run the server to set it up."
)
WRONG_METHOD = N_("This page cannot be opened like this. Go back and use its form.")
NOT_UNDERSTOOD = N_("This URL is not valid. Open the list again from its beginning.")
BUSY = N_("The database cannot be reached at the moment. Nothing was changed: try again soon.")
FAILED = N_("Something went wrong on the server. Nothing was changed: try again later.")
READ_ONLY = N_("The campaign is read-only at the moment. Nothing was changed.")
CLOSED = N_("The campaign is closed. Nothing can be changed any more.")
DECIDED = N_("Somebody else has decided on this already, or it has changed meanwhile.")
SOLD_OUT = N_("There are not enough places left.")
CONFLICT = N_("This is not possible any more. Open the page again to see why.")
INVITATION = N_(
    "This link is not valid: it was used, withdrawn, or has expired. Ask an administrator for a "
    "new one."
)
LAST_ADMIN = N_("This is the last active administrator. Make somebody else an administrator first.")
TOO_MANY = N_(
    "There were too many failed attempts. Wait a quarter of an hour, use a device that has signed "
    "in before, or ask an administrator for a new link."
)


class PageProblem(Exception):  # noqa: N818 as in the campaign's errors
    """Ends a request with a page that shows one message."""

    def __init__(
        self, status: HTTPStatus, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}


@dataclass(frozen=True)
class _Meaning:
    status: HTTPStatus
    message: str


# The first class that fits counts.
MEANINGS: Mapping[type[Exception], _Meaning] = {
    NotFound: _Meaning(HTTPStatus.NOT_FOUND, NOT_FOUND),
    UnknownAccount: _Meaning(HTTPStatus.NOT_FOUND, NOT_FOUND),
    NotPermitted: _Meaning(HTTPStatus.FORBIDDEN, NOT_PERMITTED),
    InvitationInvalid: _Meaning(HTTPStatus.GONE, INVITATION),
    SessionEnded: _Meaning(HTTPStatus.FORBIDDEN, FROM_ELSEWHERE),
    LastAdmin: _Meaning(HTTPStatus.CONFLICT, LAST_ADMIN),
    TooManyAttempts: _Meaning(HTTPStatus.TOO_MANY_REQUESTS, TOO_MANY),
    CampaignClosed: _Meaning(HTTPStatus.CONFLICT, CLOSED),
    ReadOnly: _Meaning(HTTPStatus.SERVICE_UNAVAILABLE, READ_ONLY),
    SoldOut: _Meaning(HTTPStatus.CONFLICT, SOLD_OUT),
    AlreadyDecided: _Meaning(HTTPStatus.CONFLICT, DECIDED),
    InvalidRequest: _Meaning(HTTPStatus.BAD_REQUEST, NOT_UNDERSTOOD),
    Conflict: _Meaning(HTTPStatus.CONFLICT, CONFLICT),
    Expired: _Meaning(HTTPStatus.CONFLICT, CONFLICT),
    Unavailable: _Meaning(HTTPStatus.SERVICE_UNAVAILABLE, BUSY),
}


def to_problem(error: Exception) -> PageProblem:
    if isinstance(error, PageProblem):
        return error
    for kind, meaning in MEANINGS.items():
        if isinstance(error, kind):
            return PageProblem(meaning.status, meaning.message, headers=_make_headers(error))
    return PageProblem(HTTPStatus.INTERNAL_SERVER_ERROR, FAILED)


def _make_headers(error: Exception) -> Mapping[str, str]:
    seconds = getattr(error, "retry_after", None)
    return {"Retry-After": str(seconds)} if seconds else {}
