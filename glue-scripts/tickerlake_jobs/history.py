"""History as an Iceberg table: what it holds, and the one commit of a run."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pyspark.storagelevel import StorageLevel

from tickerlake_jobs import merge_sql
from tickerlake_jobs.commit import commit_with
from tickerlake_jobs.compaction import Conflict, Held, Merged, Note, Unsettled
from tickerlake_jobs.curated import CuratedFiles, column_types
from tickerlake_jobs.cut import Cut, Plan, merge_cuts
from tickerlake_jobs.lineage import PROPERTY, Snapshot, logical_id, read_held, write_note
from tickerlake_jobs.receipts import LogPartition, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyspark.sql import DataFrame, SparkSession

    from tickerlake_jobs.contract import Topic
    from tickerlake_jobs.lake import TopicLake

log = logging.getLogger(__name__)

CATALOG = "glue_catalog"

CONFLICTS = (
    "ValidationException",
    "CommitFailedException",
    "AlreadyExistsException",
    "CommitStateUnknownException",
)
"""Iceberg's exceptions that say: somebody else was faster. After an unknown state, opening again tells which it was."""

ROW_GROUP_BYTES = 1024 * 1024
PAGE_ROWS = 2000
"""Sorted by symbol, a row group of some 50,000 rows holds few symbols, so that a query of one reads one row group: half of what it read
of groups twice as large, while one of all symbols reads 3 % more and asks twice as often (docs/performance/scan-cost.md).

The writer weighs rows of an open page as they are, some 280 bytes each, and those of closed ones compressed, to a tenth: pages of
5,000 rows fill such a row group before they are ever closed, and it ends with 3,700 rows.
"""

SOURCE = "tickerlake_run"
CHANGES = "tickerlake_changes"


@dataclass(frozen=True)
class HistoryOptions:
    """Of the table."""

    target_file_bytes: int
    location: str | None = None
    """None: where the catalog puts it."""

    @property
    def properties(self) -> dict[str, str]:
        """https://iceberg.apache.org/docs/1.10.0/configuration/#write-properties"""
        return {
            "format-version": "2",
            "write.parquet.compression-codec": "zstd",
            "write.parquet.row-group-size-bytes": str(ROW_GROUP_BYTES),
            "write.parquet.page-row-limit": str(PAGE_ROWS),
            "write.target-file-size-bytes": str(self.target_file_bytes),
            # Readers need no delete files, and two runs that touch the same offsets are in conflict.
            "write.merge.mode": "copy-on-write",
            "write.merge.isolation-level": "serializable",
            # By default bounds are cut to 16 characters, which is less than a log id.
            "write.metadata.metrics.column.log_id": "full",
            "write.metadata.delete-after-commit.enabled": "true",
            "write.metadata.previous-versions-max": "50",
        }


