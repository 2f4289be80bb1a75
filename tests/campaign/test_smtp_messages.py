"""E-mails sent over SMTP: any script, encoded so that every server accepts them."""

import asyncio
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parseaddr, parsedate_to_datetime
from string import Formatter

import pytest

from imd_campaign.mail.email_templates import Email, compose_email, load_catalogues
from imd_campaign.mail.messages import make_message
from imd_campaign.mail.transport_interface import Message
from imd_campaign.mail.transports import SmtpTransport
from imd_locale.language import Language

NOW = datetime(2026, 12, 18, 9, 30, tzinfo=UTC)
SENDER = "International Migrants Day <campaign@campaign.example>"
MAX_LINE_LENGTH = 78  # https://www.rfc-editor.org/rfc/rfc5322#section-2.1.1
FOLDERS = ("petitions", "events", "posters")
TITLES = [
    "Vigil",
    "وقفة بالشموع أمام المبنى الاتحادي في المدينة!",
    "दीपों की शाम: सब प्रवासियों के अधिकारों के लिए",
    "一起点亮蜡烛 为所有移徙工人及其家庭成员的权利",
    "A title as long as the form takes it" + " and on" * 23,
    "Ολονυχτία 🕯️👩‍👩‍👧‍👦 =?utf-8?q?no?=",
]


@pytest.fixture
def deliver_all(mail_server):
    """`deliver_all(emails)` returns the bytes that arrive for each."""
    smtp = SmtpTransport(f"smtp://127.0.0.1:{mail_server.server_address[1]}")

    def deliver_emails(emails: list[Email], sender: str = SENDER) -> list[bytes]:
        messages = [make_message("ltr_1", email, sender, NOW) for email in emails]
        asyncio.run(transfer(smtp, messages))
        assert len(mail_server.received) == len(emails)
        return list(mail_server.received)

    return deliver_emails


@pytest.fixture
def deliver(deliver_all):
    return lambda email, sender=SENDER: deliver_all([email], sender)[0]


async def transfer(smtp: SmtpTransport, messages: list[Message]) -> None:
    async with smtp.connect() as session:
        for message in messages:
            await session.announce(message)
            await session.transfer(message)


def compose_all(tag: str, title: str) -> list[Email]:
    catalogue, language = load_catalogues()[tag], Language(tag)
    kinds = [(folder, kind) for folder in FOLDERS for kind in catalogue[folder]]
    texts = "".join(text for folder, kind in kinds for text in catalogue[folder][kind].values())
    names = {name for _, name, _, _ in Formatter().parse(texts) if name}
    values = dict.fromkeys(names, "…") | {"title": title, "poster": title}
    return [
        compose_email(folder, kind, to="sample@example.org", language=language, **values)
        for folder, kind in kinds
    ]


@pytest.mark.parametrize("tag", load_catalogues())
def test_every_email_arrives_unchanged(deliver_all, tag):
    emails = compose_all(tag, TITLES[0])
    for email, raw in zip(emails, deliver_all(emails), strict=True):
        message = message_from_bytes(raw, policy=policy.default)
        assert message["Subject"] == email.subject
        assert message["Content-Language"] == tag
        assert message.get_content_type() == "text/plain"
        assert message.get_content_charset() == "utf-8"
        assert message.get_content().replace("\r\n", "\n") == email.text


@pytest.mark.parametrize("tag", load_catalogues())
def test_every_email_has_short_ascii_lines(deliver_all, tag):
    for raw in deliver_all(compose_all(tag, TITLES[0])):
        assert raw.isascii()
        assert max(map(len, raw.splitlines())) <= MAX_LINE_LENGTH
        assert b"Content-Transfer-Encoding: 8bit" not in raw


@pytest.mark.parametrize("title", TITLES, ids=["en", "ar", "hi", "zh", "long", "emoji"])
@pytest.mark.parametrize("tag", ["en", "ar", "my", "vi", "zh"])
def test_two_parsers_read_the_same_subject(deliver_all, tag, title):
    emails = compose_all(tag, title)
    for email, raw in zip(emails, deliver_all(emails), strict=True):
        assert max(map(len, raw.splitlines())) <= MAX_LINE_LENGTH
        assert message_from_bytes(raw, policy=policy.default)["Subject"] == email.subject
        unfolded = message_from_bytes(raw)["Subject"].replace("\r\n", "")
        assert str(make_header(decode_header(unfolded))) == email.subject


def test_headers_have_sender_date_and_auto_submitted(deliver):
    message = message_from_bytes(deliver(compose_all("ti", "Vigil")[0]), policy=policy.default)
    assert message["From"] == "International Migrants Day <campaign@campaign.example>"
    assert message["To"] == "sample@example.org"
    assert message["Message-ID"] == "<ltr_1@campaign.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["MIME-Version"] == "1.0"
    date = parsedate_to_datetime(message["Date"])
    assert (date, date.utcoffset()) == (NOW, timedelta(0))


@pytest.mark.parametrize(
    "name",
    [
        "اليوم الدولي للمهاجرين، حملة التضامن العالمية لجميع العمال المهاجرين وأسرهم",
        "Journée internationale des migrants, réseau mondial des organisations de défense",
        'The campaign, "all of it"',
    ],
    ids=["ar", "fr", "en"],
)
def test_sender_name_can_be_in_any_script(deliver, name):
    quoted = name.replace('"', '\\"')
    sender = f'"{quoted}" <campaign@campaign.example>'
    raw = deliver(compose_all("en", "Vigil")[0], sender)
    shown, address = parseaddr(message_from_bytes(raw)["From"])
    assert str(make_header(decode_header(shown.replace("\r\n", "")))) == name
    assert address == "campaign@campaign.example"


def test_non_ascii_mailbox_is_used_with_smtputf8(deliver, mail_server):
    mail_server.replies[b"EHLO"] = b"250-mail.example\r\n250-8BITMIME\r\n250 SMTPUTF8"
    email = Email("用户@例子.example", "zh", "你好", "谢谢您。\n")
    message = message_from_bytes(deliver(email), policy=policy.SMTPUTF8)
    assert message["To"] == "用户@例子.example"
    assert message["Subject"] == "你好"
    assert message.get_content().splitlines() == ["谢谢您。"]


def test_non_ascii_domain_is_sent_as_punycode(deliver):
    email = Email("sample@bücher.example", "en", "Hello", "Text.\n")
    raw = deliver(email)
    assert b"To: sample@xn--bcher-kva.example\r\n" in raw
    assert raw.isascii()
