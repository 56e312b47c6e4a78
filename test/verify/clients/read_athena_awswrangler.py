"""Queries Athena by awswrangler as analysts do in notebooks, and prints what it made of the answers.

Arguments: the workgroup, the database, and the query whose columns are of all types.
"""

import json
import sys

import awswrangler as wr

workgroup, database, all_types = sys.argv[1:]
wr.config.athena_query_wait_polling_delay = 0.05
# The ways that write tables or Parquet are not run locally.
plain = {"database": database, "workgroup": workgroup, "ctas_approach": False, "unload_approach": False}


def shown(frame):
    return {name: [str(frame[name].dtype), [repr(value) for value in frame[name]]] for name in frame}


def failure(run):
    try:
        run()
    except Exception as error:  # Whatever class it is: the test wants to know.
        return [type(error).__name__, str(error)]
    return ["none", ""]


said = {}
said["frame"] = shown(wr.athena.read_sql_query(all_types, **plain))
said["arrow frame"] = shown(wr.athena.read_sql_query(all_types, dtype_backend="pyarrow", **plain))
said["table"] = shown(wr.athena.read_sql_table("trades", **plain).sort_values(["symbol", "price"]))
chunks = wr.athena.read_sql_query("SELECT x FROM UNNEST(sequence(1, 2500)) AS t(x)", chunksize=1000, **plain)
said["chunks"] = [len(chunk) for chunk in chunks]
by_symbol = "SELECT symbol, price FROM trades WHERE symbol = :symbol ORDER BY price"
said["named"] = wr.athena.read_sql_query(by_symbol, params={"symbol": "O'Reilly"}, **plain).values.tolist()
marks = "SELECT symbol, price FROM trades WHERE symbol = ? ORDER BY price"
said["qmark"] = wr.athena.read_sql_query(marks, params=["'AAPL'"], paramstyle="qmark", **plain).values.tolist()
said["prepared"] = wr.athena.read_sql_query("EXECUTE by_symbol", params=["AAPL"], paramstyle="qmark", **plain).values.tolist()
said["empty"] = shown(wr.athena.read_sql_query("SELECT symbol, price FROM trades WHERE false", **plain))

query = wr.athena.start_query_execution("SELECT 1 AS a, CAST(1.5 AS decimal(3, 2)) AS d", database=database, workgroup=workgroup, wait=True)
said["types"] = wr.athena.get_query_columns_types(query["QueryExecutionId"])
said["results"] = wr.athena.get_query_results(query["QueryExecutionId"]).astype(str).values.tolist()
described = wr.athena.describe_table("trades", database=database, workgroup=workgroup)
said["described"] = described.values.tolist()

said["databases"] = sorted(wr.catalog.databases()["Database"].tolist())
said["tables"] = sorted(wr.catalog.tables(database=database)["Table"].tolist())
said["table types"] = wr.catalog.get_table_types(database=database, table="trades")
said["location"] = wr.catalog.get_table_location(database=database, table="trades")
said["partitions"] = wr.catalog.get_partitions(database=database, table="trades")
said["statements"] = [found["StatementName"] for found in wr.athena.list_prepared_statements(workgroup=workgroup)]

said["unknown column"] = failure(lambda: wr.athena.read_sql_query("SELECT nope FROM trades", **plain))
said["no syntax"] = failure(lambda: wr.athena.read_sql_query("SELECT FROM trades", **plain))
said["ctas"] = failure(lambda: wr.athena.read_sql_query("SELECT 1 AS a", **{**plain, "ctas_approach": True}))
unload = {**plain, "unload_approach": True, "s3_output": "s3://results/x/"}
said["unload"] = failure(lambda: wr.athena.read_sql_query("SELECT 1 AS a", **unload))
print(json.dumps(said))
