"""What a page gets: who asks, in which language, and what was entered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from imd_campaign.context import Context
from imd_campaign.staff import sessions
from imd_campaign.staff.accounts import Account
from imd_campaign.staff.errors import NotPermitted
from imd_campaign.staff.login_limits import LoginOrigin
from imd_campaign.staff.roles import Action, is_permitted
from imd_campaign.staff.session_tokens import OwnSession
from imd_campaign.staff.sessions import CurrentSession, Session
from imd_console.cookies import Cookies
from imd_console.forms import EMPTY, Form
from imd_console.navigation import NavigationEntry
from imd_locale.translated_language import TranslatedLanguage


@dataclass(frozen=True, slots=True)
class StaffRequest:
    context: Context
    language: TranslatedLanguage
    cookies: Cookies
    path: str
    path_params: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str] = field(repr=False)
    form: Form = EMPTY
    current: CurrentSession | None = None
    form_token: str = field(default="", repr=False)
    session_token: str | None = field(default=None, repr=False)
    new_form_cookie: str | None = field(default=None, repr=False)
    login_origin: LoginOrigin = field(default_factory=LoginOrigin)
    client: str = ""
    entries: Sequence[NavigationEntry] = ()
    """The navigation, for the role of the account."""

    @property
    def account(self) -> Account:
        return self._signed_in.account

    @property
    def session(self) -> Session:
        return self._signed_in.session

    @property
    def own_session(self) -> OwnSession:
        return OwnSession(self.session.id, self.account.id, self.session_token or "")

    @property
    def _signed_in(self) -> CurrentSession:
        if self.current is None:
            raise NotPermitted
        return self.current

    def may(self, action: Action) -> bool:
        return self.current is not None and is_permitted(self.current.account.role, action)

    def may_open(self, path: str) -> bool:
        """Return whether the navigation leads there."""
        return any(entry.path == path for entry in self.entries)

    def gettext(self, message: str, **values: object) -> str:
        return self.language.gettext(message, **values)

    def leave_notice(self, message: str) -> None:
        """Show a message on the next page."""
        notice = {"message": message, "shown_once": []}
        sessions.leave_notice(self.context, self.session.id, notice)
