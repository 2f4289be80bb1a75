"""What partners send and read with their own keys, and the page of a partner."""

from imd_campaign.errors import Forbidden, NotFound, PetitionClosed
from imd_campaign.petitions import attestation, partner_numbers
from imd_campaign.petitions.schemas import (
    AttestationReceipt,
    AttestedSignatureForm,
    PartnerNumbers,
)
from imd_campaign.web.authentication import AttestsSignatures, ReadsPartnerNumbers
from imd_campaign.web.dependencies import CurrentContext
from imd_campaign.web.parameters import Lang, Name
from imd_campaign.web.problems import problems
from imd_campaign.web.routing import Router

router = Router(prefix="/v1", tags=["Partners"])


@router.post(
    "/petitions/{slug}/attested-signatures",
    summary="Add a signature that the partner has verified itself",
    status_code=202,
    responses=problems(Forbidden, NotFound, PetitionClosed),
)
def attest(
    context: CurrentContext, caller: AttestsSignatures, slug: Name, form: AttestedSignatureForm
) -> AttestationReceipt:
    attestation.attest(context, caller, slug, form)
    return AttestationReceipt()


@router.get(
    "/partners/{source}/numbers",
    summary="The numbers of a partner's own source",
    responses=problems(Forbidden, NotFound),
)
def own_numbers(
    context: CurrentContext, caller: ReadsPartnerNumbers, source: Name, lang: Lang = None
) -> PartnerNumbers:
    return partner_numbers.get_own(context, caller, source, lang)


@router.get(
    "/partner-pages/{token}",
    summary="The numbers behind a partner's link",
    responses=problems(NotFound),
)
def page(context: CurrentContext, token: Name, lang: Lang = None) -> PartnerNumbers:
    return partner_numbers.get_by_link(context, token, lang)
