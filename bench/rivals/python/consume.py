"""What a team writes by hand: librdkafka reads, fastavro decodes, pyarrow writes Parquet by dt and hour. At least once.

Usage: consume.py <bootstrap> <topic> <schema file> <output folder> <end offsets, comma-separated>
"""

import io
import json
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
from confluent_kafka import Consumer, TopicPartition

HEADER_BYTES = 18
BATCH_ROWS = 100_000


def arrow_type(field: dict) -> pa.DataType:
    base = (
        next(kind for kind in field["type"] if kind != "null")
        if isinstance(field["type"], list)
        else field["type"]
    )
    if base == "long":
        return pa.timestamp("ms", tz="UTC")
    return {"string": pa.string(), "double": pa.float64()}[base]


def write(rows: list[dict], schema: pa.Schema, output: Path) -> None:
    by_hour: dict[int, list[dict]] = {}
    for row in rows:
        by_hour.setdefault(row["latestUpdate"] // 3_600_000, []).append(row)
    for hour, some in by_hour.items():
        at = datetime.fromtimestamp(hour * 3600, UTC)
        folder = output / f"dt={at:%Y-%m-%d}" / f"hour={at:%H}"
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(
            pa.Table.from_pylist(some, schema), folder / f"{uuid.uuid4()}.parquet", compression="zstd"
        )


def main(bootstrap: str, topic: str, schema_file: str, output: str, ends_text: str) -> None:
    quote = json.loads(Path(schema_file).read_text())
    arrow = pa.schema([(field["name"], arrow_type(field)) for field in quote["fields"]])
    avro = fastavro.parse_schema(quote)
    left = sum(int(end) for end in ends_text.split(","))
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"python-{uuid.uuid4()}",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    consumer.assign([TopicPartition(topic, number, 0) for number in range(len(ends_text.split(",")))])
    rows: list[dict] = []
    while left > 0:
        for message in consumer.consume(10_000, timeout=5.0):
            if message.error() is not None:
                raise RuntimeError(message.error())
            rows.append(fastavro.schemaless_reader(io.BytesIO(message.value()[HEADER_BYTES:]), avro))
            left -= 1
        if len(rows) >= BATCH_ROWS or left == 0:
            write(rows, arrow, Path(output))
            consumer.commit(asynchronous=False)
            rows = []
    consumer.close()


main(*sys.argv[1:])
