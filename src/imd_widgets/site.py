from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request

from imd_widgets.cache import Clock
from imd_widgets.check.checker import Checker
from imd_widgets.languages import Languages
from imd_widgets.made import Made
from imd_widgets.options import Options
from imd_widgets.pages import Pages
from imd_widgets.seats import Seats
from imd_widgets.settings import Settings
from imd_widgets.shelf import Shelf
from imd_widgets.source import Source
from imd_widgets.switches import Switches


@dataclass(frozen=True)
class Site:
    settings: Settings
    languages: Languages
    pages: Pages
    source: Source
    clock: Clock
    checker: Checker
    screens: Seats
    switches: Callable[[datetime], Switches]
    answers: Shelf[Made]
    queries: Shelf[Options]

    def over(self, now: datetime) -> bool:
        sunset = self.settings.sunset
        return sunset is not None and now >= sunset


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site
