"""The program of the process that does a campaign's background work beside several workers.

Processing submissions takes as much CPU time as accepting them. In a process of its own, it delays
no request.
"""

import asyncio
import signal
import socket
from collections.abc import Callable
from functools import partial

from imd_campaign.app import create_app
from imd_campaign.settings import Settings
from imd_cli.process_tuning import reduce_pauses, yield_to_requests
from imd_cli.supervisor import Program
from imd_monitoring.log_format import LogFormat, configure_logging


def split(
    settings: Settings, workers: int, log_format: LogFormat
) -> tuple[Settings, list[Program]]:
    """Return the settings of the workers, and what runs beside them; nothing beside one worker."""
    if workers == 1 or not settings.mail_delivery:
        return settings, []
    return settings.model_copy(update={"mail_delivery": False}), [
        partial(work, settings, log_format)
    ]


def work(
    settings: Settings,
    log_format: LogFormat,
    listener: socket.socket,
    on_ready: Callable[[], None],
) -> None:
    """Work until SIGTERM; requests are for the workers."""
    configure_logging(log_format)
    listener.close()
    asyncio.run(_work(settings, on_ready))


async def _work(settings: Settings, on_ready: Callable[[], None]) -> None:
    app, stopped = create_app(settings), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with app.router.lifespan_context(app):
        reduce_pauses()
        yield_to_requests()
        on_ready()
        await stopped.wait()
