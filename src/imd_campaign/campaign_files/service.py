"""Plan what the files of a campaign would change, and apply it in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from imd_campaign.audit import service as audit
from imd_campaign.campaign_files import artwork
from imd_campaign.campaign_files.artwork import Artwork
from imd_campaign.campaign_files.consistency import find_problems
from imd_campaign.campaign_files.folder import CampaignFolder, Transform, read_folder
from imd_campaign.campaign_files.items import Change
from imd_campaign.campaign_files.plan import KINDS, Plan, find_additions, make_plan, to_json
from imd_campaign.campaign_files.problems import InvalidFiles
from imd_campaign.context import Context
from imd_campaign.db import Connection, lock_transaction, remove_timeouts
from imd_campaign.errors import CampaignClosed
from imd_campaign.posters import store as posters
from imd_campaign.posters.service import make_file_path
from imd_campaign.switches import service as switches

LOCK = 20001205
KINDS_BY_NAME = {kind.name: kind for kind in KINDS}


class PlanOutdated(Exception):  # noqa: N818 as in errors
    """The database has changed since the plan was made: nothing was applied."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who applies the files, and why: for the audit trail."""

    actor: str
    reason: str


def read(root: Traversable, transform: Transform = str) -> CampaignFolder:
    """Read and check a folder; raise `InvalidFiles` with everything that is wrong."""
    folder = read_folder(root, transform)
    if problems := list(find_problems(folder)):
        raise InvalidFiles(problems)
    return folder


def plan(context: Context, folder: CampaignFolder, *, close_missing: bool = False) -> Plan:
    with context.database.read() as connection:
        return make_plan(context, connection, folder, close_missing=close_missing)


def apply(
    context: Context,
    folder: CampaignFolder,
    author: Author,
    *,
    digest: str | None = None,
    close_missing: bool = False,
) -> Plan:
    """Apply what the plan with this digest says, or nothing."""
    with context.database.write() as connection:
        _lock(connection)
        if switches.is_closed(connection):
            raise CampaignClosed
        made = make_plan(context, connection, folder, close_missing=close_missing)
        if digest is not None and made.digest != digest:
            raise PlanOutdated
        _write(context, connection, made.changes, author)
        artwork.publish(_list_artworks(context, folder))
    context.wake_worker()
    return made


def add_missing(context: Context, connection: Connection, folder: CampaignFolder) -> Sequence[str]:
    """Add what the database does not have, and change nothing; return the new petitions."""
    _lock(connection)
    added = find_additions(context, connection, folder)
    _write(context, connection, added, Author("sample", "loading the sample campaign"))
    artwork.publish(_list_known(connection, _list_artworks(context, folder)))
    return [change.key for change in added if change.kind == "petition"]


def _lock(connection: Connection) -> None:
    remove_timeouts(connection)
    lock_transaction(connection, LOCK)


def _write(
    context: Context, connection: Connection, changes: Sequence[Change], author: Author
) -> None:
    for kind in KINDS:
        kind.write(context, connection, [change for change in changes if change.kind == kind.name])
    for change in changes:
        _record(context, connection, change, author)


def _record(context: Context, connection: Connection, change: Change, author: Author) -> None:
    """Record a change: of events only the names of fields, as values can be somebody's address."""
    kind = KINDS_BY_NAME[change.kind]
    fields: object = [field.name for field in change.fields]
    if kind.keeps_values_in_audit:
        fields = [to_json(field) for field in change.fields]
    audit.record(
        connection,
        now=context.now(),
        actor=author.actor,
        action=f"files.{change.action}",
        subject=f"{kind.audit_prefix}{change.key}",
        reason=author.reason,
        fields=fields,
    )


def _list_artworks(context: Context, folder: CampaignFolder) -> Sequence[Artwork]:
    return [
        Artwork(
            poster.slug,
            file.name,
            (folder.artwork / file.name).read_bytes(),
            make_file_path(context.settings, poster.slug, file.name),
        )
        for poster in folder.posters
        for file in poster.files
    ]


def _list_known(connection: Connection, artworks: Sequence[Artwork]) -> Sequence[Artwork]:
    """Return the files that the database describes as they are in the folder."""
    stored = posters.list_files(connection, [artwork.poster for artwork in artworks])
    digests = {(f["poster"], f["name"]): f["sha256"] for files in stored.values() for f in files}
    return [art for art in artworks if digests.get((art.poster, art.name)) == art.sha256]
