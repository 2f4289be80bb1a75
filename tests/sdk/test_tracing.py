"""The page about traces, with the real OpenTelemetry SDK: what it says is what happens."""

import ast
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from imd_sdk import errors

pytestmark = pytest.mark.anyio

PAGE = Path(__file__).parents[2].joinpath("docs/sdk/observability.md").read_text("utf-8")


def shown():
    """The classes of the page's block about OpenTelemetry, and not what it does with them."""
    (block,) = [b for b in PAGE.split("```") if b.startswith("python\nfrom opentelemetry")]
    kinds = ast.Import | ast.ImportFrom | ast.ClassDef
    tree = ast.parse(block.removeprefix("python\n"))
    tree.body = [statement for statement in tree.body if isinstance(statement, kinds)]
    names = {}
    exec(compile(tree, "observability.md", "exec"), names)  # noqa: S102 - it is our own page
    return names


@pytest.fixture
def tracing():
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    return tracer, shown()["Tracing"](tracer), exporter.get_finished_spans


def make_client(client_variant, hook, *responses):
    requests = []

    def app(request):
        requests.append(request)
        response = responses[min(len(requests), len(responses)) - 1]
        if isinstance(response, Exception):
            raise response
        return response

    return client_variant.client_for(app, hooks=[hook]), requests


def traceparent(span):
    context = span.get_span_context()
    ids = f"{context.trace_id:032x}-{context.span_id:016x}"
    return f"00-{ids}-{context.trace_flags:02x}"


@pytest.mark.client_variants("sync and async")
async def test_a_call_is_a_span_and_each_attempt_a_child(client_variant, tracing):
    tracer, hook, finished = tracing
    campaign, requests = make_client(
        client_variant, hook, client_variant.json(503), client_variant.json(200, {"status": "ok"})
    )
    with tracer.start_as_current_span("ours") as ours:
        await client_variant.result_of(campaign.campaign.health())
    *sent, call, _ = finished()
    assert [span.name for span in sent] == ["GET /healthz"] * 2
    assert call.parent.span_id == ours.get_span_context().span_id
    assert {span.parent.span_id for span in sent} == {call.context.span_id}
    assert {span.kind for span in sent} == {SpanKind.CLIENT}
    assert [r.headers["traceparent"] for r in requests] == [traceparent(span) for span in sent]


async def test_the_status_of_each_attempt_is_recorded(client_variant, tracing):
    _, hook, finished = tracing
    cut = client_variant.library.ReadTimeout("slow")
    campaign, _ = make_client(
        client_variant,
        hook,
        cut,
        client_variant.json(503),
        client_variant.json(200, {"status": "ok"}),
    )
    await client_variant.result_of(campaign.campaign.health())
    *sent, call = finished()
    statuses = [span.attributes.get("http.response.status_code") for span in sent]
    assert statuses == [None, 503, 200]
    assert [span.attributes.get("error.type") for span in sent] == ["ReadTimeout", "503", None]
    assert [span.attributes["http.request.resend_count"] for span in sent] == [0, 1, 2]
    assert call.status.status_code is StatusCode.UNSET


async def test_errors_are_recorded_by_class(client_variant, tracing):
    _, hook, finished = tracing
    campaign, _ = make_client(
        client_variant, hook, client_variant.problem(404, "not-found", detail="personal")
    )
    with pytest.raises(errors.NotFound):
        await client_variant.result_of(campaign.confirmations.get("t0k-secret"))
    sent, call = finished()
    assert (call.attributes["error.type"], call.status.status_code) == (
        "NotFound",
        StatusCode.ERROR,
    )
    assert call.name == "imd GET /v1/confirmations/{token}"
    exported = sent.to_json() + call.to_json()
    assert not [word for word in ("personal", "t0k-secret") if word in exported]
