"""Calls to endpoints that the SDK has no method for: the caller's method, path and JSON."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from imd_sdk._call import SAFE_METHODS, ApiCall
from imd_sdk._targets import fill_route, format_parameter, format_query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imd_sdk._response import Response

METHODS = (*SAFE_METHODS, "POST", "PUT", "PATCH", "DELETE")


def raw_call(
    method: str, path: str, params: Mapping[str, Any] | None, body: Any
) -> ApiCall[Response]:
    """Fill the names in the path's braces from ``params``; the others become the query."""
    method = method.upper()
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}")
    if body is not None and method in SAFE_METHODS:
        raise ValueError(f"json must not be given for {method}, which has no body")
    query = dict(params or {})
    names = _check_path(path)
    if missing := [name for name in names if query.get(name) is None]:
        raise ValueError(f"params must include {missing[0]}, which path names")
    values = {name: str(format_parameter(query.pop(name))) for name in names}
    return ApiCall(
        method,
        _loggable_route(path),
        None,
        fill_route(quote(path, safe=_UNQUOTED), values),
        format_query(query),
        body=None if body is None else json.dumps(body).encode(),
        accept="*/*",
    )


_UNQUOTED = "/{}%!$&'()*+,;=:@"
"""The characters of the caller's path that stay as they are (RFC 3986, 3.3)."""


def _check_path(path: str) -> list[str]:
    """Check that a path stays below the base URL, and return the names in its braces."""
    if not re.fullmatch(r"/(?!/)[^\s?#\\\x00-\x1f\x7f]*", path):
        raise ValueError("path must begin with one slash, and have no host, query or fragment")
    if {".", ".."} & set(_fully_decode(path).replace("\\", "/").split("/")):
        raise ValueError("path must not have a segment . or ..")
    names = re.findall(r"{([A-Za-z_]\w*)}", path)
    if sorted(re.findall("[{}]", path)) != sorted("{}" * len(names)):
        raise ValueError("path must have braces around names only, such as {id}")
    return names


def _fully_decode(path: str) -> str:
    """Undo every layer of percent-encoding, as a careless proxy may."""
    while (decoded := unquote(path)) != path:
        path = decoded
    return path


def _loggable_route(path: str) -> str:
    """Keep names in braces, and words where a value is unlikely; hide the other segments."""
    shown = len(path) if "{" in path else 2
    segments = path.removeprefix("/").split("/")
    return "".join(
        f"/{segment if re.fullmatch(_WORD, segment) and index < shown else '…'}"
        for index, segment in enumerate(segments)
    )


_WORD = r"v\d+|[a-z-]*({\w+})?(\.[a-z]+)?"
