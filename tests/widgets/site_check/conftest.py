import ssl
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

sys.path.insert(0, str(Path(__file__).parent))


@dataclass
class Authority:
    """A certificate authority of the test."""

    authority: trustme.CA

    def server_context(self, name: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(name).configure_cert(context)
        return context

    def client_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return context


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority(trustme.CA())
