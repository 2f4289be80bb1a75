"""The twins are the same, apart from waiting and awaiting."""

import ast
import inspect
import re

import pytest

from imd_sdk import _answers, _transport, groups
from imd_sdk.client import AsyncClient, Client

GROUPS = [
    (getattr(groups, name), getattr(groups, f"Async{name}"))
    for name in groups.__all__
    if not name.startswith("Async")
]
PUBLIC = [(Client, AsyncClient), *GROUPS]
PAIRS = [
    *PUBLIC,
    (_transport.Driver, _transport.AsyncDriver),
    (_answers.Pager, _answers.AsyncPager),
]
AWAITED = {"aclose": "close", "__aenter__": "__enter__", "__aexit__": "__exit__"}
AWAITED |= {"__aiter__": "__iter__"}
AT_ONCE = {"__init__", "__repr__", "__reduce__", "with_options", "_settle"}


def members(kind):
    return {AWAITED.get(name, name): value for name, value in vars(kind).items() if callable(value)}


def words(signature):
    """A signature without what makes it one of the two."""
    text = re.sub(r"Async(?=Iterator)|Awaitable\[(.*?\])\]", r"\1", str(signature))
    return text.replace("Async", "").replace("async_", "")


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=lambda kind: kind.__name__)
def test_the_twins_have_the_same_methods(one, other):
    assert members(one).keys() == members(other).keys()


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=lambda kind: kind.__name__)
def test_the_twins_take_the_same_parameters(one, other):
    for name, method in members(one).items():
        twin = members(other)[name]
        assert words(inspect.signature(method)) == words(inspect.signature(twin)), name


@pytest.mark.parametrize(("one", "other"), PUBLIC, ids=lambda kind: kind.__name__)
def test_the_twins_say_the_same(one, other):
    for name, method in members(one).items():
        assert method.__doc__ == members(other)[name].__doc__, name


@pytest.mark.parametrize(("one", "other"), PUBLIC, ids=lambda kind: kind.__name__)
def test_each_awaitable_belongs_to_a_call(one, other):
    for name, method in members(one).items():
        pages = "Pager" in str(inspect.signature(method).return_annotation)
        is_async = inspect.iscoroutinefunction(members(other)[name])
        assert not inspect.iscoroutinefunction(method)
        assert is_async != (pages or name in AT_ONCE), name


def bodies(kind):
    """What the methods of a group do, without await."""
    source = inspect.getsource(kind).replace("await ", "")
    return [
        [ast.unparse(statement) for statement in method.body[1:]]
        for method in ast.walk(ast.parse(source))
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


@pytest.mark.parametrize(("one", "other"), GROUPS, ids=lambda kind: kind.__name__)
def test_the_twins_do_the_same(one, other):
    assert bodies(one) == bodies(other)


@pytest.mark.parametrize("one", [one for one, _ in GROUPS])
def test_a_method_makes_a_call_and_carries_it_out_no_more(one):
    for statements in bodies(one):
        assert len(statements) <= 2
        assert not [word for word in ("if ", "for ", "try:", " or ") if word in "".join(statements)]
