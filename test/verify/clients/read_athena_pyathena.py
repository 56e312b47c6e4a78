"""Queries Athena by pyathena's cursors as analysts do, and prints what each of them made of the answers.

Arguments: the workgroup, the database, and the query whose columns are of all types.
"""

import functools
import json
import os
import sys
import threading

import pyathena
from pyarrow import fs
from pyathena import connect
from pyathena.arrow.cursor import ArrowCursor
from pyathena.cursor import DictCursor
from pyathena.pandas.cursor import PandasCursor

workgroup, database, all_types = sys.argv[1:]
# Of all of this, only Arrow's own S3 client does not look into AWS_ENDPOINT_URL when it is given keys.
fs.S3FileSystem = functools.partial(fs.S3FileSystem, endpoint_override=os.environ["AWS_ENDPOINT_URL"])
connection = connect(work_group=workgroup, schema_name=database, poll_interval=0.05)


def failure(cursor, sql, **more):
    try:
        cursor.execute(sql, **more)
    except pyathena.Error as error:
        return [type(error).__name__, str(error)]
    return ["none", ""]


def cancelled():
    """A query that takes long, cancelled from another thread as soon as it has an id."""
    cursor = connection.cursor()
    started = threading.Event()
    ended = []
    numbers = "UNNEST(sequence(1, 1000000))"
    sql = f"SELECT sum(a.x * b.x) FROM {numbers} AS a(x) CROSS JOIN {numbers} AS b(x)"
    on_start = lambda _: started.set()
    thread = threading.Thread(target=lambda: ended.append(failure(cursor, sql, on_start_query_execution=on_start)))
    thread.start()
    started.wait(30)
    cursor.cancel()
    thread.join(30)
    return ended[0]


said = {}
cursor = connection.cursor()

said["cursor"] = [[repr(value) for value in row] for row in cursor.execute(all_types).fetchall()]
said["description"] = [[column[0], column[1], column[4], column[5]] for column in cursor.description]
said["statistics"] = [cursor.state, cursor.statement_type, cursor.substatement_type, cursor.reused_previous_result]

bySymbol = "SELECT symbol, price FROM trades WHERE symbol = %(symbol)s AND price > %(least)d ORDER BY price"
said["pyformat"] = cursor.execute(bySymbol, {"symbol": "O'Reilly", "least": 1}).fetchall()
marks = "SELECT symbol, price FROM trades WHERE symbol = ? AND dt = ? ORDER BY price"
said["qmark"] = cursor.execute(marks, ["'AAPL'", "DATE '2026-11-19'"], paramstyle="qmark").fetchall()
said["qmark word"] = cursor.execute("SELECT count(*) FROM trades WHERE symbol = ?", ["AAPL"], paramstyle="qmark").fetchall()
said["prepared"] = cursor.execute("EXECUTE by_symbol USING 'AAPL'").fetchall()
said["many pages"] = len(cursor.execute("SELECT x FROM UNNEST(sequence(1, 2500)) AS t(x)").fetchall())
said["tables"] = cursor.execute("SHOW TABLES").fetchall()
said["explain"] = len(cursor.execute("EXPLAIN SELECT 1").fetchall()) > 1

said["dict"] = connection.cursor(DictCursor).execute("SELECT 1 AS a, 'b' AS c").fetchall()
frame = connection.cursor(PandasCursor).execute(all_types).as_pandas()
said["pandas"] = {name: [str(frame[name].dtype), [repr(value) for value in frame[name]]] for name in frame}
table = connection.cursor(ArrowCursor).execute(all_types).as_arrow()
said["arrow"] = {name: [str(table.schema.field(name).type), [repr(v) for v in table[name].to_pylist()]] for name in table.column_names}

said["databases"] = [found.name for found in cursor.list_databases(catalog_name="awsdatacatalog")]
said["table names"] = [found.name for found in cursor.list_table_metadata()]
metadata = cursor.get_table_metadata("trades")
said["columns"] = [[column.name, column.type] for column in [*metadata.columns, *metadata.partition_keys]]
said["location"] = metadata.location

said["unknown column"] = failure(cursor, "SELECT nope FROM trades")
said["no syntax"] = failure(cursor, "SELECT FROM trades")
said["unload"] = failure(connection.cursor(PandasCursor, unload=True), "SELECT 1", s3_staging_dir="s3://results/x/")
said["cancelled"] = cancelled()
print(json.dumps(said))
