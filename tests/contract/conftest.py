import base64
import secrets
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from nacl.public import PrivateKey

from imd_campaign import db, seed
from imd_campaign.app import create_app
from imd_campaign.settings import Settings
from imd_sdk import AsyncClient

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="module")
async def http(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    """The real campaign server with the sample campaign, over an in-memory transport."""
    settings = _settings(tmp_path_factory.mktemp("contract"))
    engine = db.open_engine(settings.database_url)
    db.migrate(engine)
    seed.load(engine, settings, datetime.now(UTC))
    engine.dispose()
    app = create_app(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://campaign.example") as client,
    ):
        yield client


def _settings(folder: Path) -> Settings:
    return Settings(
        secret=secrets.token_urlsafe(32),
        public_key=base64.b64encode(bytes(PrivateKey.generate().public_key)).decode(),
        database_url=f"sqlite:///{folder / 'campaign.sqlite3'}",
        files_dir=folder / "files",
        mail=f"folder:{folder / 'mail'}",
        mail_poll=0.1,
        count_window=1,
    )


@pytest.fixture
def sdk(http: httpx.AsyncClient) -> AsyncClient:
    return AsyncClient("http://campaign.example", http_client=http)
