from imd_campaign.campaign import service
from imd_campaign.campaign.schemas import Campaign
from imd_campaign.errors import NotFound
from imd_campaign.web.dependencies import CurrentContext
from imd_campaign.web.etags import allow_caching
from imd_campaign.web.parameters import Lang
from imd_campaign.web.problems import problems
from imd_campaign.web.routing import Router

router = Router(prefix="/v1", tags=["Campaign"])


@router.get(
    "/campaign",
    summary="The day and this year's numbers",
    responses=problems(NotFound),
    dependencies=[allow_caching(300)],
)
def campaign(context: CurrentContext, lang: Lang = None) -> Campaign:
    return service.get(context, lang)
