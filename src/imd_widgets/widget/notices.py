"""What is shown in place of a widget or a page when there is nothing to show."""

from dataclasses import dataclass
from http import HTTPStatus

from imd_widgets.widget.options import N_

RETRY_SECONDS = "30"


@dataclass(frozen=True)
class Notice:
    status: HTTPStatus
    title: str
    sentences: tuple[str, ...] = ()


NOT_FOUND = Notice(HTTPStatus.NOT_FOUND, N_("This is no longer available"))
UNREACHABLE = Notice(
    HTTPStatus.SERVICE_UNAVAILABLE,
    N_("The campaign cannot be reached right now"),
    (N_("This will be back as soon as the campaign responds."),),
)
SWITCHED_OFF = Notice(HTTPStatus.OK, N_("This is not shown at the moment"))
INVALID_OPTIONS = N_("This widget cannot be shown with these options")
