"""Where moto's Glue accepts what Glue refuses. Each mend has a test in test/local/engines/moto-glue.test.ts."""

import threading

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.glue.responses import GlueResponse

# https://docs.aws.amazon.com/glue/latest/webapi/API_BatchCreatePartition.html and its neighbours: "Array Members".
LIST_LIMITS = {
    "batch_create_partition": ("PartitionInputList", 100),
    "batch_delete_partition": ("PartitionsToDelete", 25),
    "batch_get_partition": ("PartitionsToGet", 1000),
    "batch_update_partition": ("Entries", 100),
    "batch_delete_table": ("TablesToDelete", 100),
    "batch_delete_table_version": ("VersionIds", 100),
}

# One writer of the catalog at a time: moto checks and changes without a lock, on many threads.
_writing = threading.RLock()


def _refuse_long_lists(operation: str, parameter: str, limit: int) -> None:
    original = getattr(GlueResponse, operation)

    def mended(self):
        given = self.parameters.get(parameter) or []
        if len(given) > limit:
            name = parameter[0].lower() + parameter[1:]
            raise JsonRESTError(
                "ValidationException",
                f"1 validation error detected: Value at '{name}' failed to satisfy constraint: "
                f"Member must have length less than or equal to {limit}",
            )
        with _writing:
            return original(self)

    setattr(GlueResponse, operation, mended)


def _refuse_stale_updates() -> None:
    """https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html: VersionId, ConcurrentModificationException."""
    original = GlueResponse.update_table

    def mended(self):
        expected = self.parameters.get("VersionId")
        with _writing:
            if expected is not None:
                database = self.parameters.get("DatabaseName")
                name = (self.parameters.get("TableInput") or {}).get("Name")
                current = self.glue_backend.get_table(database, name).as_dict()["VersionId"]
                if current != str(expected):
                    raise JsonRESTError(
                        "ConcurrentModificationException",
                        f"Update table failed due to concurrent modifications: version {expected} is not "
                        f"the current version {current}.",
                    )
            return original(self)

    GlueResponse.update_table = mended


def _serialize(operation: str) -> None:
    original = getattr(GlueResponse, operation)

    def mended(self):
        with _writing:
            return original(self)

    setattr(GlueResponse, operation, mended)


def _answer(operation: str, body: dict) -> None:
    """A call that moto lacks and whose true answer is always this one here."""
    if not hasattr(GlueResponse, operation):
        setattr(GlueResponse, operation, lambda self: ActionResult(dict(body)))


def apply() -> None:
    for operation, (parameter, limit) in LIST_LIMITS.items():
        if hasattr(GlueResponse, operation):
            _refuse_long_lists(operation, parameter, limit)
    for operation in ("create_database", "create_table", "create_partition", "update_partition", "delete_partition"):
        _serialize(operation)
    _refuse_stale_updates()
    # Nobody here computes column statistics or defines functions.
    _answer("get_column_statistics_for_table", {"ColumnStatisticsList": [], "Errors": []})
    _answer("get_column_statistics_for_partition", {"ColumnStatisticsList": [], "Errors": []})
    _answer("get_user_defined_functions", {"UserDefinedFunctions": []})
