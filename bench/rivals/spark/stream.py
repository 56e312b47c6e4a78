"""Structured Streaming: all that is in the topic, then the end (trigger availableNow); exactly once by its file sink's log.

Usage: stream.py <bootstrap> <topic> <schema file> <output folder> <checkpoint folder>
"""

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql.avro.functions import from_avro
from pyspark.sql.functions import col, date_format, expr, timestamp_millis

bootstrap, topic, schema_file, output, checkpoint = sys.argv[1:]
schema_text = Path(schema_file).read_text()
fields = json.loads(schema_text)["fields"]

spark = SparkSession.builder.getOrCreate()
source = (
    spark.readStream.format("kafka")
    .option("kafka.bootstrap.servers", bootstrap)
    .option("subscribe", topic)
    .option("startingOffsets", "earliest")
    .load()
)
# What stands before the body is the registry's header of 18 bytes.
quotes = source.select(
    from_avro(expr("substring(value, 19)"), schema_text, {"mode": "FAILFAST"}).alias("quote")
)
columns = [
    timestamp_millis(col(f"quote.{field['name']}")).alias(field["name"])
    if "long" in field["type"]
    else col(f"quote.{field['name']}")
    for field in fields
]
rows = quotes.select(*columns)
query = (
    rows.withColumn("dt", date_format("latestUpdate", "yyyy-MM-dd"))
    .withColumn("hour", date_format("latestUpdate", "HH"))
    .writeStream.format("parquet")
    .option("path", output)
    .option("checkpointLocation", checkpoint)
    .option("compression", "zstd")
    .partitionBy("dt", "hour")
    .trigger(availableNow=True)
    .start()
)
query.awaitTermination()
spark.stop()
