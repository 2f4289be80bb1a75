from dataclasses import dataclass

from starlette.requests import Request

from imd_widgets.cache import Clock
from imd_widgets.check.checker import Checker
from imd_widgets.depot import Depot
from imd_widgets.ends import Ends
from imd_widgets.languages import Languages
from imd_widgets.made import Made
from imd_widgets.options import Options
from imd_widgets.pages import Pages
from imd_widgets.seats import Seats
from imd_widgets.settings import Settings
from imd_widgets.shelf import Shelf
from imd_widgets.source import Source


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
    answers: Shelf[Made]
    queries: Shelf[Options]


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site
