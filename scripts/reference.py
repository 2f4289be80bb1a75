"""Write the reference of the SDK in Markdown, from its signatures and docstrings.

    python scripts/reference.py > docs/sdk/reference.md

A test fails while the two differ.
"""

import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import griffe
from public_api import (
    find_annotation,
    find_public_members,
    format_function,
    is_class_level,
    load_sdk,
)

HEAD = """# Reference

Every public name of the SDK with its docstring, for developers who look something up. To learn
the SDK, begin with the [quick start](quickstart.md). `python scripts/reference.py` generates this
page from the source.
"""
CLIENT = (
    "`from imd_sdk import Client, AsyncClient`. With an `AsyncClient`, await the calls, read lists "
    "with `async for`, and close it with `aclose`; everything else is the same."
)
RESPONSES = "The argument of `on_response`, and the result of `request`."
WIDTH = 96
BASES_LEFT_OUT = {"Model", "Generic[T]"}
SDK = load_sdk()


class Section(NamedTuple):
    title: str
    module: str
    intro: str
    names: tuple[str, ...] = ()
    """Empty: all names that the module exports."""


SECTIONS = (
    Section("The client", "client", CLIENT, ("Client",)),
    Section("Pages", "_paging", "What a method that lists returns.", ("Pager", "AsyncPager")),
    Section("Responses", "_response", RESPONSES, ("Headers", "Response")),
    Section("Downloads", "_download", "What `posters.download` returns.", ("DownloadedFile",)),
    Section("Models", "models", "`imd_sdk.models`: what comes back, and what is sent."),
    Section("Errors", "errors", "`imd_sdk.errors`, and each in `imd_sdk` too."),
    Section("Options of a call", "options", "`imd_sdk.options`, for your type checker."),
    Section("Caches", "cache", "`imd_sdk.cache`; how to use one: [options](options.md)."),
    Section("Hooks", "hooks", "`imd_sdk.hooks`; how to: [logs and traces](observability.md)."),
    Section("Bulk", "bulk", "`imd_sdk.bulk`; how to: [paper sheets and exports](bulk.md)."),
    Section("Testing", "testing", "`imd_sdk.testing`; how to: [test yours](testing.md)."),
    Section("Webhooks", "webhooks", "`imd_sdk.webhooks`; how to: [webhooks](webhooks.md)."),
)
PREFIXED = {"options", "cache", "hooks", "bulk", "testing", "webhooks"}
"""Modules whose names are not in the root, and may be the same as another's."""


def main() -> None:
    print(HEAD)
    anchors = Counter[str]()
    print(*(f"- {format_contents(section, anchors)}" for section in SECTIONS), sep="\n")
    for section in SECTIONS:
        print(f"\n## {section.title}\n\n{section.intro}")
        if not section.names:
            print_docstring(SDK[section.module])
        for member in find_members(section):
            print_member(member, make_title(section, member))
        if section.module == "client":
            print_namespaces()


def format_contents(section: Section, anchors: Counter[str]) -> str:
    titles = [make_title(section, member) for member in find_members(section)]
    if section.module == "client":
        titles += find_namespaces()
    heading, *links = (make_link(title, anchors) for title in [section.title, *titles])
    return f"{heading}: {', '.join(links)}"


def make_title(section: Section, member: griffe.Object) -> str:
    return f"{section.module}.{member.name}" if section.module in PREFIXED else member.name


def make_link(heading: str, anchors: Counter[str]) -> str:
    """Link to a heading; of `bulk.Check` and `bulk.check`, the second has the anchor with `-1`."""
    anchor = heading.lower().replace(" ", "-").replace(".", "")
    earlier = anchors[anchor]
    anchors[anchor] += 1
    return f"[{heading}](#{anchor}{f'-{earlier}' if earlier else ''})"


def find_members(section: Section) -> list[griffe.Object]:
    """Return the members in the order of the source, module by module."""
    module = SDK[section.module]
    if section.names:
        return [module[name] for name in section.names]
    exported = [member for member in module.members.values() if member.is_exported]
    members = [member.final_target if member.is_alias else member for member in exported]
    modules = list(dict.fromkeys(member.module.path for member in members))
    return sorted(members, key=lambda one: (modules.index(one.module.path), one.lineno))


