"""Glue's table optimizers of history, made once the table is there.

https://docs.aws.amazon.com/glue/latest/dg/table-optimizers.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Mapping

ORPHAN_DAYS = 3
"""A file that no snapshot names may still be of a commit that goes on; Glue's own default."""


@dataclass(frozen=True)
class TableOptimizers:
    """Compaction, retention of snapshots, and deletion of orphan files."""

    glue: Any
    account: str
    database: str
    table: str
    role: str
    snapshot_days: int

    def ensure(self) -> list[str]:
        """Creates those that are not there; what somebody configured otherwise stays.

        :returns: the types that were created
        """
        return [kind for kind, options in self._configurations().items() if self._create(kind, options)]

    def _create(self, kind: str, options: Mapping[str, Any]) -> bool:
        try:
            self.glue.create_table_optimizer(
                CatalogId=self.account,
                DatabaseName=self.database,
                TableName=self.table,
                Type=kind,
                TableOptimizerConfiguration={"roleArn": self.role, "enabled": True, **options},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "AlreadyExistsException":
                return False
            raise
        return True

    def _configurations(self) -> dict[str, Mapping[str, Any]]:
        # As the table is sorted: without it, files that are put together would hold every symbol all over.
        compaction = {"strategy": "sort"}
        retention = {
            "snapshotRetentionPeriodInDays": self.snapshot_days,
            "numberOfSnapshotsToRetain": 1,
            "cleanExpiredFiles": True,
        }
        orphans = {"orphanFileRetentionPeriodInDays": ORPHAN_DAYS}
        return {
            "compaction": {"compactionConfiguration": {"icebergConfiguration": compaction}},
            "retention": {"retentionConfiguration": {"icebergConfiguration": retention}},
            "orphan_file_deletion": {"orphanFileDeletionConfiguration": {"icebergConfiguration": orphans}},
        }
