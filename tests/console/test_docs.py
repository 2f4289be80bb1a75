"""The page of the documentation has the table of permissions."""

import re
from pathlib import Path

from imd_campaign.staff.roles import ACTIONS, ROLES, is_permitted
from imd_console.names import ACTIONS as NAMES

PAGE = Path(__file__).parents[2] / "docs/campaign/console.md"


def test_table_of_roles_is_that_of_the_code():
    table = PAGE.read_text(encoding="utf-8").partition("## Roles")[2].partition("\n\nThe")[0]
    rows = [re.findall(r"[^|]+", line.strip("|")) for line in table.split("\n") if line]
    shown = {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in rows[2:]}
    expected = {
        NAMES[action]: ["yes" if is_permitted(role, action) else "–" for role in ROLES]
        for action in ACTIONS
    }
    assert shown == expected
