from dataclasses import dataclass
from typing import Literal

from imd_sdk.models import Petition
from imd_widgets.petitions.counter import Standing, Tally, read_both, standing, tally
from imd_widgets.widget.options import N_, LiveOptions, option
from imd_widgets.widget.widget import Widget, WidgetRequest

CALLS = {
    "add": N_("Add your name"),
    "sign": N_("Sign the petition"),
    "read": N_("Read and sign"),
}


class SignOptions(LiveOptions):
    call: Literal["add", "sign", "read"] = option(
        "add",
        title=N_("Button text"),
        help=N_("“Add your name”, “Sign the petition” or “Read and sign”."),
        wrong=N_("The button text must be one of: %(choices)s."),
    )


@dataclass(frozen=True)
class SignView:
    petition: Petition
    tally: Tally
    standing: Standing
    call: str


async def load(ask: WidgetRequest[SignOptions]) -> SignView:
    petition, count = await read_both(ask.site.source, ask.path["petition"], ask.language)
    return SignView(
        petition=petition,
        tally=tally(count, ask.language),
        standing=standing(petition, ask.language),
        call=ask.language.gettext(CALLS[ask.options.call]),
    )


WIDGET = Widget(
    name="sign",
    title=N_("Petition"),
    path="/w/sign/{petition}",
    options=SignOptions,
    load=load,
    meaning=N_("What the petition asks for, how many people have signed, and a button to sign it."),
    height=720,
    heights={"en": 710, "es": 720, "fr": 720, "ar": 710, "my": 870},
    styles=("figure",),
    scripts=("renew",),
)
