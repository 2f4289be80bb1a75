"""Thousands of signatures at once: sent safely, and streamed back.

::

    from imd_sdk import Client, bulk

    with Client("https://campaign.example") as campaign:
        report = bulk.sign_many(
            campaign, "convention", bulk.read_csv("sheets.csv"), journal="sheets.journal"
        )
    print(report)

`sign_many` writes down in a journal what it does, before it does it: a run that was killed goes on
where it was, and signs for nobody twice. Every function that talks to a campaign has a twin that
is awaited, with ``_async`` after its name.
"""

from imd_sdk.bulk._files import (
    BulkError,
    Exported,
    ExportError,
    Failure,
    JournalError,
    Outcome,
    Report,
    TableError,
    export_events,
    export_events_async,
    export_signatures,
    export_signatures_async,
)
from imd_sdk.bulk._sign import sign_many, sign_many_async
from imd_sdk.bulk._table import Check, Fault, Row, Table, check, read_csv, write_unsent

__all__ = [
    "BulkError",
    "Check",
    "ExportError",
    "Exported",
    "Failure",
    "Fault",
    "JournalError",
    "Outcome",
    "Report",
    "Row",
    "Table",
    "TableError",
    "check",
    "export_events",
    "export_events_async",
    "export_signatures",
    "export_signatures_async",
    "read_csv",
    "sign_many",
    "sign_many_async",
    "write_unsent",
]
