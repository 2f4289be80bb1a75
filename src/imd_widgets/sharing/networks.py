import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from imd_widgets.sharing.message_length import count_for_x, count_graphemes
from imd_widgets.widget.options import N_

MAX_HOST_LENGTH = 253
MAX_INPUT_LENGTH = 500
WRITTEN = re.compile(r"(?:https?://|@?[\w.-]+@)?(?P<host>[^\s/@:?#\\]+?)\.?(?:/\S*)?")
HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9-]{2,63}")


@dataclass(frozen=True)
class Post:
    """A message as it is posted: its words, the URL to share, the hashtags."""

    words: str
    url: str = ""
    hashtags: tuple[str, ...] = ()
    subject: str = ""
    server_page: str = ""

    @property
    def text(self) -> str:
        first = " ".join(part for part in (self.words, self.url) if part)
        return _join_lines(first, self.tags)

    @property
    def text_without_url(self) -> str:
        return _join_lines(self.words, self.tags)

    @property
    def tags(self) -> str:
        return " ".join(f"#{tag}" for tag in self.hashtags)


@dataclass(frozen=True)
class Network:
    """A network to which a plain link can post a message."""

    name: str
    href: Callable[[Post], str]
    limit: int = 0
    count: Callable[[str], int] = len

    def excess_length(self, post: Post) -> int:
        """Return the length of a post that is too long; otherwise 0."""
        length = self.count(post.text) if self.limit else 0
        return length if length > self.limit else 0


def parse_host(written: str) -> str | None:
    """Return the host in `social.example`, `@me@social.example` or a URL."""
    if len(written) > MAX_INPUT_LENGTH:
        return None
    found = WRITTEN.fullmatch(written.strip().lower())
    try:
        plain = found["host"].encode("idna").decode() if found else ""
    except UnicodeError:
        return None
    return plain if len(plain) <= MAX_HOST_LENGTH and HOST.fullmatch(plain) else None


def make_mastodon_url(host: str, post: Post) -> str:
    return f"https://{host}/share?{_encode_query(text=post.text)}"


def _join_lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _encode_query(**values: str) -> str:
    return urlencode(values, quote_via=quote, safe="")


def _make_email_url(post: Post) -> str:
    body = post.text.replace("\n", "\r\n")
    return f"mailto:?{_encode_query(subject=post.subject, body=body)}"


NETWORKS = {
    "x": Network(
        "X",
        lambda post: f"https://x.com/intent/post?{_encode_query(text=post.text)}",
        280,
        count_for_x,
    ),
    "bluesky": Network(
        "Bluesky",
        lambda post: f"https://bsky.app/intent/compose?{_encode_query(text=post.text)}",
        300,
        count_graphemes,
    ),
    "mastodon": Network("Mastodon", lambda post: post.server_page),
    "facebook": Network(
        "Facebook",
        lambda post: f"https://www.facebook.com/sharer/sharer.php?{_encode_query(u=post.url)}",
    ),
    "whatsapp": Network("WhatsApp", lambda post: f"https://wa.me/?{_encode_query(text=post.text)}"),
    "telegram": Network(
        "Telegram",
        lambda post: (
            f"https://t.me/share/url?{_encode_query(url=post.url, text=post.text_without_url)}"
        ),
    ),
    "email": Network(N_("E-mail"), _make_email_url),
    "sms": Network(N_("SMS"), lambda post: f"sms:?&{_encode_query(body=post.text)}"),
}
URL_REQUIRED = frozenset(("facebook", "telegram"))
