"""Makes Iceberg table lake.made on Spark through the Glue catalog, as jobs do, changes rows and schema, and prints what Spark reads back.

Settings of Spark are given as JSON in SPARK_SETTINGS, the endpoint and credentials in AWS_*.
"""

import json
import os

from pyspark.sql import SparkSession

builder = SparkSession.builder
for name, value in json.loads(os.environ["SPARK_SETTINGS"]).items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()

TABLE = "glue_catalog.lake.made"
spark.sql(
    f"CREATE TABLE {TABLE} (symbol string, n int, k bigint, x double, f float, b boolean, d date, t timestamp_ntz, "
    "tz timestamp, amount decimal(10, 2), gone binary, dt string) USING iceberg PARTITIONED BY (dt) "
    "TBLPROPERTIES ('format-version' = '2', 'write.parquet.compression-codec' = 'zstd', "
    "'write.parquet.row-group-size-bytes' = '65536')"
)
spark.sql(f"ALTER TABLE {TABLE} WRITE ORDERED BY symbol, t")
spark.sql(
    f"INSERT INTO {TABLE} SELECT concat('S', lpad(cast(id % 100 AS string), 3, '0')), cast(id AS int), id, id / 4.0D, "
    "cast(id / 8 AS float), id % 2 = 0, date_add(DATE '2026-11-01', cast(id % 10 AS int)), "
    "TIMESTAMP_NTZ '2026-11-20 14:30:00.5' + make_interval(0, 0, 0, 0, 0, 0, id), TIMESTAMP '2026-11-20 14:30:00.5', "
    "cast(id / 100 AS decimal(10, 2)), cast('ab' AS binary), concat('2026-11-', cast(19 + id % 2 AS string)) FROM range(20000)"
)
spark.sql(
    f"MERGE INTO {TABLE} t USING (SELECT 'ZZZ' AS symbol, CAST(5 AS bigint) AS k) s ON t.k = s.k "
    "WHEN MATCHED THEN UPDATE SET t.symbol = s.symbol"
)
spark.sql(f"ALTER TABLE {TABLE} RENAME COLUMN n TO renamed")
spark.sql(f"ALTER TABLE {TABLE} ALTER COLUMN renamed TYPE bigint")
spark.sql(f"ALTER TABLE {TABLE} DROP COLUMN gone")
spark.sql(f"ALTER TABLE {TABLE} ADD COLUMN later string")

COLUMNS = ["count(*)", "sum(k)", "sum(renamed)", "count(DISTINCT symbol)", "CAST(sum(x * 4) AS bigint)", "max(d)", "sum(amount)", "count(later)"]
for where in ("true", "symbol = 'S007'", "dt = '2026-11-19' AND renamed < 100"):
    row = spark.sql(f"SELECT {', '.join(COLUMNS)} FROM {TABLE} WHERE {where}").collect()[0]
    print(json.dumps({"where": where, "row": [str(value) for value in row]}))
spark.stop()
