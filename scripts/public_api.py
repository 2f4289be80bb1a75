"""Write the public API of the SDK as text, from its source.

    python scripts/public_api.py > tests/sdk/public_api.txt

A test fails while the two differ, so that reviewers see every change of the API.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import griffe

SOURCE = Path(__file__).resolve().parents[1] / "src"
INTERNAL = {"__post_init__", "__reduce__", "__repr__", "__repr_args__", "__slots__"}
"""Special members that change nothing for users."""

NOT_EXPORTED = (
    "_response.Headers",
    "_transport.HttpClient",
    "_transport.AsyncHttpClient",
    "bulk._column_mapping.ColumnOption",
)
"""Types that public signatures name, and that nobody needs to import."""


def main() -> None:
    sdk = load_sdk()
    for module in find_public_modules(sdk):
        print(f"\n{module.path}")
        for name, member in module.members.items():
            if member.is_exported:
                print_indented(describe_export(name, member))
    print("\nnot exported")
    for path in NOT_EXPORTED:
        print_indented(describe(sdk[path]))


def print_indented(lines: Iterable[str]) -> None:
    print(*(f"    {line}" for line in lines), sep="\n")


def load_sdk() -> griffe.Module:
    return griffe.load(
        "imd_sdk", search_paths=[SOURCE], resolve_aliases=True, allow_inspection=False
    )


def find_public_modules(module: griffe.Module) -> Iterator[griffe.Module]:
    yield module
    for _, submodule in sorted(module.members.items()):
        if not submodule.is_alias and submodule.is_module and submodule.is_public:
            yield from find_public_modules(submodule)


def describe_export(name: str, member: griffe.Object | griffe.Alias) -> Iterator[str]:
    """Describe a name where its module is public, and otherwise where it is exported."""
    if member.is_alias and is_public_module(member.final_target.module):
        yield f"{name}: see {member.final_target.module.path}"
    elif name == "__version__":
        yield name
    else:
        yield from describe(member.final_target if member.is_alias else member)


def is_public_module(module: griffe.Module) -> bool:
    return not any(part.startswith("_") for part in module.path.split("."))


def describe(member: griffe.Object) -> Iterator[str]:
    if isinstance(member, griffe.Class):
        yield from (f"@{decorator.value}" for decorator in member.decorators)
        yield f"class {member.name}{format_bases(member)}"
        for part in find_public_members(member):
            yield from (f"    {line}" for line in describe(part))
    elif isinstance(member, griffe.Function):
        yield from (f"@{decorator.value}" for decorator in member.decorators)
        yield format_function(member)
    elif isinstance(member, griffe.Attribute):
        yield format_attribute(member)


def format_bases(one: griffe.Class) -> str:
    keywords = (f"{name}={value}" for name, value in one.keywords.items())
    bases = ", ".join([*map(str, one.bases), *keywords])
    return f"({bases})" if bases else ""


def find_public_members(one: griffe.Class) -> Iterator[griffe.Object]:
    """Return what the source of a class has: the `__init__` of a dataclass is its fields."""
    for member in one.members.values():
        if member.is_public and member.lineno and member.name not in INTERNAL:
            yield member


def format_function(function: griffe.Function) -> str:
    keyword = "async def" if "async" in function.labels else "def"
    return f"{keyword} {function.signature()}"


def format_attribute(attribute: griffe.Attribute) -> str:
    kind = find_annotation(attribute)
    mark = "@property " if "property" in attribute.labels else ""
    value = f" = {attribute.value}" if is_class_level(attribute) and attribute.value else ""
    return f"{mark}{attribute.name}{f': {kind}' if kind else ''}{value}"


def find_annotation(attribute: griffe.Attribute) -> str | griffe.Expr | None:
    """Return the type; an attribute without one has that of the argument of the same name."""
    init = attribute.parent.members.get("__init__") if attribute.parent else None
    if attribute.annotation or not init or attribute.name not in init.parameters:
        return attribute.annotation
    return init.parameters[attribute.name].annotation


def is_class_level(attribute: griffe.Attribute) -> bool:
    """Return whether a class or a module, and not `__init__`, has the value."""
    return bool(attribute.labels & {"class-attribute", "module-attribute"})


if __name__ == "__main__":
    main()
