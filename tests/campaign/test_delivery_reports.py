"""Delivery reports come from anybody: whatever they contain, they are read quickly or ignored."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_campaign.bounces.delivery_reports import MAX_BYTES, parse_report
from imd_campaign.mailboxes import normalise

HEAD = b'To: bounces@campaign.example\nContent-Type: multipart/report; boundary="b"\n\n'
STATUS_PART = b"--b\nContent-Type: message/delivery-status\n\n"
FIELDS = (
    b"Reporting-MTA: dns; mx.example\n\n"
    b"Final-Recipient: rfc822; <sample.person@example.org>\nAction: failed\nStatus: 5.1.1\n"
)
WORDS = [
    b"\n", b"\r\n", b"--b", b"--b--", b"b", b" ", b";", b":", b"=", b'"', b"<", b"\x00", b"\xff",
    b"Content-Type: ", b"multipart/report", b"message/delivery-status", b"boundary", b"To: ",
    b"boundary*0*=utf-8''", b"Final-Recipient: rfc822; ", b"a@b.example", b"Action: failed",
    b"Status: 5.1.1", b"Diagnostic-Code: smtp; 550 ", b"=?utf-8?b?", b"?=", b"From ", b"\xc2\x85",
]  # fmt: skip


def test_failed_recipient_and_its_status_are_found():
    (failure,) = parse_report(HEAD + STATUS_PART + FIELDS + b"--b--\n").failures
    assert (failure.recipient, failure.status) == ("sample.person@example.org", "5.1.1")


def test_report_about_an_address_in_another_script_is_read():
    part = b"--b\nContent-Type: message/global-delivery-status\n\n"
    fields = "Final-Recipient: utf-8; δοκιμή@example.org\nAction: failed\nStatus: 5.1.1\n"
    (failure,) = parse_report(HEAD + part + fields.encode()).failures
    assert failure.recipient == "δοκιμή@example.org"


def test_report_whose_end_is_missing_is_read():
    long_rest = b"\n--b\nContent-Type: message/rfc822\n\n" + b"x" * MAX_BYTES
    assert parse_report(HEAD + STATUS_PART + FIELDS + long_rest).failures


def test_only_the_beginning_of_a_report_is_read():
    preface = b"--b\nContent-Type: text/plain\n\n" + b"x" * MAX_BYTES + b"\n"
    assert not parse_report(HEAD + preface + STATUS_PART + FIELDS).failures


def test_text_that_quotes_a_status_is_no_report():
    assert not parse_report(HEAD + b"--b\nContent-Type: text/plain\n\n" + FIELDS).failures


def test_repr_has_no_address():
    report = parse_report(HEAD + STATUS_PART + FIELDS)
    assert "example" not in repr(report) + repr(report.failures)


@given(st.lists(st.sampled_from(WORDS), max_size=200), st.booleans())
def test_no_message_makes_the_parser_fail(words, begins_like_a_report):
    message = b"".join(words)
    parse_report(HEAD + STATUS_PART + message if begins_like_a_report else message)


@given(st.binary(max_size=2000))
def test_no_bytes_make_the_parser_fail(message):
    parse_report(message)
    parse_report(HEAD + STATUS_PART + message)


@given(st.text(max_size=254))
def test_any_reported_recipient_can_be_compared(recipient):
    normalise(recipient)
    normalise(f"a@{recipient}")


NESTED = b"".join(
    b'--b%d\nContent-Type: multipart/report; boundary="b%d"\n\n' % (depth, depth + 1)
    for depth in range(2000)
)


@pytest.mark.parametrize(
    "message",
    [
        HEAD.replace(b'"b"', b'"b0"') + NESTED,
        HEAD + STATUS_PART * 5000,
        HEAD + STATUS_PART + (FIELDS + b"\n") * 5000,
        b'Content-Type: multipart/report; a="' + b";" * MAX_BYTES + b"\n\n",
        b"Content-Type: multipart/report; " + b'a="\\";' * 10_000 + b"\n\n",
        b"To: x\n" * 20_000,
        b"To: " + b"+" * MAX_BYTES,
        HEAD + STATUS_PART + b"Final-Recipient: rfc822; " + b"a" * MAX_BYTES,
        HEAD + STATUS_PART + b"Diagnostic-Code: smtp; 550 " + b"\n " * MAX_BYTES,
        HEAD + b"\n " * MAX_BYTES,
        b"\n" * MAX_BYTES * 100,
    ],
    ids=[
        "nested", "parts", "recipients", "quoted", "parameters", "headers", "tags", "recipient",
        "diagnostic", "spaces", "large",
    ],
)  # fmt: skip
def test_costly_message_is_read_quickly(message):
    begin = time.process_time()
    parse_report(message)
    assert time.process_time() - begin < 2
