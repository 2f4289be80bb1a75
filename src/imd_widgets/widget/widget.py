from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

from imd_widgets.context import Context
from imd_widgets.languages import Language
from imd_widgets.urls import parse_widget_key
from imd_widgets.widget.options import N_, Options
from imd_widgets.widget.summary import WidgetSummary

O = TypeVar("O", bound=Options)  # noqa: E741 - the options of one widget


@dataclass(frozen=True)
class WidgetRequest(Generic[O]):
    """One request for a widget."""

    context: Context
    language: Language
    options: O
    path_params: Mapping[str, str]
    now: datetime


@dataclass(frozen=True)
class Widget(Generic[O]):
    """A widget: `load` returns the view that `templates/{name}.html` renders.

    A widget rendered from the same data within the same `step` of the clock, in seconds, is
    considered current. `max_age` overrides the settings' cache lifetime.
    """

    name: str
    title: str
    path: str
    options: type[O]
    load: Callable[[WidgetRequest[O]], Awaitable[Any]]
    height: int
    heights: Mapping[str, int] = field(default_factory=dict)
    description: str = ""
    link: str = N_("Add your name")
    link_path: str = "/petitions/{petition}"
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    summarise: Callable[[Any, Language], WidgetSummary] | None = None
    step: int = 1
    max_age: int | None = None

    @cached_property
    def key(self) -> str:
        return parse_widget_key(self.path)

    def get_height(self, lang: str) -> int:
        return self.heights.get(lang, self.height)
