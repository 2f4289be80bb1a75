"""The table in docs/running.md has every setting with its default."""

import re
from pathlib import Path

import pytest

from imd_campaign.settings import Settings as CampaignSettings
from imd_widgets.settings import Settings as WidgetSettings

PAGE = (Path(__file__).parents[2] / "docs/running.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `(IMD_[A-Z_]+)` \| `?(.*?)`? \|", PAGE, re.MULTILINE))


def defaults(model) -> dict[str, str]:
    prefix = model.model_config["env_prefix"]
    fields = model.model_fields.items()
    return {
        f"{prefix}{name.upper()}": "–"
        if field.is_required() or field.default is None
        else str(field.default)
        for name, field in fields
    }


@pytest.mark.parametrize("model", [CampaignSettings, WidgetSettings])
def test_every_setting_is_documented_with_its_default(model):
    prefix = model.model_config["env_prefix"]
    documented = {name: value for name, value in ROWS.items() if name.startswith(prefix)}
    assert documented == defaults(model)
