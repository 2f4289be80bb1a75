"""Reports of e-mails that bounced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imd_sdk.testing._problems import FieldError, Rejection

if TYPE_CHECKING:
    from imd_sdk.testing._requests import EndpointRequest
    from imd_sdk.testing._state import State, Wire


def report(state: State, request: EndpointRequest) -> Wire:
    form = request.form
    if form.return_path is not None:  # the e-mails of this campaign have none
        return {"recorded": False}
    if form.message_id is None:
        message = "is required, or return_path is."
        raise Rejection("invalid-body", FieldError("body", "message_id", message))
    return {"recorded": state.mail.report(form.message_id, form.status)}
