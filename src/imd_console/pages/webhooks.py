"""Webhooks of all keys: what is sent where, whether it arrives, and how to end it."""

from http import HTTPStatus

from starlette.responses import Response

from imd_campaign.audit.service import Author
from imd_campaign.staff.roles import Action
from imd_campaign.webhooks import oversight
from imd_console.decisions import read_translated_reason
from imd_console.forms import EMPTY, Form, InvalidForm
from imd_console.languages import N_
from imd_console.page import Page
from imd_console.paging import make_next_link, read_page_request
from imd_console.paths import WEBHOOKS
from imd_console.rendering import redirect, render
from imd_console.staff_request import StaffRequest

ACTION: Action = "manage-webhooks"
REMOVED = N_("The webhook was deleted: nothing is sent to it any more.")


def show_list(request: StaffRequest) -> Response:
    part = oversight.list_webhooks(request.context, read_page_request(request))
    next_link = make_next_link(request, part.next)
    return render(request, "webhooks.html", webhooks=part.items, next_link=next_link)


def show_webhook(request: StaffRequest) -> Response:
    return _render(request, EMPTY)


def remove(request: StaffRequest) -> Response:
    try:
        reason = read_translated_reason(request)
    except InvalidForm as error:
        return _render(request, request.form.with_errors(*error.errors))
    author = Author(request.account.id, reason, request.context.now())
    oversight.remove(request.context, request.path_params["id"], author)
    request.leave_notice(request.gettext(REMOVED))
    return redirect(WEBHOOKS)


def _render(request: StaffRequest, form: Form) -> Response:
    webhook = oversight.get(request.context, request.path_params["id"])
    return render(
        request,
        "webhook.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK,
        form=form,
        webhook=webhook,
        deliveries=oversight.list_deliveries(request.context, webhook),
    )


PAGES = (
    Page(WEBHOOKS, ACTION, get=show_list, navigation=N_("Webhooks")),
    Page(f"{WEBHOOKS}/{{id}}", ACTION, get=show_webhook, post=remove, works_read_only=True),
)
