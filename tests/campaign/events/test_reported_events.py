"""What webhooks report of events: IDs and nothing else."""

import pytest

pytestmark = pytest.mark.anyio

REASON = {"reason": "A sample reason."}


@pytest.fixture
def decide(client, moderator):
    async def post(path, decision):
        body = {"decision": decision, **REASON}
        return await client.post(f"/v1/moderation/{path}/decisions", json=body, headers=moderator)

    return post


@pytest.mark.both_databases
async def test_life_of_an_event_is_reported(
    reported, client, submit, decide, host_link, body, clock
):
    event = await submit(body())
    clock.forward(minutes=1)
    await decide(f"events/{event}", "approve")
    clock.forward(minutes=1)
    form = {name: body()[name] for name in ("description", "starts_at", "time_zone", "place")}
    changed = {**form, "title": "Vigil with music"}
    proposed = (await client.put(f"{host_link(event)}/change", json=changed)).json()["change"]
    clock.forward(minutes=1)
    await decide(f"event-changes/{proposed['id']}", "approve")
    clock.forward(minutes=1)
    await client.post(f"{host_link(event)}/cancellation", json={"reason": "The hall is closed"})
    about = {"event": event}
    assert reported() == [
        ("event.submitted", about),
        ("event.approved", about),
        ("event.change_proposed", {**about, "change": proposed["id"]}),
        ("event.changed", about),
        ("event.cancelled", about),
    ]


async def test_another_capacity_is_reported(reported, client, publish, host_link):
    event = publish()
    await client.patch(host_link(event), json={"capacity": 60})
    assert reported() == [("event.changed", {"event": event})]


async def test_rejected_event_is_not_reported_as_approved(reported, submit, decide, body):
    event = await submit(body())
    await decide(f"events/{event}", "reject")
    assert reported() == [("event.submitted", {"event": event})]


async def test_decision_that_comes_too_late_reports_nothing(reported, publish, decide):
    response = await decide(f"events/{publish()}", "approve")
    assert (response.status_code, reported()) == (409, [])
