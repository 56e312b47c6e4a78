"""Reads one table by pyathena and by awswrangler, and prints the error that each of them raises.

Arguments: the workgroup, the database, and the query.
"""

import json
import sys

import awswrangler as wr
from pyathena import connect

workgroup, database, sql = sys.argv[1:]


def by_pyathena():
    connect(work_group=workgroup, schema_name=database, poll_interval=0.05).cursor().execute(sql)


def by_awswrangler():
    wr.athena.read_sql_query(sql, database=database, workgroup=workgroup, ctas_approach=False, athena_query_wait_polling_delay=0.05)


def failure(run):
    try:
        run()
    except Exception as error:  # Whatever class it is: the test wants to know.
        return [type(error).__name__, str(error)]
    return ["none", ""]


print(json.dumps({"pyathena": failure(by_pyathena), "awswrangler": failure(by_awswrangler)}))