def print_namespaces() -> None:
    for name, namespace in find_namespaces().items():
        print(f"\n### {name}\n\n`{namespace.name}`, or `Async{namespace.name}`.")
        print_docstring(namespace)
        print_methods(namespace, name)


def find_namespaces() -> dict[str, griffe.Class]:
    """Return the attributes of a client that have its methods."""
    client = SDK["client.Client"]
    return {
        name: SDK.modules_collection[attribute.annotation.canonical_path]
        for name, attribute in client.attributes.items()
        if attribute.is_public and "property" not in attribute.labels
    }


def print_member(member: griffe.Object, heading: str) -> None:
    print(f"\n### {heading}")
    if isinstance(member, griffe.Attribute):
        print(f"\nOne of `{member.value}`.")
        return
    if isinstance(member, griffe.Function):
        print_signature(format_function(member))
        print_docstring(member)
        return
    bases = [f"`{base}`" for base in map(str, member.bases) if base not in BASES_LEFT_OUT]
    if bases:
        print(f"\nKind of: {', '.join(bases)}.")
    print_docstring(member)
    print_attributes(member)
    print_methods(member, heading)


def print_attributes(one: griffe.Class) -> None:
    rows = list(format_attributes(one))
    if rows:
        print("", *rows, sep="\n")


def format_attributes(one: griffe.Class) -> Iterator[str]:
    """Format the attributes; those that only `__init__` sets need a docstring to be listed."""
    for attribute in find_public_members(one):
        if not isinstance(attribute, griffe.Attribute) or attribute.name == "model_config":
            continue
        text = " ".join(format_docstring(attribute).split())
        if text or is_class_level(attribute) or attribute.value is None:
            yield f"- `{format_attribute(attribute)}`" + (f": {text}" if text else "")


def format_attribute(attribute: griffe.Attribute) -> str:
    """Format a name, its type and a plain value; a call such as `field(…)` is left out."""
    kind, value = find_annotation(attribute), attribute.value
    is_plain = isinstance(value, str) or str(value) == "()"
    return f"{attribute.name}{f': {kind}' if kind else ''}{f' = {value}' if is_plain else ''}"


def print_methods(one: griffe.Class, prefix: str) -> None:
    for method in find_public_members(one):
        if not isinstance(method, griffe.Function) or not method.docstring:
            continue
        if method.name == "__init__":
            print_signature(method.signature(return_type=False, name=one.name))
        else:
            print(f"\n#### {prefix}.{method.name}")
            print_signature(format_function(method))
        print_docstring(method)


def print_signature(signature: str) -> None:
    """Print a signature, one argument a line if it is long."""
    if len(signature) > WIDTH:
        name, rest = signature.split("(", 1)
        arguments, returns = rest.rsplit(")", 1)
        rows = "".join(f"    {argument},\n" for argument in split_arguments(arguments))
        signature = f"{name}(\n{rows}){returns}"
    print(f"\n```text\n{signature}\n```")


def split_arguments(arguments: str) -> list[str]:
    """Split at the commas outside brackets."""
    depth, parts = 0, [""]
    for character in arguments:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def print_docstring(member: griffe.Object) -> None:
    text = format_docstring(member)
    if text:
        print(f"\n{text}")


def format_docstring(member: griffe.Object) -> str:
    """Docstrings have ``two`` backticks, indented blocks after ``::``, and named lines."""
    docstring = member.docstring.value if member.docstring else ""
    parts = re.split(r"(?m)^::\n\n((?:(?: {4}.*)?\n)+|.+\Z)", f"{docstring}\n")
    blocks = [
        f"```text\n{textwrap.dedent(part).strip()}\n```" if at % 2 else format_prose(part)
        for at, part in enumerate(parts)
    ]
    return "\n\n".join(block for block in blocks if block)


def format_prose(text: str) -> str:
    paragraphs = re.split(r"\n{2,}", text.replace("``", "`").strip())
    return "\n\n".join(map(format_paragraph, paragraphs))


def format_paragraph(text: str) -> str:
    """Return one line, or a list of the lines that begin with a name and a colon."""
    items = re.split(r"\n(?=`\w+`: )", text)
    if not any(re.match(r"`\w+`: ", item) for item in items):
        return " ".join(text.split())
    lines = (" ".join(item.split()) for item in items)
    return "\n".join(f"- {line}" if line.startswith("`") else f"{line}\n" for line in lines)


if __name__ == "__main__":
    main()
