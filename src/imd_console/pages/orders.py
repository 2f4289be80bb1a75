"""Orders of posters: what is to be paid and sent, and what is left.

The ID of an order opens its public page, so it is in forms only and never in a URL.
"""

from http import HTTPStatus

from starlette.responses import Response

from imd_campaign.pagination import PageRequest
from imd_campaign.posters import moderation, orders
from imd_campaign.posters import service as posters
from imd_campaign.posters.order_states import STATES, OrderState
from imd_campaign.posters.schemas import Order, OrderDecision
from imd_campaign.staff.roles import Action
from imd_console.decisions import ChosenDecision, keep_entries, make_caller, read_decision
from imd_console.forms import EMPTY, Form, InvalidForm
from imd_console.languages import N_
from imd_console.page import Page
from imd_console.paging import make_next_link, read_page_request
from imd_console.paths import ORDER, ORDERS, STOCK
from imd_console.rendering import redirect, render
from imd_console.staff_request import StaffRequest

ACTION: Action = "manage-orders"
MAX_POSTERS = 100
# The button of each decision, and what it leads to.
DECISIONS = {
    "paid": (N_("Mark as paid"), N_("The order does not expire any more.")),
    "paid_late": (
        N_("Mark as paid too late"),
        N_("The payment arrived after the order had ended: pay it back, or send other prints."),
    ),
    "sent": (N_("Mark as sent"), N_("The prints are on their way to the buyer.")),
    "cancel": (
        N_("Cancel the order"),
        N_("This cannot be undone. Its prints are on sale again, and the buyer gets an e-mail."),
    ),
    "refund": (N_("Mark as paid back"), N_("The buyer has got the money back.")),
}
DECIDED = N_("The order was changed.")


def show_list(request: StaffRequest) -> Response:
    state = _read_state(request)
    part = moderation.list_orders(request.context, state, read_page_request(request))
    return render(
        request,
        "orders.html",
        orders=[managed.order for managed in part.items],
        state=state,
        states=STATES,
        next_link=make_next_link(request, part.next),
    )


def _read_state(request: StaffRequest) -> OrderState:
    wanted = request.query.get("state")
    for state in STATES:
        if state == wanted:
            return state
    return STATES[0]


def show_order(request: StaffRequest) -> Response:
    return _render_order(request, _get_order(request), EMPTY)


def decide(request: StaffRequest) -> Response:
    order = _get_order(request)
    try:
        chosen = read_decision(request, list(_list_decisions(request, order)))
    except InvalidForm as error:
        return _render_order(request, order, keep_entries(request.form, error))
    _apply(request, order, chosen)
    request.leave_notice(request.gettext(DECIDED))
    return redirect(f"{ORDERS}?state={order.state}")


def _get_order(request: StaffRequest) -> Order:
    return orders.get(request.context, request.form.get("order"))


def _apply(request: StaffRequest, order: Order, chosen: ChosenDecision) -> None:
    values = {"decision": chosen.decision, "reason": chosen.reason}
    form = OrderDecision.model_validate(values)
    moderation.decide_order(request.context, make_caller(request), order.id, form)


def _list_decisions(request: StaffRequest, order: Order) -> dict[str, tuple[str, str]]:
    possible = moderation.list_decisions(request.context, order.id)
    return {decision: DECISIONS[decision] for decision in possible}


def show_stock(request: StaffRequest) -> Response:
    part = posters.list_posters(request.context, PageRequest(MAX_POSTERS), request.language.tag)
    return render(request, "stock.html", posters=part.items)


def _render_order(request: StaffRequest, order: Order, form: Form) -> Response:
    return render(
        request,
        "order.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK,
        form=form,
        order=order,
        decisions=_list_decisions(request, order),
    )


PAGES = (
    Page(ORDERS, ACTION, get=show_list, post=decide, navigation=N_("Orders")),
    Page(ORDER, ACTION, post=show_order, works_read_only=True),
    Page(STOCK, ACTION, get=show_stock),
)
