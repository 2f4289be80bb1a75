from typing import Any

from imd_widgets import countdown, counter, event_list, event_map, posters, share, sign
from imd_widgets.widget import Widget

WIDGETS: tuple[Widget[Any], ...] = (
    counter.WIDGET,
    countdown.WIDGET,
    event_map.WIDGET,
    event_list.WIDGET,
    posters.WIDGET,
    share.WIDGET,
    sign.WIDGET,
)
