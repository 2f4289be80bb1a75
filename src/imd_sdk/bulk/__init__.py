"""Import and export thousands of signatures.

::

    from imd_sdk import Client, bulk

    with Client("https://campaign.example") as campaign:
        report = bulk.sign_many(
            campaign, "convention", bulk.read_csv("sheets.csv"), journal="sheets.journal"
        )
    print(report)

`sign_many` records each row in a journal before it sends it, so a job that was killed continues
where it stopped and signs for nobody twice. Every function that sends requests has an asynchronous
version whose name ends in ``_async``.
"""

from imd_sdk.bulk._errors import BulkError, ExportError, JournalError, TableError
from imd_sdk.bulk._export import (
    ExportedFile,
    export_attendances,
    export_attendances_async,
    export_events,
    export_events_async,
    export_orders,
    export_orders_async,
    export_signatures,
    export_signatures_async,
)
from imd_sdk.bulk._report import Failure, Report, RowOutcome
from imd_sdk.bulk._rows import CheckResult, Row, RowError, check
from imd_sdk.bulk._sign import sign_many, sign_many_async
from imd_sdk.bulk._table import Table, read_csv, write_unsent

__all__ = [
    "BulkError",
    "CheckResult",
    "ExportError",
    "ExportedFile",
    "Failure",
    "JournalError",
    "Report",
    "Row",
    "RowError",
    "RowOutcome",
    "Table",
    "TableError",
    "check",
    "export_attendances",
    "export_attendances_async",
    "export_events",
    "export_events_async",
    "export_orders",
    "export_orders_async",
    "export_signatures",
    "export_signatures_async",
    "read_csv",
    "sign_many",
    "sign_many_async",
    "write_unsent",
]
