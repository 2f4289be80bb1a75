"""The blocking and the async half of the SDK are the same, apart from waiting and awaiting."""

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from imd_sdk import _driver, _paging, endpoints
from imd_sdk.client import AsyncClient, Client

ROOT = Path(__file__).parents[2]
PAIRS = [
    (Client, AsyncClient),
    (_driver.Driver, _driver.AsyncDriver),
    (_paging.Pager, _paging.AsyncPager),
]
ASYNC_NAMES = {"aclose": "close", "__aenter__": "__enter__", "__aexit__": "__exit__"}
ASYNC_NAMES |= {"__aiter__": "__iter__"}


def methods(kind):
    named = {ASYNC_NAMES.get(name, name): value for name, value in vars(kind).items()}
    return {name: value for name, value in named.items() if callable(value)}


def neutral_signature(method):
    """A signature without what makes it blocking or async."""
    text = str(inspect.signature(method))
    text = re.sub(r"Async(?=Iterator)|Awaitable\[(.*?\])\]", r"\1", text)
    return text.replace("Async", "").replace("async_", "")


@pytest.mark.parametrize(("blocking", "awaited"), PAIRS, ids=lambda kind: kind.__name__)
def test_sync_and_async_have_the_same_methods_and_parameters(blocking, awaited):
    signatures = {name: neutral_signature(method) for name, method in methods(blocking).items()}
    twins = {name: neutral_signature(method) for name, method in methods(awaited).items()}
    assert signatures == twins


def test_both_clients_have_the_same_docstrings():
    docstrings = {name: method.__doc__ for name, method in methods(Client).items()}
    assert docstrings == {name: method.__doc__ for name, method in methods(AsyncClient).items()}


def test_blocking_endpoints_are_generated_from_the_async_ones():
    script = ROOT / "scripts" / "make_sync_endpoints.py"
    command = [sys.executable, script, "--check"]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("group", [getattr(endpoints, name) for name in endpoints.__all__])
def test_an_endpoint_method_only_builds_a_call_and_carries_it_out(group):
    for method in ast.walk(ast.parse(inspect.getsource(group))):
        if isinstance(method, ast.FunctionDef):
            statements = [ast.unparse(statement) for statement in method.body[1:]]
            assert len(statements) <= 2, method.name
            assert not re.search(r"\b(if|for|try|or)\b", "".join(statements)), method.name
