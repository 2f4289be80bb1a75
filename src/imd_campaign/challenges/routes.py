from anyio import to_thread
from fastapi import Request

from imd_campaign.errors import RateLimited
from imd_campaign.networks.service import fingerprint_network, is_busy
from imd_campaign.proofs import service
from imd_campaign.proofs.schemas import OfferedChallenge
from imd_campaign.web.dependencies import CurrentContext
from imd_campaign.web.openapi_validation import RELAYED
from imd_campaign.web.problems import problems
from imd_campaign.web.routing import Router

router = Router(prefix="/v1", tags=["Submissions"])


@router.get(
    "/challenges",
    summary="The proof of work for a form, if one is needed",
    responses=problems(RateLimited),
    openapi_extra={RELAYED: True},
)
async def challenge(context: CurrentContext, request: Request) -> OfferedChallenge:
    network = await fingerprint_network(context, request.state.network)
    if not await is_busy(context, network):
        return OfferedChallenge(challenge=None)
    return OfferedChallenge(challenge=await to_thread.run_sync(service.make_challenge, context))
