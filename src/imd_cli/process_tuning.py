"""Settings of Python that keep the responses of a server process even."""

import gc
import os
import sys

SWITCH_SECONDS = 0.0005
"""How long the event loop waits for a thread that computes.

Python's 5 ms are too long for it, since each request waits several times.
"""

BACKGROUND_NICENESS = 5


def reduce_pauses() -> None:
    """Call once everything is loaded: what exists then is never searched for garbage again.

    A search of all objects would stop every request for about 100 ms.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()


def yield_to_requests() -> None:
    """Let other processes of this machine go first."""
    if hasattr(os, "nice"):
        os.nice(BACKGROUND_NICENESS)
