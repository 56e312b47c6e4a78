"""Sources of DynamicFrames: tables of the Data Catalog whose data are files on S3, with the job's bookmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .absence import absent, not_provided
from .bookmarks import SourceFile
from .dynamicframe import DynamicFrame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame, SparkSession

    from .context import GlueContext

# What a table's `classification` says, which crawlers and templates set: https://docs.aws.amazon.com/glue/latest/dg/add-classifier.html
_READERS = ("parquet", "json", "csv")


class DynamicFrameReader:
    """What GlueContext.create_dynamic_frame is."""

    def __init__(self, glue_context: GlueContext) -> None:
        self._context = glue_context

    def from_catalog(
        self, database: str, table_name: str, *, transformation_ctx: str = "", **options: object
    ) -> DynamicFrame:
        """The records of a table: with bookmarks enabled, those in files that no committed run has read."""
        if options:
            raise not_provided(
                f"awsglue.dynamicframe.DynamicFrameReader.from_catalog({next(iter(options))}=…)"
            )
        import boto3  # noqa: PLC0415 - most jobs read without the catalog

        table = boto3.client("glue").get_table(DatabaseName=database, Name=table_name)["Table"]
        location = table["StorageDescriptor"]["Location"]
        spark = self._context.spark_session
        files = self._context.bookmarks.take(transformation_ctx, _list_files(spark, location))
        return DynamicFrame(_read(spark, table, [file.path for file in files]), self._context, table_name)

    def __getattr__(self, name: str) -> object:
        return absent("awsglue.dynamicframe.DynamicFrameReader")(name)


def _list_files(spark: SparkSession, location: str) -> list[SourceFile]:
    """The files below a location; those of Hadoop's own (_SUCCESS, .crc) are none."""
    jvm: Any = spark.sparkContext._jvm
    path = jvm.org.apache.hadoop.fs.Path(location)
    system = path.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration())
    found = []
    entries = system.listFiles(path, True)
    while entries.hasNext():
        entry = entries.next()
        if not entry.getPath().getName().startswith(("_", ".")):
            found.append(SourceFile(entry.getPath().toString(), entry.getModificationTime()))
    return sorted(found, key=lambda file: file.path)


def _read(spark: SparkSession, table: Mapping[str, Any], paths: list[str]) -> DataFrame:
    parameters = {**table.get("Parameters", {}), **table["StorageDescriptor"].get("Parameters", {})}
    classification = parameters.get("classification")
    if classification not in _READERS:
        raise not_provided(
            f"awsglue.dynamicframe.DynamicFrameReader.from_catalog of tables of classification {classification!r}"
        )
    columns = [*table["StorageDescriptor"]["Columns"], *table.get("PartitionKeys", [])]
    schema = ", ".join(f"`{column['Name']}` {column['Type']}" for column in columns)
    reader = spark.read.schema(schema)
    if classification == "csv":
        header = parameters.get("skip.header.line.count", "0") != "0"
        reader = reader.option("header", header).option("sep", parameters.get("delimiter", ","))
    if not paths:
        return spark.createDataFrame([], schema)
    if table.get("PartitionKeys"):
        reader = reader.option("basePath", table["StorageDescriptor"]["Location"])
    return reader.format(classification).load(paths)
