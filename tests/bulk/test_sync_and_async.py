"""The twins take the same and say the same; what is public is listed."""

import inspect

import pytest

from imd_sdk import AsyncClient, Client, bulk

TWINS = [name for name in bulk.__all__ if f"{name}_async" in bulk.__all__]


def test_functions_have_async_versions():
    assert [
        *("export_attendances", "export_events", "export_orders", "export_signatures"),
        "sign_many",
    ] == TWINS


@pytest.mark.parametrize("name", TWINS)
def test_async_versions_have_the_same_parameters(name):
    one, other = getattr(bulk, name), getattr(bulk, f"{name}_async")
    assert inspect.iscoroutinefunction(other)
    mine, theirs = (inspect.signature(kind).parameters.values() for kind in (one, other))
    assert [(p.name, p.kind, p.default) for p in mine] == [
        (p.name, p.kind, p.default) for p in theirs
    ]


def test_every_public_name_has_a_docstring():
    assert bulk.__all__ == sorted(bulk.__all__)
    assert [name for name in bulk.__all__ if not getattr(bulk, name).__doc__] == []


def test_a_client_says_which_campaign_it_is_of():
    for kind in (Client, AsyncClient):
        assert kind("http://campaign.example/").base_url == "http://campaign.example"
