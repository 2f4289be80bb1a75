"""Headers of the demo's own pages."""

import base64
import hashlib


def make_page_headers(page: str, *, forms: str = "'none'") -> dict[str, str]:
    """Allow the one style sheet that is in the page, and nothing else."""
    style = page.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{digest}'; "
        f"form-action {forms}; frame-ancestors 'none'; base-uri 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
