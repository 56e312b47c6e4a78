"""Curated files as a Spark frame: exactly those that receipts name.

They are put together as an Iceberg table that lives for one run, its metadata on the driver's disk. So nobody lists folders
or asks S3 how long a file is (Spark's own Parquet source needs seven requests a file, this three), and files are read by
Iceberg's S3 client, which is the same here and on Glue.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pyspark.sql import DataFrame, SparkSession

    from tickerlake_jobs.contract import Column, Topic
    from tickerlake_jobs.receipts import CuratedFile


TASKS_A_CORE = 8
OPEN_BYTES = 64 * 1024
"""To open a file takes about as long as to read so much of it."""
MIN_TASK_BYTES = 1024 * 1024
MAX_TASK_BYTES = 128 * 1024 * 1024

SPARK_TYPES: Mapping[str, str] = {
    "string": "string",
    "double": "double",
    # Iceberg's timestamp, as Athena wants it: without zone.
    "timestamp": "timestamp_ntz",
    "int": "int",
    "bigint": "bigint",
    "date": "date",
}


def column_types(columns: Iterable[Column]) -> list[str]:
    """Columns as Spark's SQL declares them."""
    return [f"{column.name} {SPARK_TYPES[column.type]}" for column in columns]


@dataclass
class CuratedFiles:
    """Reads curated files of one topic."""

    spark: SparkSession
    topic: Topic
    lake_url: str
    """Of the bucket, without a slash at its end."""
    _folder: tempfile.TemporaryDirectory[str] = field(
        default_factory=lambda: tempfile.TemporaryDirectory(prefix="curated_")
    )

    @property
    def _catalog(self) -> str:
        """A session never forgets where a catalog is, so each has a name of its own."""
        return Path(self._folder.name).name

    @property
    def _table(self) -> str:
        return f"{self._catalog}.run.files"

    def read(self, files: Iterable[CuratedFile], sizes: Mapping[str, int]) -> DataFrame:
        """Rows of the files, and `file`, the URL of each row's."""
        files = list(files)
        self._declare(sum(max(sizes[file.key], OPEN_BYTES) for file in files))
        jvm: Any = self.spark._jvm
        table = jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(
            self.spark._jsparkSession, self._table
        )
        append = table.newFastAppend()
        builder = jvm.org.apache.iceberg.DataFiles
        for file in files:
            append.appendFile(
                builder.builder(table.spec())
                .withPath(self.url_of(file.key))
                .withFormat("parquet")
                .withFileSizeInBytes(sizes[file.key])
                .withRecordCount(file.rows)
                .withPartitionPath(f"dt={file.dt}")
                .build()
            )
        append.commit()
        names = ", ".join(column.name for column in self.topic.columns)
        return self.spark.sql(f"SELECT {names}, _file AS file FROM {self._table}")

    def url_of(self, key: str) -> str:
        return f"{self.lake_url}/{key}"

    def key_of(self, url: str) -> str:
        return url.removeprefix(f"{self.lake_url}/")

    def _declare(self, weight: int) -> None:
        settings = {
            "": "org.apache.iceberg.spark.SparkCatalog",
            ".type": "hadoop",
            ".warehouse": Path(self._folder.name).as_uri(),
            # Metadata are files of this machine, data are in S3.
            ".io-impl": "org.apache.iceberg.io.ResolvingFileIO",
        }
        for name, value in settings.items():
            self.spark.conf.set(f"spark.sql.catalog.{self._catalog}{name}", value)
        # The files know no field ids: https://iceberg.apache.org/spec/#column-projection
        wanted_tasks = TASKS_A_CORE * self.spark.sparkContext.defaultParallelism
        names = [
            {"field-id": index, "names": [column.name]} for index, column in enumerate(self.topic.columns, 1)
        ]
        properties = {
            "schema.name-mapping.default": json.dumps(names),
            "read.data-planning-mode": "local",
            # A few tasks a core, as even as may be. Iceberg would reckon each file as 4 MB at least, and make tasks of a few.
            "read.split.adaptive-size.enabled": "false",
            "read.split.open-file-cost": str(OPEN_BYTES),
            "read.split.target-size": str(max(MIN_TASK_BYTES, min(MAX_TASK_BYTES, weight // wanted_tasks))),
            # Its vectorized reader takes timestamps in milliseconds, which ours are, for a bug's way: ClassCastException.
            "read.parquet.vectorization.enabled": "false",
        }
        listed = ", ".join(f"'{name}' = '{value}'" for name, value in properties.items())
        self.spark.sql(f"DROP TABLE IF EXISTS {self._table}")
        self.spark.sql(
            f"CREATE TABLE {self._table} ({', '.join(column_types(self.topic.columns))}) USING iceberg "
            f"PARTITIONED BY (dt) TBLPROPERTIES ({listed})"
        )
