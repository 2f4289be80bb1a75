"""Hold requests to the OpenAPI document: methods, query parameters, scopes."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Request
from starlette.routing import compile_path

from imd_campaign.errors import FieldError, InvalidParameter

METHODS = ("get", "post", "put", "patch", "delete")
MAX_NAME_LENGTH = 100
SUBMISSIONS = "x-accepts-submissions"
RELAYED = "x-relayed"
QUOTA_SCOPE = "x-quota-scope"


class OpenApiValidator:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._paths: list[tuple[Callable[[str], object], list[str]]] = []
        self._repeatable: dict[tuple[str, str], dict[str, bool]] = {}
        self._scopes: list[tuple[str, Callable[[str], object], frozenset[str]]] = []
        self._submissions: list[Callable[[str], object]] = []
        self._quotas: list[tuple[Callable[[str], object], str]] = []
        for path, operations in document["paths"].items():
            found = [method for method in METHODS if method in operations]
            self._paths.append((compile_path(path)[0].match, found))
            for method in found:
                self._repeatable[path, method] = _find_repeatable_names(operations[method])
                if scopes := _find_scopes(operations[method]):
                    self._scopes.append((method.upper(), compile_path(path)[0].match, scopes))
            if operations.get("post", {}).get(SUBMISSIONS):
                self._submissions.append(compile_path(path)[0].match)
            if quota_scope := operations.get("post", {}).get(QUOTA_SCOPE):
                self._quotas.append((compile_path(path)[0].match, quota_scope))

    def list_methods(self, path: str) -> list[str]:
        found = {m.upper() for matches, methods in self._paths if matches(path) for m in methods}
        if "GET" in found:
            found.add("HEAD")
        return sorted(found | {"OPTIONS"}) if found else []

    def find_scopes(self, method: str, path: str) -> frozenset[str]:
        """Return the scopes that a request needs; none if anybody may send it."""
        return next(
            (
                scopes
                for needed_by, matches, scopes in self._scopes
                if needed_by == method and matches(path)
            ),
            frozenset(),
        )

    def accepts_submissions(self, path: str) -> bool:
        """Return whether a POST to this path is stored with its own idempotency key."""
        return any(matches(path) for matches in self._submissions)

    def find_quota_scope(self, path: str) -> str | None:
        """Return the scope of keys that have a quota of their own for POSTs to this path."""
        return next((scope for matches, scope in self._quotas if matches(path)), None)

    def check_query(self, request: Request) -> None:
        route = request.scope["route"].path
        known = self._repeatable.get((route, request.method.lower()), {})
        sent = [name for name, _ in request.query_params.multi_items()]
        errors = [
            FieldError("query", name[:MAX_NAME_LENGTH], _check_name(name, sent, known))
            for name in dict.fromkeys(sent)
            if _check_name(name, sent, known)
        ]
        if errors:
            raise InvalidParameter(*errors)


def _find_repeatable_names(operation: Mapping[str, Any]) -> dict[str, bool]:
    return {
        parameter["name"]: _is_list(parameter["schema"])
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query"
    }


def _find_scopes(operation: Mapping[str, Any]) -> frozenset[str]:
    needs = operation.get("security", ())
    return frozenset(scope for need in needs for scopes in need.values() for scope in scopes)


def _is_list(schema: Mapping[str, Any]) -> bool:
    return any(part.get("type") == "array" for part in [schema, *schema.get("anyOf", ())])


def _check_name(name: str, sent: list[str], known: Mapping[str, bool]) -> str:
    if name not in known:
        return "is not a known parameter."
    if sent.count(name) > 1 and not known[name]:
        return "may be given only once."
    return ""


async def reject_unknown_parameters(request: Request) -> None:
    request.app.state.openapi_validator.check_query(request)
