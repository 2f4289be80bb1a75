# ruff: noqa: N818 the names say what happened, as in `imd_campaign.errors`
"""Errors of staff accounts; each caller puts them into its own words."""


class StaffError(Exception):
    pass


class NotPermitted(StaffError):
    """The role of an account does not include an action."""


class LoginFailed(StaffError):
    """The address, the password or the code is wrong; it is not said which."""


class TooManyAttempts(StaffError):
    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class InvitationInvalid(StaffError):
    """An invitation is unknown, used, expired or withdrawn."""


class SessionEnded(StaffError):
    """A session has ended, or got a new token, while a request was at work."""


class UnknownAccount(StaffError):
    pass


class LastAdmin(StaffError):
    """Without this account, nobody could manage accounts."""


class InvalidField(StaffError):
    """`field` names what cannot be accepted, and `problem` says why."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field = field
        self.problem = problem
