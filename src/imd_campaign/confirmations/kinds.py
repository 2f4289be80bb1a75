from collections.abc import Mapping
from types import MappingProxyType

from imd_campaign.events import attendance, submission
from imd_campaign.personal_data import links
from imd_campaign.petitions import signatures
from imd_campaign.posters import submission as order_submission
from imd_campaign.submissions.kinds import EmailedKind, Kind

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        signatures.KIND: signatures.SignatureKind(),
        attendance.KIND: attendance.AttendanceKind(),
        submission.KIND: submission.EventKind(),
        order_submission.KIND: order_submission.OrderKind(),
    }
)

EMAILED_KINDS: Mapping[str, EmailedKind] = MappingProxyType(
    {**KINDS, links.KIND: links.PersonalLinkKind()}
)
