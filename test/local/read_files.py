"""Reads a curated Parquet file with pyarrow and a raw object with fastavro, and prints what a test compares."""

import hashlib
import json
import struct
import sys

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq

parquet_path, avro_path, *quote_columns = sys.argv[1:]


def canonical(value):
    """The canonical encoding of core/hash.ts."""
    if value is None:
        return b"\0"
    if isinstance(value, str):
        text = value.encode()
        return b"\1" + struct.pack(">I", len(text)) + text
    return b"\2" + struct.pack(">d", float(value) + 0.0)


table = pq.read_table(parquet_path)
types = {field.name: str(field.type) for field in table.schema}
columns = []
for name in quote_columns:
    column = table.column(name)
    columns.append((column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column).to_pylist())
total = 0
for row in zip(*columns):
    last = max(index for index, value in enumerate(row) if value is not None)
    digest = hashlib.sha256(b"".join(map(canonical, row[: last + 1]))).digest()
    total = (total + int.from_bytes(digest[:8], "big")) % 2**64

with open(avro_path, "rb") as file:
    reader = fastavro.reader(file)
    metadata = {name: value for name, value in reader.metadata.items() if name.startswith("tickerlake.")}
    values = hashlib.sha256()
    offsets = []
    for record in reader:
        offsets.append(record["offset"])
        values.update(record["value"] or b"")

print(
    json.dumps(
        {
            "types": types,
            "rows": table.num_rows,
            "hash": f"{total:016x}",
            "avro": {"metadata": metadata, "offsets": offsets, "values": values.hexdigest()},
        }
    )
)
