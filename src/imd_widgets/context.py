from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from imd_widgets.availability import Availability
from imd_widgets.caching.cache import Clock
from imd_widgets.caching.file_cache import FileCache
from imd_widgets.caching.image_cache import Drawings
from imd_widgets.caching.source import Source
from imd_widgets.caching.two_queue import TwoQueueCache
from imd_widgets.languages import Languages
from imd_widgets.rendering import Pages
from imd_widgets.responses.connection_limit import ConnectionLimit
from imd_widgets.responses.rendered_widget import RenderedWidget
from imd_widgets.settings import Settings


@dataclass(frozen=True)
class Context:
    settings: Settings
    languages: Languages
    pages: Pages
    source: Source
    clock: Clock
    screens: ConnectionLimit
    ends: Availability
    depot: FileCache
    drawings: Drawings
    answers: TwoQueueCache[RenderedWidget]
    queries: TwoQueueCache[Any]


def context_of(request: Request) -> Context:
    site: Context = request.app.state.site
    return site
