import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from backups import ignore, path_of

from imd_campaign import seed
from imd_campaign.backup import service
from imd_campaign.context import Context
from imd_campaign.startup import open_database, open_vault


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sample")


def make_small_sample(folder: Path) -> Path:
    """Copy the sample campaign, with few signatures."""
    shutil.copytree(str(files("imd_campaign") / "sample"), folder)
    signatures = 'source = "sample"\n[countries]\nES = 20\nKE = 11\n'
    (folder / "signatures/convention.toml").write_text(signatures)
    return folder


@pytest.fixture
def campaign(context: Context, sample_folder: Path, tmp_path: Path) -> Context:
    """The sample campaign on SQLite, which is loaded once."""
    path, posters = path_of(context), context.settings.files_dir
    if not any(sample_folder.iterdir()):
        folder = make_small_sample(tmp_path / "sample")
        seed.load(context.database.engine, context.settings, context.now(), folder)
        context.database.engine.dispose()
        shutil.copytree(posters, sample_folder / "files")
        shutil.copy(path, sample_folder / path.name)
    else:
        shutil.copy(sample_folder / path.name, path)
        shutil.copytree(sample_folder / "files", posters)
    return context


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backups" / "campaign.backup"


@pytest.fixture
def backup(campaign: Context, file: Path, sample_folder: Path) -> Path:
    """A backup of the sample campaign, which is made once."""
    file.parent.mkdir()
    made = sample_folder / "made.backup"
    if not made.exists():
        service.make(campaign, made, ignore, is_encrypted=False)
        campaign.database.engine.dispose()
    shutil.copy(made, file)
    return file


@pytest.fixture
def use(context: Context, tmp_path: Path, migrated_file: Path) -> Iterator[Callable[..., Context]]:
    """`use()` opens an empty database elsewhere, with the secrets of this campaign."""
    opened = []

    def use(database_url: str | None = None, *, is_new: bool = False, **changes: object) -> Context:
        folder = tmp_path / f"elsewhere{len(opened)}"
        if not is_new:
            folder.mkdir()
            shutil.copy(migrated_file, folder / "campaign.sqlite3")
        url = database_url or f"sqlite:///{folder / 'campaign.sqlite3'}"
        given = {"database_url": url, "files_dir": folder / "files", **changes}
        settings = context.settings.model_copy(update=given)
        opened.append(open_database(settings))
        return replace(context, settings=settings, database=opened[-1], vault=open_vault(settings))

    yield use
    for database in opened:
        database.engine.dispose()
