from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_widgets.sharing.networks import NETWORKS, Post, make_mastodon_url, parse_host

POST = Post(
    words='Rights & "dignity" + 100 %:',
    url="https://campaign.example/?a=b&c=d",
    hashtags=("Migrants", "حقوق_المهاجرين"),
    subject="18 December",
    server_page="/share/mastodon/convention",
)
TEXT = f"{POST.words} {POST.url}\n#Migrants #حقوق_المهاجرين"


def parse_link(name: str, post: Post = POST) -> tuple[str, dict[str, list[str]]]:
    address = urlsplit(NETWORKS[name].href(post))
    query = parse_qs(address.query.removeprefix("&"), strict_parsing=True)
    return f"{address.scheme}:{address.netloc}{address.path}", query


@pytest.mark.parametrize(
    ("name", "where", "what"),
    [
        ("x", "https:x.com/intent/post", {"text": [TEXT]}),
        ("bluesky", "https:bsky.app/intent/compose", {"text": [TEXT]}),
        ("facebook", "https:www.facebook.com/sharer/sharer.php", {"u": [POST.url]}),
        ("whatsapp", "https:wa.me/", {"text": [TEXT]}),
        (
            "telegram",
            "https:t.me/share/url",
            {"url": [POST.url], "text": [f"{POST.words}\n{POST.tags}"]},
        ),
        ("email", "mailto:", {"subject": ["18 December"], "body": [TEXT.replace("\n", "\r\n")]}),
        ("sms", "sms:", {"body": [TEXT]}),
    ],
)
def test_network_link_has_the_message_and_nothing_else(name, where, what):
    assert parse_link(name) == (where, what)


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_message_text_is_escaped_in_the_link(words):
    post = Post(words=words, url="https://campaign.example/")
    for name in ("x", "bluesky", "whatsapp"):
        assert parse_link(name, post)[1] == {"text": [post.text]}


def test_message_without_url_or_hashtags_is_its_text():
    assert Post(words="Words").text == "Words"


@pytest.mark.parametrize(("name", "limit"), [("x", 280), ("bluesky", 300)])
def test_message_one_beyond_the_limit_is_too_long(name, limit):
    assert NETWORKS[name].excess_length(Post("a" * limit)) == 0
    assert NETWORKS[name].excess_length(Post("a" * (limit + 1))) == limit + 1
    assert NETWORKS["whatsapp"].excess_length(Post("a" * 5000)) == 0


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("social.example", "social.example"),
        (" Social.Example. ", "social.example"),
        ("@sample@social.example", "social.example"),
        ("sample@social.example", "social.example"),
        ("https://social.example/@sample", "social.example"),
        ("https://social.example/share?text=other", "social.example"),
        ("bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_host_is_parsed_from_common_spellings(written, host):
    assert parse_host(written) == host


@pytest.mark.parametrize(
    "written",
    [
        "",
        "social",
        "localhost",
        "127.0.0.1",
        "[::1]",
        "social.example:8080",
        "social.example\\@evil.example",
        "social.example?evil",
        "social.example#evil",
        "social example.org",
        "-social.example",
        "social..example",
        "javascript:alert(1)",
        "a" * 64 + ".example",
        "a.example\r\nSet-Cookie: a=b",
        ("a" * 60 + ".") * 5 + "example",
        "https://social.example/" + "a" * 500,
    ],
)
def test_invalid_host_is_rejected(written):
    assert parse_host(written) is None


@given(st.text() | st.from_regex(r"[a-z0-9.@:/\\?#%-]{0,40}", fullmatch=True))
def test_mastodon_link_always_leads_to_a_share_page(written):
    host = parse_host(written)
    if host is not None:
        address = urlsplit(make_mastodon_url(host, POST))
        assert (address.scheme, address.netloc, address.path) == ("https", host, "/share")
        assert address.username is address.port is None
        assert parse_qs(address.query) == {"text": [TEXT]}
