from fastapi import Response

from imd_campaign.api_keys.service import WRITE_SCOPE
from imd_campaign.errors import NotFound, PetitionClosed
from imd_campaign.petitions import service
from imd_campaign.petitions import signatures as signatures_service
from imd_campaign.petitions.schemas import (
    Count,
    Petition,
    Place,
    Signature,
    SignatureForm,
    Signer,
)
from imd_campaign.submissions.schemas import SubmissionReceipt
from imd_campaign.web.authentication import ReadsSignatures
from imd_campaign.web.dependencies import CurrentContext
from imd_campaign.web.etags import allow_caching, require_revalidation, set_public_cache
from imd_campaign.web.idempotency import ACCEPTS_SUBMISSIONS, SubmissionOrigin, mark_replayed
from imd_campaign.web.openapi_validation import QUOTA_SCOPE
from imd_campaign.web.pagination import Page, Paged
from imd_campaign.web.parameters import Lang, Name
from imd_campaign.web.problems import problems
from imd_campaign.web.routing import Router

router = Router(prefix="/v1", tags=["Petitions"])

MINUTE = 60


@router.get("/petitions", summary="The petitions", dependencies=[allow_caching(MINUTE)])
def petitions(context: CurrentContext, paged: Paged, lang: Lang = None) -> Page[Petition]:
    return paged.page(service.list_petitions(context, paged.page_request, lang))


@router.get(
    "/petitions/{slug}",
    summary="A petition and its text",
    responses=problems(NotFound),
    dependencies=[allow_caching(MINUTE)],
)
def petition(context: CurrentContext, slug: Name, lang: Lang = None) -> Petition:
    return service.get(context, slug, lang)


@router.get(
    "/petitions/{slug}/count",
    summary="The number of signatures",
    responses=problems(NotFound),
)
def count(context: CurrentContext, slug: Name, response: Response) -> Count:
    set_public_cache(response, context.settings.count_window)
    return service.get_count(context, slug)


@router.get(
    "/petitions/{slug}/places",
    summary="Signatures by country, rounded down to tens",
    responses=problems(NotFound),
    dependencies=[allow_caching(MINUTE)],
)
def places(context: CurrentContext, slug: Name, paged: Paged) -> Page[Place]:
    return paged.page(service.list_places(context, slug, paged.page_request))


@router.get(
    "/petitions/{slug}/signers",
    summary="The latest public signatures",
    responses=problems(NotFound),
    dependencies=[require_revalidation()],
)
def signers(context: CurrentContext, slug: Name, paged: Paged) -> Page[Signer]:
    return paged.page(service.list_signers(context, slug, paged.page_request))


@router.get(
    "/petitions/{slug}/signatures",
    summary="All signatures, encrypted",
    responses=problems(NotFound),
)
def signatures(
    context: CurrentContext, _: ReadsSignatures, slug: Name, paged: Paged
) -> Page[Signature]:
    return paged.page(service.list_signatures(context, slug, paged.page_request))


@router.post(
    "/petitions/{slug}/signatures",
    summary="Sign",
    status_code=202,
    responses=problems(NotFound, PetitionClosed),
    openapi_extra={**ACCEPTS_SUBMISSIONS, QUOTA_SCOPE: WRITE_SCOPE},
)
async def sign(
    context: CurrentContext,
    origin: SubmissionOrigin,
    slug: Name,
    form: SignatureForm,
    response: Response,
) -> SubmissionReceipt:
    mark_replayed(response, is_new=await signatures_service.sign(context, slug, form, origin))
    return signatures_service.RECEIPT
