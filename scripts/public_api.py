"""The public surface of the SDK as text, read from its source.

    python scripts/public_api.py > tests/sdk/public_api.txt

A test fails while the two differ, so that every change of the surface is seen in a review.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

SDK = Path(__file__).resolve().parents[1] / "src" / "imd_sdk"
SPOKEN = {"init", "enter", "exit", "aenter", "aexit", "iter", "aiter", "str"}
"""The methods with two underscores that users see the effect of."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


def main() -> None:
    for module in sorted(SDK.rglob("*.py")):
        parts = module.relative_to(SDK).with_suffix("").parts
        if not any(part.startswith("_") for part in parts):
            told(".".join(("imd_sdk", *parts)), module, exported(tree(module)))
    root = tree(SDK / "__init__.py")
    for node in ast.walk(root):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("imd_sdk._"):
            name = str(node.module).rpartition(".")[2]
            names = {alias.name for alias in node.names if alias.name != "__version__"}
            told("imd_sdk, from a private module", SDK / f"{name}.py", names)
    for package in sorted(SDK.rglob("__init__.py")):
        print("", ".".join(package.parent.relative_to(SDK.parent).parts), sep="\n")
        print(*(f"    {name}" for name in sorted(exported(tree(package)))), sep="\n")


def told(title: str, module: Path, names: set[str]) -> None:
    public = [node for node in tree(module).body if getattr(node, "name", None) in names]
    if public:
        print(f"\n{title}")
    for node in public:
        print(*lines(node), sep="\n")


def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text("utf-8"))


def exported(module: ast.Module) -> set[str]:
    for node in module.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def lines(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ClassDef):
        bases = ", ".join(map(ast.unparse, node.bases + node.keywords))
        yield f"    class {node.name}" + (f"({bases})" if bases else "")
        yield from (f"        {line}" for part in node.body for line in member(part))
    elif isinstance(node, Function):
        yield f"    {signature(node)}"


def member(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.AnnAssign | ast.Assign):
        yield from field(node)
    elif isinstance(node, Function) and is_public(node.name):
        yield signature(node)
        if node.name == "__init__":
            yield from attributes(node)


def field(node: ast.AnnAssign | ast.Assign) -> Iterator[str]:
    if is_public(ast.unparse(node.target if isinstance(node, ast.AnnAssign) else node.targets[0])):
        yield ast.unparse(node)


def attributes(init: Function) -> Iterator[str]:
    """What an object is given when it is made."""
    for node in ast.walk(init):
        target = getattr(node, "target", None) or getattr(node, "targets", [None])[0]
        if isinstance(target, ast.Attribute) and is_public(target.attr):
            kind = f": {ast.unparse(node.annotation)}" if isinstance(node, ast.AnnAssign) else ""
            yield f"self.{target.attr}{kind}"


def signature(node: Function) -> str:
    marks = "".join(f"@{ast.unparse(mark)} " for mark in node.decorator_list)
    kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    gives = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{marks}{kind} {node.name}({ast.unparse(node.args)}){gives}"


def is_public(name: str) -> bool:
    return not name.startswith("_") or name.strip("_") in SPOKEN


if __name__ == "__main__":
    main()
