from imd_campaign.content import service
from imd_campaign.content.schemas import Resource, ShareKit
from imd_campaign.errors import NotFound
from imd_campaign.web.dependencies import CurrentContext
from imd_campaign.web.etags import allow_caching
from imd_campaign.web.pagination import Page, Paged
from imd_campaign.web.parameters import Lang, Name
from imd_campaign.web.problems import problems
from imd_campaign.web.routing import Router

router = Router(prefix="/v1", tags=["Share kit and resources"])

FIVE_MINUTES = 300


@router.get(
    "/share-kit",
    summary="Hashtags and messages of the share storm",
    responses=problems(NotFound),
    dependencies=[allow_caching(FIVE_MINUTES)],
)
def share_kit(context: CurrentContext, lang: Lang = None) -> ShareKit:
    return service.get_share_kit(context, lang)


@router.get(
    "/resources", summary="Background and tip sheets", dependencies=[allow_caching(FIVE_MINUTES)]
)
def resources(context: CurrentContext, paged: Paged, lang: Lang = None) -> Page[Resource]:
    return paged.page(service.list_resources(context, paged.page_request, lang))


@router.get(
    "/resources/{slug}",
    summary="A resource",
    responses=problems(NotFound),
    dependencies=[allow_caching(FIVE_MINUTES)],
)
def resource(context: CurrentContext, slug: Name, lang: Lang = None) -> Resource:
    return service.get(context, slug, lang)
