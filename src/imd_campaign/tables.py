"""Every table there is, in one place: what migrations are compared with."""

from imd_campaign.campaign import tables as _campaign
from imd_campaign.db import metadata
from imd_campaign.idempotency import tables as _idempotency
from imd_campaign.keys import tables as _keys
from imd_campaign.mail import tables as _mail
from imd_campaign.moderation import tables as _moderation
from imd_campaign.petitions import tables as _petitions

__all__ = ["metadata"]

_REGISTERED = (_campaign, _idempotency, _keys, _mail, _moderation, _petitions)
