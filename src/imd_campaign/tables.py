"""Every table there is, in one place: what migrations are compared with."""

from imd_campaign.campaign import tables as _campaign
from imd_campaign.content import tables as _content
from imd_campaign.db import metadata
from imd_campaign.events import tables as _events
from imd_campaign.idempotency import tables as _idempotency
from imd_campaign.keys import tables as _keys
from imd_campaign.mail import tables as _mail
from imd_campaign.moderation import tables as _moderation
from imd_campaign.petitions import tables as _petitions
from imd_campaign.posters import tables as _posters
from imd_campaign.secret_check import tables as _secret_check

__all__ = ["metadata"]

_REGISTERED = (
    _campaign,
    _events,
    _idempotency,
    _keys,
    _content,
    _mail,
    _moderation,
    _petitions,
    _posters,
    _secret_check,
)