class HistoryTable:
    """The table of one topic. What is read and merged after `open` is validated against the snapshot that it found."""

    def __init__(
        self,
        spark: SparkSession,
        topic: Topic,
        database: str,
        lake: TopicLake,
        curated: CuratedFiles,
        options: HistoryOptions,
        judge: Callable[[DataFrame, int], None],
    ) -> None:
        """:param judge: is given the rows of a run and how many the receipts promise; raises to stop the run"""
        self.spark = spark
        self.topic = topic
        self.name = f"{CATALOG}.{database}.{topic.history_table}"
        self.lake = lake
        self.curated = curated
        self.options = options
        self.judge = judge
        self.opened: int | None = None
        """The snapshot that was found."""
        self.base: int | None = None
        """The newest up to it that changed rows."""
        # A table stays as it was when it was opened, so that the commit is validated from there on. Iceberg would otherwise
        # look for a newer state after 30 s, unseen by the run. https://iceberg.apache.org/docs/1.10.0/spark-configuration/
        spark.conf.set(f"spark.sql.catalog.{CATALOG}.cache-enabled", "true")
        spark.conf.set(f"spark.sql.catalog.{CATALOG}.cache.expiration-interval-ms", "-1")
        # Of rows as they are sorted, a few times as large as they are in a file: a day is written by some tasks, not by one.
        spark.conf.set("spark.sql.iceberg.advisory-partition-size", str(options.target_file_bytes))
        # What a run keeps on disk is read three times and then thrown away: to look for the best compression of each column
        # took longer than all three. The disk's blocks are compressed in any case.
        spark.conf.set("spark.sql.inMemoryColumnarStorage.compressed", "false")
        # What is equal to what through all columns of a merge takes the optimizer minutes to find out, and serves nothing here:
        # https://issues.apache.org/jira/browse/SPARK-33152
        spark.conf.set("spark.sql.constraintPropagation.enabled", "false")

    def open(self) -> Held:
        self.base = self.opened = None
        if not self._exists():
            return Held()
        self.spark.sql(f"REFRESH TABLE {self.name}")
        self.opened = self._current()
        if self.opened is None:
            return Held()
        rows = self.spark.sql(
            f"SELECT snapshot_id, parent_id, operation, cast(committed_at AS double) AS committed, "
            f"summary['{PROPERTY}'] AS note FROM {self.name}.snapshots"
        ).collect()
        snapshots = [
            Snapshot(
                row.snapshot_id,
                row.parent_id,
                row.operation,
                datetime.fromtimestamp(row.committed, UTC),
                row.note,
            )
            for row in rows
        ]
        self.base = logical_id(snapshots, self.opened)
        return read_held(snapshots, self.opened, now=datetime.now(UTC), scan=self._scan)

    def merge(self, plan: Plan, held: Held, note: Note) -> Merged | None:
        files = [file for receipt in plan.receipts for file in receipt.files]
        sizes = self.lake.file_sizes({file.dt for file in files})
        gone = next(
            (file.key for receipt in plan.above for file in receipt.files if file.key not in sizes), None
        )
        if gone is not None:
            raise Unsettled(
                f"{gone} is gone, and history does not have its rows: if that stays so, curate it again from raw by "
                "`tickerlake backfill --target history`"
            )
        # Covered and expired: history has their rows.
        late = [receipt for receipt in plan.late if all(file.key in sizes for file in receipt.files)]
        receipts = [*plan.above, *late]
        log.info("%s: reading %d curated files", self.topic.name, len(files))
        source = self.curated.read([file for receipt in receipts for file in receipt.files], sizes)
        source.persist(StorageLevel.DISK_ONLY)
        source.createOrReplaceTempView(SOURCE)
        try:
            lasts = self._verify(receipts)
            rows = sum(receipt.rows for receipt in receipts)
            if rows > 0:
                log.info("%s: judging %d rows", self.topic.name, rows)
                self.judge(source.drop("file"), rows)
            self._create()
            if self._current() != self.opened:
                # To declare the table anew is a commit as well, which takes others' snapshots for its base.
                raise Conflict("somebody else committed to history meanwhile")
            return self._commit(receipts, lasts, held, note)
        finally:
            source.unpersist()

    def _exists(self) -> bool:
        return bool(self.spark.catalog.tableExists(self.name))

    def _current(self) -> int | None:
        rows = self.spark.sql(f"SELECT snapshot_id FROM {self.name}.refs WHERE name = 'main'").collect()
        return rows[0].snapshot_id if rows else None

    def _create(self) -> None:
        """Makes the table, or gives it the properties that are configured now."""
        wanted = self.options.properties
        columns = ", ".join(
            f"{declared} COMMENT '{_quoted(column.comment)}'"
            for declared, column in zip(column_types(self.topic.columns), self.topic.columns, strict=True)
        )
        location = "" if self.options.location is None else f" LOCATION '{self.options.location}'"
        try:
            self.spark.sql(
                f"CREATE TABLE IF NOT EXISTS {self.name} ({columns}) USING iceberg PARTITIONED BY (dt){location} "
                f"TBLPROPERTIES ({_listed(wanted)})"
            )
            known = {
                row.key: row.value for row in self.spark.sql(f"SHOW TBLPROPERTIES {self.name}").collect()
            }
            stale = {name: value for name, value in wanted.items() if known.get(name) != value}
            if stale:
                self._alter(f"SET TBLPROPERTIES ({_listed(stale)})")
            if not known.get("sort-order", "").startswith("symbol"):
                self._alter("WRITE ORDERED BY symbol, event_time")
        except Exception as error:
            raise _conflict(error) or error from error

    def _alter(self, change: str) -> None:
        self.spark.sql(f"ALTER TABLE {self.name} {change}")

    def _scan(self) -> Cut:
        log.info("no snapshot tells the cut of %s: reading the table for it", self.name)
        rows = self.spark.sql(
            f"SELECT log_id, kafka_partition, max(kafka_offset) AS last FROM {self.name} GROUP BY log_id, kafka_partition"
        ).collect()
        return {LogPartition(row.log_id, row.kafka_partition): row.last for row in rows}

    def _verify(self, receipts: Sequence[Receipt]) -> dict[str, int]:
        """The rows are those of the receipts, one for one: of each file as many as its receipt says, none that it calls
        quarantined, and none twice. Otherwise a raw object was curated again while its files were read.

        :returns: the last offset of each file
        """
        counted = self.spark.sql(merge_sql.count_files(SOURCE, receipts)).collect()
        found = {self.curated.key_of(row.file): row for row in counted}
        for receipt in receipts:
            for file in receipt.files:
                row = found.get(file.key)
                if row is None or row.rows != file.rows or row.quarantined > 0:
                    raise Unsettled(f"{file.key} is not what its receipt says: it is being curated again")
        parted = [
            self.curated.url_of(file.key)
            for receipt in receipts
            if len(receipt.files) > 1
            for file in receipt.files
        ]
        if parted and self.spark.sql(merge_sql.find_doubles(SOURCE, parted)).collect():
            raise Unsettled("a record stands in two curated files: it is being curated again")
        return {key: row.last for key, row in found.items()}

    def _commit(
        self, receipts: Sequence[Receipt], lasts: Mapping[str, int], held: Held, note: Note
    ) -> Merged | None:
        changes = self.spark.sql(merge_sql.select_changes(self.topic, SOURCE, self.name, receipts, held.cut))
        changes.createOrReplaceTempView(CHANGES)
        bounds = self._bound(receipts, lasts, held.cut)
        rows = sum(bound.rows for bound in bounds)
        if rows == 0:
            return None
        cut = merge_cuts(held.cut, *({bound.log: bound.last} for bound in bounds if not bound.removed))
        log.info("%s: merging %d rows into %s", self.topic.name, rows, self.topic.history_table)
        statement = merge_sql.merge(self.topic, CHANGES, self.name, bounds)
        try:
            commit_with(self.spark, statement, {PROPERTY: write_note(cut, self.base, note)})
        except Exception as error:
            raise _conflict(error) or error from error
        return Merged(cut, rows)

    def _bound(
        self, receipts: Sequence[Receipt], lasts: Mapping[str, int], cut: Cut
    ) -> Sequence[merge_sql.Bound]:
        if not merge_sql.has_below(self.topic, receipts, cut):
            # Every row is new: the receipts have told it all.
            return merge_sql.join_bounds(
                [_bound_receipt(receipt, lasts) for receipt in receipts if receipt.files]
            )
        return [
            merge_sql.Bound(
                log=LogPartition(row.log_id, row.kafka_partition),
                last=row.last,
                rows=row.rows,
                removed=row.removed,
                identity=LogPartition(row.identity_log, row.identity_partition),
                low=row.low,
                high=row.high,
            )
            for row in self.spark.sql(merge_sql.bound_changes(self.topic, CHANGES, cut)).collect()
        ]


def _bound_receipt(receipt: Receipt, lasts: Mapping[str, int]) -> merge_sql.Bound:
    return merge_sql.Bound(
        log=receipt.log,
        last=max(lasts[file.key] for file in receipt.files),
        rows=receipt.rows,
        removed=False,
        identity=receipt.log,
        low=receipt.start,
        high=receipt.last,
    )


def _conflict(error: Exception) -> Conflict | None:
    """What Iceberg's exceptions say, whichever of Spark's they come in."""
    text = str(error)
    cause: Any = getattr(error, "java_exception", None)
    while cause is not None:
        text += f"\n{cause.getClass().getName()}"
        cause = cause.getCause()
    name = next((name for name in CONFLICTS if f"org.apache.iceberg.exceptions.{name}" in text), None)
    return None if name is None else Conflict(f"somebody else commits to history at the same time ({name})")


def _listed(properties: dict[str, str]) -> str:
    return ", ".join(f"'{name}' = '{value}'" for name, value in properties.items())


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
