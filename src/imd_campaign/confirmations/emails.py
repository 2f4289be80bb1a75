"""Composes one e-mail to a mailbox about all that was submitted in its name."""

from collections.abc import Sequence
from dataclasses import dataclass

from imd_campaign.mail.email_templates import Email, fill_text
from imd_campaign.submissions.codes import format_code
from imd_campaign.submissions.kinds import EmailItem
from imd_locale.language import Language

FOLDER = "confirmations"


@dataclass(frozen=True, slots=True, repr=False)
class ConfirmationItem:
    item: EmailItem
    link: str
    code: str


def compose(
    items: Sequence[ConfirmationItem],
    *,
    to: str,
    language: Language,
    code_page: str,
    data_page: str,
) -> Email:
    texts = [_fill_item(item, language) for item in items]
    if any(item.item.is_confirmable for item in items):
        texts.append(
            fill_text(language, FOLDER, "footer", "text", page=code_page, data_page=data_page)
        )
    return Email(
        to=to, lang=language.tag, subject=_choose_subject(items, language), text="\n".join(texts)
    )


def _fill_item(item: ConfirmationItem, language: Language) -> str:
    values = dict(item.item.values)
    if item.item.page:
        values |= {"link": item.link}
    if item.item.is_confirmable:
        values |= {"link": item.link, "code": format_code(item.code)}
    return fill_text(language, item.item.folder, item.item.kind, "text", **values)


def _choose_subject(items: Sequence[ConfirmationItem], language: Language) -> str:
    if sum(item.item.is_confirmable for item in items) > 1:
        return fill_text(language, FOLDER, "many", "subject")
    linked = (item.item for item in items if item.item.is_confirmable or item.item.page)
    only = next(linked, items[0].item)
    return fill_text(language, only.folder, only.kind, "subject", **only.values)
