import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from imd_widgets.sharing.lengths import graphemes, weight
from imd_widgets.widget.options import N_

LONGEST_HOST = 253
LONGEST_WRITTEN = 500
WRITTEN = re.compile(r"(?:https?://|@?[\w.-]+@)?(?P<host>[^\s/@:?#\\]+?)\.?(?:/\S*)?")
HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9-]{2,63}")


@dataclass(frozen=True)
class Post:
    """A message as it is posted: its words, the address to share, the hashtags."""

    words: str
    address: str = ""
    hashtags: tuple[str, ...] = ()
    subject: str = ""
    server_page: str = ""

    @property
    def text(self) -> str:
        first = " ".join(part for part in (self.words, self.address) if part)
        return _lines(first, self.tags)

    @property
    def text_alone(self) -> str:
        return _lines(self.words, self.tags)

    @property
    def tags(self) -> str:
        return " ".join(f"#{tag}" for tag in self.hashtags)


@dataclass(frozen=True)
class Network:
    """Where a message can go, by nothing but a link."""

    name: str
    href: Callable[[Post], str]
    limit: int = 0
    count: Callable[[str], int] = len

    def over(self, post: Post) -> int:
        """How long a message is that is too long; else 0."""
        length = self.count(post.text) if self.limit else 0
        return length if length > self.limit else 0


def host_of(written: str) -> str | None:
    """The host in what somebody wrote: `social.example`, `@me@social.example`, an address."""
    if len(written) > LONGEST_WRITTEN:
        return None
    found = WRITTEN.fullmatch(written.strip().lower())
    try:
        plain = found["host"].encode("idna").decode() if found else ""
    except UnicodeError:
        return None
    return plain if len(plain) <= LONGEST_HOST and HOST.fullmatch(plain) else None


def mastodon(host: str, post: Post) -> str:
    return f"https://{host}/share?{_query(text=post.text)}"


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _query(**values: str) -> str:
    return urlencode(values, quote_via=quote, safe="")


def _letter(post: Post) -> str:
    body = post.text.replace("\n", "\r\n")
    return f"mailto:?{_query(subject=post.subject, body=body)}"


NETWORKS = {
    "x": Network(
        "X", lambda post: f"https://x.com/intent/post?{_query(text=post.text)}", 280, weight
    ),
    "bluesky": Network(
        "Bluesky",
        lambda post: f"https://bsky.app/intent/compose?{_query(text=post.text)}",
        300,
        graphemes,
    ),
    "mastodon": Network("Mastodon", lambda post: post.server_page),
    "facebook": Network(
        "Facebook",
        lambda post: f"https://www.facebook.com/sharer/sharer.php?{_query(u=post.address)}",
    ),
    "whatsapp": Network("WhatsApp", lambda post: f"https://wa.me/?{_query(text=post.text)}"),
    "telegram": Network(
        "Telegram",
        lambda post: f"https://t.me/share/url?{_query(url=post.address, text=post.text_alone)}",
    ),
    "email": Network(N_("E-mail"), _letter),
    "sms": Network(N_("SMS"), lambda post: f"sms:?&{_query(body=post.text)}"),
}
NEED_AN_ADDRESS = frozenset(("facebook", "telegram"))
