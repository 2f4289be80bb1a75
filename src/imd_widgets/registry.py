from typing import Any

from imd_widgets import countdown, counter
from imd_widgets.widget import Widget

WIDGETS: tuple[Widget[Any], ...] = (counter.WIDGET, countdown.WIDGET)
