"""A plan as text for people."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from imd_campaign.campaign_files.items import Change, FieldChange
    from imd_campaign.campaign_files.plan import Plan

SIGNS = {"add": "+", "change": "~", "close": "x", "remove": "-"}
VERBS = {"add": "to add", "change": "to change", "close": "to close", "remove": "to remove"}
LONGEST = 72
BEFORE = 16


def write_plan(plan: "Plan") -> str:
    lines = [line for change in plan.changes for line in _write_change(change)]
    return "\n".join([*lines, *_write_kept(plan), _summarise(plan)])


def _write_kept(plan: "Plan") -> Iterator[str]:
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for kept in plan.kept:
        groups[kept.kind, kept.note].append(kept.key)
    for (kind, note), keys in groups.items():
        yield f"= {kind} {', '.join(keys)}: {note}"


def _write_change(change: "Change") -> Iterator[str]:
    name = change.kind if change.key == change.kind.replace(" ", "_") else ""
    yield f"{SIGNS[change.action]} {name or f'{change.kind} {change.key}'}"
    if change.action in {"change", "close"}:
        yield from (f"    {_write_field(field)}" for field in change.fields)
    yield from (f"    Note: {note}" for note in change.notes)


def _write_field(field: "FieldChange") -> str:
    if field.is_hidden:
        return f"{field.name}: changed (hidden)"
    old, new = _write_value(field.old), _write_value(field.new)
    start = _find_difference(old, new)
    return f"{field.name}: {_shorten(old, start)} → {_shorten(new, start)}"


def _write_value(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        return f'"{" ".join(value.split())}"'
    return str(value)


def _find_difference(old: str, new: str) -> int:
    pairs = enumerate(zip(old, new, strict=False))
    return next((place for place, (one, other) in pairs if one != other), min(len(old), len(new)))


def _shorten(text: str, start: int) -> str:
    """Show a long text from a little before the first difference."""
    if len(text) <= LONGEST:
        return text
    begin = max(0, min(start - BEFORE, len(text) - LONGEST))
    part = text[begin : begin + LONGEST]
    return f"{'…' if begin else ''}{part}{'…' if begin + LONGEST < len(text) else ''}"


def _summarise(plan: "Plan") -> str:
    if not plan.changes:
        return "Nothing to change."
    counts: Counter[str] = Counter(change.action for change in plan.changes)
    parts = [f"{counts[action]} {verb}" for action, verb in VERBS.items() if counts[action]]
    return f"{', '.join(parts)}. Plan {plan.digest}"
