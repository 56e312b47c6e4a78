"""What a query of one symbol has to read of history: the size of row groups, which the writer's estimates make easy to get wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tickerlake_jobs.contract import find_topic
from tickerlake_jobs.curated import column_types
from tickerlake_jobs.history import HistoryOptions

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

ROWS = 150_000
ROWS_OF_SYMBOL = 333
SYMBOL = f"concat('S', lpad(cast(floor(id / {ROWS_OF_SYMBOL}) AS string), 4, '0'))"
OF_TYPE = {
    "string": "'IEX real time price'",
    "double": f"50.0D + floor(id / {ROWS_OF_SYMBOL}) / 100",
    "timestamp": f"timestamp_millis(1795098600000 + pmod(id, {ROWS_OF_SYMBOL}) * 70271 + pmod(id * 7919, 70000))",
    "int": "1",
    "bigint": "id",
    "date": "DATE '2026-11-20'",
}
OF_COLUMN = {
    "symbol": SYMBOL,
    "log_id": "'0a1b2c3d-4e5f-6789-abcd-ef0123456789-1'",
    "company_name": f"concat({SYMBOL}, ' Technologies Inc.')",
    "latest_time": "concat(pmod(id * 31, 23400), ' s')",
    "latest_price": "round(50 + pmod(id * 7919, 99991) / 100, 2)",
    "latest_volume": "cast(id * 17 AS double)",
    "high": "round(51 + pmod(id, 40000) / 100, 2)",
    "low": "round(49 - pmod(id, 40000) / 100, 2)",
}
"""A market's quotes as far as the writer is concerned: most columns repeat, times, price, volume and offset hardly ever do."""


def test_row_groups_are_small_enough_for_one_symbol_and_large_enough_for_all(spark: SparkSession) -> None:
    topic = find_topic("quotes")
    table = "glue_catalog.layout.quotes_history"
    properties = ", ".join(
        f"'{name}' = '{value}'"
        for name, value in HistoryOptions(target_file_bytes=256 * 1024 * 1024).properties.items()
    )
    spark.sql(
        f"CREATE TABLE {table} ({', '.join(column_types(topic.columns))}) USING iceberg TBLPROPERTIES ({properties})"
    )
    values = ", ".join(
        f"{OF_COLUMN.get(column.name, OF_TYPE[column.type])} AS {column.name}" for column in topic.columns
    )
    spark.sql(f"INSERT INTO {table} SELECT {values} FROM (SELECT id FROM range(0, {ROWS}, 1, 1))")
    files = [row.file_path for row in spark.sql(f"SELECT file_path FROM {table}.files").collect()]
    rows = [count for file in files for count in _rows_of_groups(spark, file)]
    assert sum(rows) == ROWS
    # But for the last, which is what is left.
    assert [count for count in rows[:-1] if not 10_000 <= count <= 80_000] == []


def _rows_of_groups(spark: SparkSession, file: str) -> list[int]:
    hadoop = spark._jvm.org.apache.hadoop
    parquet = spark._jvm.org.apache.parquet.hadoop
    path = hadoop.fs.Path(file)
    source = parquet.util.HadoopInputFile.fromPath(path, spark._jsc.hadoopConfiguration())
    reader = parquet.ParquetFileReader.open(source)
    try:
        return [group.getRowCount() for group in reader.getRowGroups()]
    finally:
        reader.close()
