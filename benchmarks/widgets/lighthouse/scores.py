"""What a report of Lighthouse says, and what of it is below the bar."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

Report: TypeAlias = Mapping[str, Any]
Scores: TypeAlias = dict[str, int]

BAR = 98
CRAWLABLE = "is-crawlable"
SHOWN_NODES = 3


def scores(report: Report, *, listed: bool) -> Scores:
    """By the titles of the categories, of 100, each reckoned as Lighthouse reckons it.

    The mean of the weighted audits that apply. Of a page that must not be listed all but the one
    that asks for it to be.
    """
    return {
        category["title"]: _mean([*_weighed(report, category, listed=listed)])
        for category in report["categories"].values()
    }


def _weighed(
    report: Report, category: Report, *, listed: bool
) -> Iterator[tuple[dict[str, Any], float]]:
    for reference in category["auditRefs"]:
        audit = report["audits"][reference["id"]]
        left_out = audit["id"] == CRAWLABLE and not listed
        if reference["weight"] and audit["score"] is not None and not left_out:
            yield audit, reference["weight"]


def _mean(weighed: list[tuple[dict[str, Any], float]]) -> int:
    total = sum(weight for _, weight in weighed)
    return round(100 * sum(audit["score"] * weight for audit, weight in weighed) / total)


def to_mend(report: Report, *, listed: bool) -> Iterator[str]:
    """For each category below the bar the audits that hold it down, and what to do."""
    if not listed and report["audits"][CRAWLABLE]["score"]:
        yield "may be listed by search engines, and must not be: give it noindex"
    reached = scores(report, listed=listed)
    for category in report["categories"].values():
        if reached[category["title"]] >= BAR:
            continue
        for audit, _ in _weighed(report, category, listed=listed):
            if audit["score"] < 1:
                yield f"{category['title']}: {audit['id']}: {_said(audit)}"


def _said(audit: Report) -> str:
    value = audit.get("displayValue") or audit.get("explanation")
    advice = ". ".join(part for part in (audit["title"], value, audit["description"]) if part)
    return "\n      ".join([advice, *_nodes(audit)])


def _nodes(audit: Report) -> list[str]:
    items = audit.get("details", {}).get("items", [])
    nodes = [item["node"]["snippet"] for item in items if "snippet" in item.get("node", {})]
    return nodes[:SHOWN_NODES]
