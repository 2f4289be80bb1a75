"""The commands for webhooks, against a campaign in memory."""

import json

import pytest

TARGET = "https://receiver.example/hooks"
SUBSCRIBE = ["webhooks", "subscribe", TARGET, "--type", "event.approved"]


@pytest.fixture
def scopes():
    return ("webhooks:manage",)


@pytest.fixture
def webhook(run) -> str:
    return json.loads(run(*SUBSCRIBE, "--json")[1])["id"]


def test_subscribing_prints_the_secret(run):
    status, out, err = run(*SUBSCRIBE, "--type", "event.cancelled")
    assert (status, err) == (0, "")
    assert "secret   whsec_" in out
    listed = run("webhooks", "list")[1]
    assert "event.approved, event.cancelled" in listed
    assert "whsec_" not in listed


def test_rotating_prints_another_secret(run, webhook):
    first, second = (run("webhooks", "rotate-secret", webhook)[1] for _ in range(2))
    assert first.startswith("secret          whsec_")
    assert first != second


def test_test_is_listed_among_the_deliveries(run, webhook):
    assert f"imd webhooks deliveries {webhook}" in run("webhooks", "test", webhook)[1]
    [delivery] = run("webhooks", "deliveries", webhook, "--json")[1].splitlines()
    assert json.loads(delivery)["type"] == "webhook.test"
    assert "webhook.test" in run("webhooks", "deliveries", webhook)[1]


def test_unsubscribing_deletes_the_webhook(run, webhook):
    assert run("webhooks", "unsubscribe", webhook)[0] == 0
    assert run("webhooks", "list", "--json")[1] == ""
    status, _, err = run("webhooks", "unsubscribe", webhook)
    assert (status, err.startswith("imd: 404 not-found")) == (1, True)


def test_sample_is_json(run):
    sample = json.loads(run("webhooks", "sample", "event.approved")[1])
    assert sample["data"] == {"event": "evt_sample"}


def test_unknown_type_lists_the_valid_ones(run):
    status, _, err = run("webhooks", "subscribe", TARGET, "--type", "event.exploded")
    assert status == 1
    assert "petition.count_changed" in err
