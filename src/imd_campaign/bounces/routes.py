from imd_campaign.bounces import service
from imd_campaign.bounces.schemas import BounceForm, BounceReceipt
from imd_campaign.errors import Forbidden
from imd_campaign.web.authentication import ReportsBounces
from imd_campaign.web.dependencies import CurrentContext
from imd_campaign.web.problems import problems
from imd_campaign.web.routing import Router

router = Router(prefix="/v1", tags=["Bounces"])


@router.post("/bounces", summary="Report an e-mail that bounced", responses=problems(Forbidden))
def report(context: CurrentContext, _: ReportsBounces, form: BounceForm) -> BounceReceipt:
    return service.record_form(context, form)
