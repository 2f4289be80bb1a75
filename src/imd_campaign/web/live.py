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


def live(request: Request) -> Context:
    return context_of(request.scope)


Live = Annotated[Context, Depends(live)]
