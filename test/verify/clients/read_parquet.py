"""Reads a folder of curated files with pyarrow alone, and prints their types and, by Kafka partition, what they hold.

Arguments: the folder, then the columns of the quote in the contract's order.
"""

import json
import sys
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from canonical import hash_of

folder, *quote_columns = sys.argv[1:]
types = Counter()
sums = {}
for path in sorted(Path(folder).rglob("*.parquet")):
    # One file at a time and without its folder's names: just what the file itself says.
    table = pq.ParquetFile(path).read()
    types[json.dumps({field.name: str(field.type) for field in table.schema})] += 1
    columns = []
    for name in quote_columns:
        column = table.column(name)
        # A timestamp[ms] is its epoch milliseconds.
        columns.append((column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column).to_pylist())
    for partition, *quote in zip(table.column("kafka_partition").to_pylist(), *columns):
        seen = sums.setdefault(partition, {"records": 0, "hash": 0})
        seen["records"] += 1
        seen["hash"] = (seen["hash"] + hash_of(quote)) % 2**64

print(
    json.dumps(
        {
            "types": [json.loads(text) for text in types],
            "files": sum(types.values()),
            "partitions": {number: {**seen, "hash": f"{seen['hash']:016x}"} for number, seen in sums.items()},
        }
    )
)
