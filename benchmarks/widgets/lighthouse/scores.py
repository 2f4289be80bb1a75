"""The scores of a Lighthouse report, and the audits that keep them below the bar."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

Report: TypeAlias = Mapping[str, Any]
Scores: TypeAlias = dict[str, int]

BAR = 98
CRAWLABLE = "is-crawlable"
SHOWN_NODES = 3


def compute_scores(report: Report, *, is_indexed: bool) -> Scores:
    """Compute the score of each category, of 100, as Lighthouse does.

    A score is the weighted mean of the audits that apply. For a page with noindex, it leaves out
    the audit that requires the page to be crawlable.
    """
    return {
        category["title"]: _compute_mean(
            [*_list_weighted_audits(report, category, is_indexed=is_indexed)]
        )
        for category in report["categories"].values()
    }


def _list_weighted_audits(
    report: Report, category: Report, *, is_indexed: bool
) -> Iterator[tuple[dict[str, Any], float]]:
    for reference in category["auditRefs"]:
        audit = report["audits"][reference["id"]]
        is_omitted = audit["id"] == CRAWLABLE and not is_indexed
        if reference["weight"] and audit["score"] is not None and not is_omitted:
            yield audit, reference["weight"]


def _compute_mean(weighted: list[tuple[dict[str, Any], float]]) -> int:
    total = sum(weight for _, weight in weighted)
    return round(100 * sum(audit["score"] * weight for audit, weight in weighted) / total)


def list_problems(report: Report, *, is_indexed: bool) -> Iterator[str]:
    """List the audits that keep a category below the bar, and what to do."""
    if not is_indexed and report["audits"][CRAWLABLE]["score"]:
        yield "can be indexed by search engines: add noindex"
    scores = compute_scores(report, is_indexed=is_indexed)
    for category in report["categories"].values():
        if scores[category["title"]] >= BAR:
            continue
        for audit, _ in _list_weighted_audits(report, category, is_indexed=is_indexed):
            if audit["score"] < 1:
                yield f"{category['title']}: {audit['id']}: {_describe(audit)}"


def _describe(audit: Report) -> str:
    value = audit.get("displayValue") or audit.get("explanation")
    advice = ". ".join(part for part in (audit["title"], value, audit["description"]) if part)
    return "\n      ".join([advice, *_list_nodes(audit)])


def _list_nodes(audit: Report) -> list[str]:
    items = audit.get("details", {}).get("items", [])
    nodes = [item["node"]["snippet"] for item in items if "snippet" in item.get("node", {})]
    return nodes[:SHOWN_NODES]
