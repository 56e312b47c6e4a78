"""Runs of compaction on a real Iceberg table, with a bucket that is a folder."""

from __future__ import annotations

import io
import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from tickerlake_jobs.compaction import Conflict, Ports, Shown, Unsettled, compact
from tickerlake_jobs.contract import Topic, find_topic
from tickerlake_jobs.cut import Cut, OffsetRange, make_plan, merge_cuts
from tickerlake_jobs.lake import TopicLake
from tickerlake_jobs.receipts import LogPartition

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession
    from tickerlake_jobs.history import HistoryTable

pytestmark = pytest.mark.spark

LOG = "log-a"
DAY, NEXT_DAY = "2026-11-20", "2026-11-21"


class FolderBucket:
    """A bucket as boto3 shows it; objects are files, so that Spark reads them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tagged: set[str] = set()

    def put(self, key: str, content: bytes) -> Path:
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.tagged.discard(key)
        return path

    def get_paginator(self, operation: str) -> FolderBucket:
        assert operation == "list_objects_v2"
        return self

    def paginate(self, *, Bucket: str, Prefix: str, Delimiter: str | None = None) -> Iterator[dict[str, Any]]:  # noqa: ARG002, N803
        keys = sorted(
            path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file()
        )
        found = [key for key in keys if key.startswith(Prefix)]
        if Delimiter is not None:
            folders = {Prefix + key.removeprefix(Prefix).split(Delimiter)[0] + Delimiter for key in found}
            yield {"CommonPrefixes": [{"Prefix": folder} for folder in sorted(folders)]}
            return
        for key in found:
            stat = (self.root / key).stat()
            modified = datetime.fromtimestamp(stat.st_mtime, UTC)
            entry = {
                "Key": key,
                "Size": stat.st_size,
                "LastModified": modified,
                "ETag": f'"{stat.st_mtime_ns}"',
            }
            yield {"Contents": [entry]}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: ARG002, N803
        return {"Body": io.BytesIO(self._existing(Key).read_bytes())}

    def get_object_tagging(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: ARG002, N803
        self._existing(Key)
        return {"TagSet": [{"Key": "covered", "Value": "history"}] if Key in self.tagged else []}

    def put_object_tagging(self, *, Bucket: str, Key: str, Tagging: dict[str, Any]) -> None:  # noqa: ARG002, N803
        self._existing(Key)
        self.tagged.add(Key)

    def _existing(self, key: str) -> Path:
        path = self.root / key
        if not path.exists():
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": key}}, "GetObject")
        return path


@dataclass
class FakeView:
    cut: dict[LogPartition, int] = field(default_factory=dict)

    def move(self, cut: Cut) -> Shown:
        self.cut = merge_cuts(self.cut, cut)
        return Shown(self.cut)


@dataclass(frozen=True)
class Quote:
    """A row as these tests tell rows apart."""

    offset: int
    symbol: str = "AAA"
    price: float = 1.0
    dt: str = DAY
    source: int | None = None


@dataclass
class Stand:
    """A lake of one topic, and what runs work on."""

    spark: SparkSession
    topic: Topic
    bucket: FolderBucket
    database: str
    view: FakeView = field(default_factory=FakeView)
    judged: list[int] = field(default_factory=list)

    def curate(
        self, start: int, quotes: Sequence[Quote], quarantined: Sequence[int] = (), *, fill: bool = False
    ) -> None:
        """Writes what a raw object becomes, in place of what it was."""
        name = f"{LOG}-0000-{'fill-' if fill else ''}{start:020}.parquet"
        for old in self.bucket.root.glob(f"curated/*/*/{name}"):
            old.unlink()
        files = []
        for day in sorted({quote.dt for quote in quotes}):
            rows = [quote for quote in quotes if quote.dt == day]
            key = f"{self.topic.curated_prefix}dt={day}/{name}"
            self.bucket.put(key, self.parquet(rows))
            files.append({"key": key, "rows": len(rows)})
        receipt = {
            "first": start,
            "last": max([quote.offset for quote in quotes] + list(quarantined)),
            "records": len(quotes) + len(quarantined),
            "curated": files,
            "quarantined": [{"offset": offset, "code": "symbol_missing"} for offset in quarantined],
        }
        self.bucket.put(self.receipt_key(start, fill=fill), json.dumps(receipt).encode())

    def receipt_key(self, start: int, *, fill: bool = False) -> str:
        return f"{self.topic.receipts_prefix}log_id={LOG}/kafka_partition=0000/{'fill/' if fill else ''}{start:020}.json"

    def parquet(self, quotes: Sequence[Quote]) -> bytes:
        """Without the day, which is in the key only."""
        values = ", ".join(
            f"({quote.offset}L, '{quote.symbol}', {quote.price}D, timestamp_ntz'{quote.dt} 15:00:00', {quote.source or 0}L)"
            for quote in quotes
        )
        known = {
            "symbol": "symbol",
            "latest_price": "price",
            "log_id": f"'{LOG}'",
            "kafka_partition": "0",
            "kafka_offset": "at",
            "event_time": "event_time",
            "source_log_id": f"'{LOG}'",
            "source_partition": "0",
            "source_offset": "source",
        }
        types = {"timestamp": "timestamp_ntz"}
        columns = ", ".join(
            f"cast({known.get(column.name, 'null')} AS {types.get(column.type, column.type)}) AS {column.name}"
            for column in self.topic.columns
            if column.name != "dt"
        )
        target = self.bucket.root.parent / "written"
        sql = f"SELECT {columns} FROM VALUES {values} AS rows(at, symbol, price, event_time, source)"
        self.spark.sql(sql).coalesce(1).write.mode("overwrite").parquet(str(target))
        return next(target.glob("*.parquet")).read_bytes()

    def table(self, spark: SparkSession | None = None) -> HistoryTable:
        from tickerlake_jobs.curated import CuratedFiles  # noqa: PLC0415 - only where Spark is
        from tickerlake_jobs.history import HistoryOptions, HistoryTable  # noqa: PLC0415

        session = spark or self.spark

        def judge(rows: DataFrame, promised: int) -> None:
            assert rows.count() == promised
            self.judged.append(promised)

        return HistoryTable(
            session,
            self.topic,
            self.database,
            TopicLake(self.bucket, "lake", self.topic),
            CuratedFiles(session, self.topic, str(self.bucket.root)),
            HistoryOptions(128_000_000),
            judge,
        )

    def ports(self, table: HistoryTable | None = None) -> Ports:
        return Ports(
            lake=TopicLake(self.bucket, "lake", self.topic),
            history=table or self.table(),
            view=self.view,
            now=lambda: datetime.now(UTC),
            wait=lambda _: None,
        )

    @property
    def name(self) -> str:
        return f"glue_catalog.{self.database}.{self.topic.history_table}"

    def rows(self) -> list[tuple[int, str, float, str]]:
        self.spark.sql(f"REFRESH TABLE {self.name}")
        sql = f"SELECT kafka_offset, symbol, latest_price, dt FROM {self.name} ORDER BY kafka_offset, dt"
        return [tuple(row) for row in self.spark.sql(sql).collect()]

    def snapshots(self) -> int:
        self.spark.sql(f"REFRESH TABLE {self.name}")
        return int(self.spark.sql(f"SELECT 1 FROM {self.name}.snapshots").count())


@pytest.fixture
def stand(spark: SparkSession, tmp_path: Path) -> Stand:
    return make_stand(spark, tmp_path, "quotes")


def make_stand(spark: SparkSession, tmp_path: Path, topic: str) -> Stand:
    database = f"test_{os.urandom(4).hex()}"
    spark.sql(f"CREATE NAMESPACE glue_catalog.{database}")
    return Stand(spark, find_topic(topic), FolderBucket(tmp_path / "bucket"), database)


def test_a_run_merges_what_receipts_name_and_moves_the_view(stand: Stand) -> None:
    stand.curate(0, [Quote(1, "BBB", dt=DAY), Quote(0, "AAA"), Quote(2, "CCC", dt=NEXT_DAY)], [3])
    stand.curate(4, [Quote(4)])
    stand.curate(9, [Quote(9)])
    outcome = compact(stand.ports())
    assert stand.rows() == [
        (0, "AAA", 1.0, DAY),
        (1, "BBB", 1.0, DAY),
        (2, "CCC", 1.0, NEXT_DAY),
        (4, "AAA", 1.0, DAY),
    ]
    assert stand.view.cut == {LogPartition(LOG, 0): 4}
    assert (outcome.receipts, outcome.files, outcome.rows) == (2, 3, 4)
    assert len(stand.bucket.tagged) == 3
    assert stand.judged == [4]
    # Declared by the contract: a table that Athena reads.
    types = {row.col_name: row.data_type for row in stand.spark.sql(f"DESCRIBE {stand.name}").collect()}
    assert (types["event_time"], types["trading_date"], types["kafka_offset"]) == (
        "timestamp_ntz",
        "date",
        "bigint",
    )

    assert compact(stand.ports()).rows == 0
    assert stand.snapshots() == 1
    table = stand.table()
    table._scan = pytest.fail  # type: ignore[method-assign]
    assert table.open().cut == stand.view.cut


def test_what_is_curated_again_is_replaced_removed_and_moved(stand: Stand) -> None:
    stand.curate(0, [Quote(0), Quote(1), Quote(2)], [3])
    stand.curate(4, [Quote(4), Quote(5)])
    compact(stand.ports())
    stand.curate(0, [Quote(0, price=2.0), Quote(2, dt=NEXT_DAY), Quote(3)], [1])
    stand.curate(4, [Quote(4), Quote(5)])
    assert compact(stand.ports()).rows == 4
    assert stand.rows() == [
        (0, "AAA", 2.0, DAY),
        (2, "AAA", 1.0, NEXT_DAY),
        (3, "AAA", 1.0, DAY),
        (4, "AAA", 1.0, DAY),
        (5, "AAA", 1.0, DAY),
    ]
    assert stand.view.cut == {LogPartition(LOG, 0): 5}
    assert stand.snapshots() == 2


def test_a_fill_below_the_cut_joins(stand: Stand) -> None:
    stand.curate(0, [Quote(0), Quote(2)])
    compact(stand.ports())
    stand.curate(1, [Quote(1)], fill=True)
    assert compact(stand.ports()).rows == 1
    assert [row[0] for row in stand.rows()] == [0, 1, 2]


def test_two_runs_that_merge_the_same_are_in_conflict_and_the_second_starts_over(stand: Stand) -> None:
    stand.curate(0, [Quote(0)])
    compact(stand.ports())
    stand.curate(1, [Quote(1), Quote(2)])
    late = stand.table(stand.spark.newSession())
    held = late.open()
    # Meanwhile the other run does it all.
    compact(stand.ports())
    lake = TopicLake(stand.bucket, "lake", stand.topic)
    plan = make_plan(lake.read_receipts(lake.list_receipts()), [], held.cut, since=None)
    with pytest.raises(Conflict):
        late.merge(plan, held, held.note)
    compact(stand.ports(late))
    assert [row[0] for row in stand.rows()] == [0, 1, 2]
    assert stand.snapshots() == 2


def test_the_first_commits_of_two_runs_are_in_conflict(stand: Stand) -> None:
    stand.curate(0, [Quote(0)])
    late = stand.table(stand.spark.newSession())
    late._create()
    held = late.open()
    compact(stand.ports())
    lake = TopicLake(stand.bucket, "lake", stand.topic)
    plan = make_plan(lake.read_receipts(lake.list_receipts()), [], held.cut, since=None)
    with pytest.raises(Conflict):
        late.merge(plan, held, held.note)
    assert [row[0] for row in stand.rows()] == [0]


def test_files_that_are_not_what_their_receipt_says_stop_a_run(stand: Stand) -> None:
    stand.curate(0, [Quote(0)], [1])
    key = next(path for path in stand.bucket.root.rglob("*.parquet"))
    key.write_bytes(stand.parquet([Quote(0), Quote(1)]))
    with pytest.raises(Unsettled, match="is not what its receipt says"):
        compact(stand.ports())
    # As many rows, but another.
    key.write_bytes(stand.parquet([Quote(1)]))
    with pytest.raises(Unsettled, match="is not what its receipt says"):
        compact(stand.ports())
    key.unlink()
    with pytest.raises(Unsettled, match="backfill"):
        compact(stand.ports())


def test_a_record_in_two_files_stops_a_run(stand: Stand) -> None:
    stand.curate(0, [Quote(0), Quote(1, dt=NEXT_DAY)])
    key = next(path for path in stand.bucket.root.rglob(f"dt={NEXT_DAY}/*.parquet"))
    key.write_bytes(stand.parquet([Quote(0)]))
    with pytest.raises(Unsettled, match="two curated files"):
        compact(stand.ports())


def test_a_snapshot_of_somebody_else_has_the_table_read_for_its_cut(stand: Stand) -> None:
    stand.curate(0, [Quote(0), Quote(1)])
    compact(stand.ports())
    stand.spark.sql(f"INSERT INTO {stand.name} SELECT * FROM {stand.name} WHERE false")
    stand.spark.sql(f"DELETE FROM {stand.name} WHERE kafka_offset = 0")
    table = stand.table()
    assert table.open().cut == {LogPartition(LOG, 0): 1}
    ranges = [OffsetRange(LogPartition(LOG, 0), 0, 5)]
    assert compact(stand.ports(), ranges).rows == 1
    assert [row[0] for row in stand.rows()] == [0, 1]


def test_history_that_was_taken_back_is_made_again(stand: Stand) -> None:
    stand.curate(0, [Quote(0)])
    compact(stand.ports())
    first = stand.spark.sql(f"SELECT snapshot_id FROM {stand.name}.snapshots").collect()[0][0]
    stand.curate(1, [Quote(1)])
    compact(stand.ports())
    stand.spark.sql(
        f"CALL glue_catalog.system.rollback_to_snapshot('{stand.database}.{stand.topic.history_table}', {first})"
    )
    assert [row[0] for row in stand.rows()] == [0]
    compact(stand.ports())
    assert [row[0] for row in stand.rows()] == [0, 1]


def test_later_rows_leave_earlier_files_alone(stand: Stand) -> None:
    stand.curate(0, [Quote(0), Quote(1)])
    compact(stand.ports())
    stand.curate(2, [Quote(2)])
    compact(stand.ports())
    rows = stand.spark.sql(
        f"SELECT summary FROM {stand.name}.snapshots ORDER BY committed_at DESC LIMIT 1"
    ).collect()
    assert "deleted-data-files" not in rows[0].summary
    assert "tickerlake.compaction" in rows[0].summary


def test_of_a_derived_topic_a_record_is_merged_once(spark: SparkSession, tmp_path: Path) -> None:
    stand = make_stand(spark, tmp_path, "quotes_filtered")
    stand.curate(0, [Quote(0, source=7), Quote(1, source=8), Quote(2, source=7)])
    compact(stand.ports())
    assert [row[0] for row in stand.rows()] == [0, 1]
    # Above the cut: its receipt waits for the next one that moves the cut past it.
    assert stand.view.cut == {LogPartition(LOG, 0): 1}
    assert stand.bucket.tagged == set()
    stand.curate(3, [Quote(3, source=8), Quote(4, source=9)])
    assert compact(stand.ports()).rows == 1
    assert [row[0] for row in stand.rows()] == [0, 1, 4]
    assert len(stand.bucket.tagged) == 2
    # Copies are curated again; history keeps the one that it has.
    stand.curate(0, [Quote(0, price=3.0, source=7), Quote(1, source=8), Quote(2, price=3.0, source=7)])
    assert compact(stand.ports()).rows == 1
    assert stand.rows()[0] == (0, "AAA", 3.0, DAY)
    assert [row[0] for row in stand.rows()] == [0, 1, 4]


def test_retention_of_a_day_ago_is_not_needed(stand: Stand) -> None:
    """A file that has expired is no reason to look at its receipt."""
    stand.curate(0, [Quote(0)])
    stand.curate(1, [Quote(1)])
    compact(stand.ports())
    for path in stand.bucket.root.rglob("*.parquet"):
        path.unlink()
    long_ago = (datetime.now(UTC) - timedelta(days=30)).timestamp()
    for path in stand.bucket.root.rglob("*.json"):
        os.utime(path, (long_ago, long_ago))
    stand.curate(2, [Quote(2)])
    assert compact(stand.ports()).rows == 1
    assert [row[0] for row in stand.rows()] == [0, 1, 2]
