"""Registers every table on one `metadata`, which migrations are compared with."""

from imd_campaign.api_keys import tables as _api_keys
from imd_campaign.audit import tables as _audit
from imd_campaign.calendars import tables as _calendars
from imd_campaign.campaign import tables as _campaign
from imd_campaign.content import tables as _content
from imd_campaign.db import metadata
from imd_campaign.events import tables as _events
from imd_campaign.idempotency import tables as _idempotency
from imd_campaign.leases import tables as _leases
from imd_campaign.mail import tables as _mail
from imd_campaign.networks import tables as _networks
from imd_campaign.partners import tables as _partners
from imd_campaign.petitions import tables as _petitions
from imd_campaign.posters import tables as _posters
from imd_campaign.proofs import tables as _proofs
from imd_campaign.restores import tables as _restores
from imd_campaign.secret_check import tables as _secret_check
from imd_campaign.staff import tables as _staff
from imd_campaign.submissions import tables as _submissions
from imd_campaign.suppressions import tables as _suppressions
from imd_campaign.switches import tables as _switches
from imd_campaign.webhooks import tables as _webhooks

__all__ = ["metadata"]

_REGISTERED = (
    _api_keys,
    _audit,
    _calendars,
    _campaign,
    _events,
    _idempotency,
    _content,
    _leases,
    _mail,
    _networks,
    _partners,
    _petitions,
    _posters,
    _proofs,
    _restores,
    _secret_check,
    _staff,
    _submissions,
    _suppressions,
    _switches,
    _webhooks,
)
