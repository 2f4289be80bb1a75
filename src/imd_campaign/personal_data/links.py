"""Ask for a link to one's own data. The response is the same whether anything is kept or not."""

from collections.abc import Sequence
from datetime import timedelta

from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.personal_data.schemas import PersonalLinkForm
from imd_campaign.submissions import service as submissions
from imd_campaign.submissions.kinds import EmailItem, LinkedPage, Submitted
from imd_campaign.submissions.schemas import SubmissionReceipt
from imd_campaign.submissions.service import Origin, Submission
from imd_locale.language import Language

KIND = "personal-link"
# Constant, so that a mailbox that asks several times gets one link.
TARGET = ""
LIFETIME = timedelta(hours=24)
RECEIPT = SubmissionReceipt(
    detail="We have sent you an e-mail. The link in it shows what we keep about you."
)
ITEM = EmailItem(
    "personal_data", "link", {}, is_confirmable=False, page=LinkedPage("/your-data", LIFETIME)
)


async def request_link(context: Context, form: PersonalLinkForm, origin: Origin | None) -> bool:
    """Store the request until it is processed; return False for a repeated one."""
    submission = Submission(KIND, TARGET, form.email, form.lang, {}, form.proof)
    return await submissions.accept(context, submission, origin)


class PersonalLinkKind:
    def list_email_items(
        self,
        context: Context,
        connection: Connection,
        submissions: Sequence[tuple[Submitted, Language]],
    ) -> Sequence[EmailItem]:
        """Read nothing: the e-mail is the same for mailboxes that nothing is kept of."""
        return [ITEM for _ in submissions]
