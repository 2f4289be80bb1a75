import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_sdk import webhooks
from imd_sdk.webhooks import InvalidWebhook, sign, verify

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = webhooks.new_secret()
BODY = b'{"test": 2432232314}'
AT = 1614265330


def test_the_example_that_implementations_share():
    headers = sign(BODY, SECRET, delivery_id="msg_p5jXN8AQM9LWM0D4loKWxJek", at=AT)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_genuine_one_is_read():
    delivery = verify(BODY, sign(BODY, SECRET, delivery_id="msg_1", at=AT), SECRET, now=AT)
    assert (delivery.id, delivery.payload) == ("msg_1", {"test": 2432232314})
    assert delivery.sent_at.timestamp() == AT


def test_the_clock_is_now_when_it_is_not_given():
    assert verify(BODY, sign(BODY, OTHER), OTHER).id.startswith("msg_")


def test_the_names_of_headers_may_be_in_any_case():
    headers = {name.title(): value for name, value in sign(BODY, SECRET, at=AT).items()}
    verify(BODY, headers, SECRET, now=AT)


def test_one_of_several_signatures_is_enough():
    headers = sign(BODY, SECRET, at=AT)
    headers["webhook-signature"] = f"v1a,abc v1,é {headers['webhook-signature']} v2,"
    verify(BODY, headers, SECRET, now=AT)


def test_one_of_several_secrets_is_enough():
    verify(BODY, sign(BODY, SECRET, at=AT), [OTHER, SECRET], now=AT)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_without_a_header_it_is_refused(name):
    headers = sign(BODY, SECRET, at=AT)
    del headers[name]
    with pytest.raises(InvalidWebhook, match="missing"):
        verify(BODY, headers, SECRET, now=AT)


@pytest.mark.parametrize("now", [AT + 301, AT - 301])
def test_out_of_its_time_it_is_refused(now):
    with pytest.raises(InvalidWebhook, match="time"):
        verify(BODY, sign(BODY, SECRET, at=AT), SECRET, now=now)


@pytest.mark.parametrize("now", [AT + 300, AT - 300])
def test_within_the_tolerance_it_is_read(now):
    verify(BODY, sign(BODY, SECRET, at=AT), SECRET, now=now)


@pytest.mark.parametrize("stamp", ["", "x", "-1", "1.5", "٣", "9" * 5000, "1\n"])
def test_a_strange_time_is_refused(stamp):
    headers = sign(BODY, SECRET, at=AT) | {"webhook-timestamp": stamp}
    with pytest.raises(InvalidWebhook):
        verify(BODY, headers, SECRET, now=AT)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(body):
    with pytest.raises(InvalidWebhook, match="JSON"):
        verify(body, sign(body, SECRET, at=AT), SECRET, now=AT)


@given(at=st.integers(0, len(BODY) - 1), bit=st.integers(0, 7))
def test_a_changed_body_is_refused(at, bit):
    changed = bytearray(BODY)
    changed[at] ^= 1 << bit
    with pytest.raises(InvalidWebhook, match="signature"):
        verify(bytes(changed), sign(BODY, SECRET, at=AT), SECRET, now=AT)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp"])
def test_a_changed_header_is_refused(name):
    headers = sign(BODY, SECRET, at=AT)
    headers[name] = headers[name][:-1] + ("1" if headers[name][-1] == "0" else "0")
    with pytest.raises(InvalidWebhook, match="signature"):
        verify(BODY, headers, SECRET, now=AT)


@pytest.mark.parametrize("parsed", ["{}", {"type": "event.approved"}, None])
def test_a_body_that_was_parsed_is_a_mistake_of_the_caller(parsed):
    with pytest.raises(TypeError, match="must be the bytes of the request"):
        verify(parsed, sign(BODY, SECRET), SECRET)


def test_the_signature_of_another_secret_is_refused():
    with pytest.raises(InvalidWebhook, match="signature"):
        verify(BODY, sign(BODY, OTHER, at=AT), SECRET, now=AT)


ANY_TEXT = st.text(st.characters()) | st.just(str(AT))


@given(headers=st.dictionaries(st.sampled_from(sorted(sign(BODY, SECRET))), ANY_TEXT))
def test_any_headers_are_refused_and_no_more(headers):
    with pytest.raises(InvalidWebhook):
        verify(BODY, headers, SECRET, now=AT)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!!", "whsec_c2hvcnQ=", "é"])
def test_a_secret_that_cannot_be_is_a_mistake_of_the_caller(secret):
    with pytest.raises(ValueError, match="24 to 64") as caught:
        verify(BODY, sign(BODY, SECRET, at=AT), secret, now=AT)
    assert not isinstance(caught.value, InvalidWebhook)


def test_without_any_secret_nothing_is_genuine():
    with pytest.raises(InvalidWebhook):
        verify(BODY, sign(BODY, SECRET, at=AT), [], now=AT)


def test_a_delivery_does_not_show_what_is_in_it():
    assert "2432232314" not in repr(verify(BODY, sign(BODY, SECRET, at=AT), SECRET, now=AT))


def test_secrets_are_new_each_time():
    assert webhooks.new_secret() != webhooks.new_secret()
