from dataclasses import dataclass

from starlette.requests import Request

from imd_widgets.answers.cache import Clock
from imd_widgets.answers.depot import Depot
from imd_widgets.answers.made import Made
from imd_widgets.answers.seats import Seats
from imd_widgets.answers.shelf import Shelf
from imd_widgets.answers.source import Source
from imd_widgets.cards.drawings import Drawings
from imd_widgets.check.checker import Checker
from imd_widgets.languages import Languages
from imd_widgets.pages.rendering import Pages
from imd_widgets.settings import Settings
from imd_widgets.widget.ends import Ends
from imd_widgets.widget.options import Options


@dataclass(frozen=True)
class Site:
    settings: Settings
    languages: Languages
    pages: Pages
    source: Source
    clock: Clock
    checker: Checker
    screens: Seats
    ends: Ends
    depot: Depot
    drawings: Drawings
    answers: Shelf[Made]
    queries: Shelf[Options]


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site
