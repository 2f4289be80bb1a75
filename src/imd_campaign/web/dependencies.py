from typing import Annotated

from fastapi import Depends, Request
from starlette.types import Scope

from imd_campaign.context import Context
from imd_campaign.errors import Unavailable


def context_of(scope: Scope) -> Context:
    context = getattr(scope["app"].state, "context", None)
    if not isinstance(context, Context):
        raise Unavailable
    return context


async def current_context(request: Request) -> Context:
    return context_of(request.scope)


CurrentContext = Annotated[Context, Depends(current_context)]
