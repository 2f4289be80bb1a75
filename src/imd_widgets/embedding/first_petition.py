"""The petition of a widget for which none is chosen."""

from imd_widgets.caching.cache import MISSING_ERRORS, Unavailable
from imd_widgets.context import Context
from imd_widgets.languages import Language

FIRST_PETITION = "convention"


async def load_first_petition(context: Context, language: Language) -> str:
    """Load the campaign's main petition; return `FIRST_PETITION` while it is unknown."""
    try:
        campaign = await context.source.get_campaign(language.tag)
    except (Unavailable, *MISSING_ERRORS):
        return FIRST_PETITION
    return campaign.value.petition or FIRST_PETITION
