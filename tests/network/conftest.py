import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from guarded_server import PARSERS, GuardedServers


@pytest.fixture(scope="session")
def servers() -> Iterator[GuardedServers]:
    servers = GuardedServers()
    yield servers
    servers.stop()


@pytest.fixture(params=PARSERS, ids=lambda parser: parser[1])
def start_server(request: pytest.FixtureRequest, servers: GuardedServers) -> Iterator[Any]:
    """Start a server with these limits, or use one that has them already."""
    yield partial(servers.start, request.param)
    servers.disconnect()
