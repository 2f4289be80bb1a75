from dataclasses import dataclass
from typing import Literal

from imd_sdk.models import Petition
from imd_widgets.petitions.counter import (
    PetitionStatus,
    SignatureCount,
    load_petition_and_count,
    make_count,
    make_status,
)
from imd_widgets.widget.options import N_, LiveOptions, SourceOptions, define_option
from imd_widgets.widget.widget import Widget, WidgetRequest

CALLS = {
    "add": N_("Add your name"),
    "sign": N_("Sign the petition"),
    "read": N_("Read and sign"),
}


class SignOptions(SourceOptions, LiveOptions):
    call: Literal["add", "sign", "read"] = define_option(
        "add",
        title=N_("Button text"),
        help=N_("“Add your name”, “Sign the petition” or “Read and sign”."),
        error=N_("The button text must be one of: %(choices)s."),
    )


@dataclass(frozen=True)
class SignView:
    petition: Petition
    count: SignatureCount
    status: PetitionStatus
    call: str


async def load(request: WidgetRequest[SignOptions]) -> SignView:
    petition, count = await load_petition_and_count(
        request.context.source, request.path_params["petition"], request.language
    )
    return SignView(
        petition=petition,
        count=make_count(count, request.language),
        status=make_status(petition, request.language),
        call=request.language.gettext(CALLS[request.options.call]),
    )


WIDGET = Widget(
    name="sign",
    title=N_("Petition"),
    path="/w/sign/{petition}",
    options=SignOptions,
    load=load,
    description=N_(
        "What the petition asks for, how many people have signed, and a button to sign it."
    ),
    height=720,
    heights={"en": 710, "es": 720, "fr": 720, "ar": 710, "my": 870},
    styles=("figure",),
    scripts=("refresh",),
)
