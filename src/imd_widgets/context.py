from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from imd_widgets.caching.cache import Clock
from imd_widgets.caching.cached_campaign import CachedCampaign
from imd_widgets.caching.file_cache import FileCache
from imd_widgets.caching.image_cache import ImageCache
from imd_widgets.caching.two_queue_cache import TwoQueueCache
from imd_widgets.campaign_check import CampaignCheck
from imd_widgets.closing_rules import ClosingRules
from imd_widgets.languages import Languages
from imd_widgets.rendering import PageRenderer
from imd_widgets.responses.connection_limit import ConnectionLimit
from imd_widgets.responses.rendered_widget import RenderedWidget
from imd_widgets.settings import Settings


@dataclass(frozen=True)
class Context:
    settings: Settings
    languages: Languages
    renderer: PageRenderer
    source: CachedCampaign
    clock: Clock
    screen_connections: ConnectionLimit
    closing_rules: ClosingRules
    file_cache: FileCache
    image_cache: ImageCache
    response_cache: TwoQueueCache[RenderedWidget]
    known_requests: TwoQueueCache[Any]
    campaign_check: CampaignCheck


def get_context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context
