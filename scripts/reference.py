"""The reference of the SDK in Markdown, made from its signatures and docstrings.

    python scripts/reference.py > docs/sdk/reference.md

A test fails while the two differ.
"""

import ast
import re
import textwrap
from collections.abc import Iterator
from typing import NamedTuple

from public_api import SDK, Function, attributes, exported, is_public, signature, tree

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
Named = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.AnnAssign


class Section(NamedTuple):
    title: str
    module: str
    said: str
    names: tuple[str, ...] = ()
    """Empty: all that the module exports, in the order of its source."""


SECTIONS = (
    Section("The client", "client", CLIENT, ("Client",)),
    Section("Pages", "_paging", "What a method that lists returns.", ("Pager", "AsyncPager")),
    Section("Responses", "_response", RESPONSES, ("Headers", "Response")),
    Section("Downloads", "_download", "What `posters.download` returns.", ("Downloaded",)),
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
    print(*(f"- {contents(section)}" for section in SECTIONS), sep="\n")
    for section in SECTIONS:
        print(f"\n## {section.title}\n\n{section.said}")
        if not section.names:
            told(ast.get_docstring(source(section.module)))
        for node in members(section):
            described(node, title(section, node))
        if section.module == "client":
            namespaces()


def contents(section: Section) -> str:
    titles = [title(section, node) for node in members(section)]
    if section.module == "client":
        titles += [name for name, _ in spaces()]
    return f"{link(section.title)}: {', '.join(map(link, titles))}"


def title(section: Section, node: Named) -> str:
    return f"{section.module}.{name_of(node)}" if section.module in PREFIXED else name_of(node)


def link(heading: str) -> str:
    anchor = heading.lower().replace(" ", "-").replace(".", "")
    return f"[{heading}](#{anchor})"


def members(section: Section) -> list[Named]:
    """The public classes, functions and aliases of a module, or of those a package gathers."""
    module = source(section.module)
    wanted = set(section.names) or exported(module)
    modules = [module, *gathered(module)]
    found = [node for one in modules for node in one.body if isinstance(node, Named)]
    return [node for node in found if name_of(node) in wanted]


def name_of(node: Named) -> str:
    return ast.unparse(node.target) if isinstance(node, ast.AnnAssign) else node.name


def gathered(package: ast.Module) -> Iterator[ast.Module]:
    for node in package.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("imd_sdk."):
            yield source(str(node.module).removeprefix("imd_sdk."))


def source(module: str) -> ast.Module:
    path = SDK.joinpath(*module.split("."))
    return tree(path / "__init__.py" if path.is_dir() else path.with_suffix(".py"))


def namespaces() -> None:
    for name, node in spaces():
        print(f"\n### {name}\n\n`{node.name}`, or `Async{node.name}`.")
        told(ast.get_docstring(node))
        methods(node, name)


def spaces() -> list[tuple[str, ast.ClassDef]]:
    """The attributes of a client that have its methods."""
    both = source("client").body + source("endpoints").body
    classes = {node.name: node for node in both if isinstance(node, ast.ClassDef)}
    declared_in = [node for node in classes["Client"].body if isinstance(node, ast.AnnAssign)]
    return [(ast.unparse(n.target), classes[ast.unparse(n.annotation)]) for n in declared_in]


def described(node: Named, heading: str) -> None:
    print(f"\n### {heading}")
    if isinstance(node, ast.AnnAssign):
        print(f"\nOne of `{ast.unparse(node.value or ast.Constant(None))}`.")
        return
    if not isinstance(node, ast.ClassDef):
        called(signature(node))
        told(ast.get_docstring(node))
        return
    bases = [base for base in map(ast.unparse, node.bases) if base not in {"Model", "Generic[T]"}]
    if bases:
        print(f"\nKind of: {', '.join(f'`{base}`' for base in bases)}.")
    told(ast.get_docstring(node))
    bullets([*fields(node.body), *made(node), *properties(node)])
    methods(node, heading)


def fields(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    """What is declared, each with the docstring under it."""
    for node, after in zip(body, [*body[1:], ast.Pass()], strict=True):
        if isinstance(node, ast.AnnAssign | ast.Assign):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            name = ast.unparse(target).removeprefix("self.")
            if is_public(name) and name not in {"__slots__", "model_config"}:
                yield declared(node, name), documented(after)


def declared(node: ast.AnnAssign | ast.Assign, name: str) -> str:
    kind = f": {ast.unparse(node.annotation)}" if isinstance(node, ast.AnnAssign) else ""
    value = node.value
    plain = isinstance(value, ast.Constant) or (isinstance(value, ast.Tuple) and not value.elts)
    return f"{name}{kind} = {ast.unparse(value)}" if value and plain else f"{name}{kind}"


def documented(node: ast.stmt) -> str:
    told_here = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return str(node.value.value) if told_here else ""


def made(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for part in node.body:
        if isinstance(part, ast.FunctionDef) and part.name == "__init__":
            public = {line.removeprefix("self.").partition(":")[0] for line in attributes(part)}
            given = {a.arg: a.annotation for a in [*part.args.args, *part.args.kwonlyargs]}
            for name, words in fields(part.body):
                plain = name.partition(":")[0].partition(" ")[0]
                if plain in public and words:
                    kind = given.get(plain)
                    yield f"{plain}: {ast.unparse(kind)}" if kind else name, words


def properties(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for part in node.body:
        if is_property(part) and part.returns:
            yield f"{part.name}: {ast.unparse(part.returns)}", ast.get_docstring(part) or ""


def is_property(node: ast.stmt) -> bool:
    marks = getattr(node, "decorator_list", [])
    return "property" in map(ast.unparse, marks) and is_public(getattr(node, "name", "_"))


def bullets(rows: list[tuple[str, str]]) -> None:
    if rows:
        print()
    for name, words in rows:
        plain = " ".join(markdown(words).split())
        print(f"- `{name}`" + (f": {plain}" if plain else ""))


def methods(node: ast.ClassDef, prefix: str) -> None:
    for part in node.body:
        if not isinstance(part, Function) or is_property(part):
            continue
        words = ast.get_docstring(part)
        if words and part.name == "__init__":
            called(signature(part).replace("def __init__(", f"{node.name}("))
            told(words)
        elif words and is_public(part.name):
            print(f"\n#### {prefix}.{part.name}")
            called(signature(part))
            told(words)


def called(line: str) -> None:
    """Show a signature, one argument a line where it is long."""
    name, rest = line.split("(", 1)
    inside, gives = rest.rsplit(")", 1)
    gives = gives if "def " in name else ""
    arguments = [spaced(one) for one in parted(inside) if one != "self"]
    shown = f"{name}({', '.join(arguments)}){gives}"
    if len(shown) > WIDTH:
        rows = "".join(f"    {argument},\n" for argument in arguments)
        shown = f"{name}(\n{rows}){gives}"
    print(f"\n```text\n{shown}\n```")


def parted(arguments: str) -> list[str]:
    """Split at the commas that stand in no bracket."""
    depth, parts = 0, [""]
    for letter in arguments:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def spaced(argument: str) -> str:
    return re.sub(r"^(\w+: .+?)=(.+)$", r"\1 = \2", argument)


def told(docstring: str | None) -> None:
    if docstring:
        print(f"\n{markdown(docstring)}")


def markdown(docstring: str) -> str:
    """Docstrings have ``two`` backticks, indented blocks after ``::``, and named lines."""
    parts = re.split(r"(?m)^::\n\n((?:(?: {4}.*)?\n)+|.+\Z)", f"{docstring}\n")
    shown = [
        f"```text\n{textwrap.dedent(part).strip()}\n```" if at % 2 else prose(part)
        for at, part in enumerate(parts)
    ]
    return "\n\n".join(part for part in shown if part)


def prose(text: str) -> str:
    paragraphs = re.split(r"\n{2,}", text.replace("``", "`").strip())
    return "\n\n".join(map(paragraph, paragraphs))


def paragraph(text: str) -> str:
    """One line, or a list of the lines that begin with a name and a colon."""
    items = re.split(r"\n(?=`\w+`: )", text)
    if not any(re.match(r"`\w+`: ", item) for item in items):
        return " ".join(text.split())
    lines = (" ".join(item.split()) for item in items)
    return "\n".join(f"- {line}" if line.startswith("`") else f"{line}\n" for line in lines)


if __name__ == "__main__":
    main()
