from typing import Any

from imd_widgets import countdown
from imd_widgets.events import event_list, event_map
from imd_widgets.petitions import counter, petition_widget
from imd_widgets.posters import posters
from imd_widgets.sharing import share
from imd_widgets.widget.widget import Widget

WIDGETS: tuple[Widget[Any], ...] = (
    counter.WIDGET,
    countdown.WIDGET,
    event_map.WIDGET,
    event_list.WIDGET,
    posters.WIDGET,
    share.WIDGET,
    petition_widget.WIDGET,
)
