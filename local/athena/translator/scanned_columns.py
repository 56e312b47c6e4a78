"""Which columns of each scan a query reads: what a columnar file has to give, and what Athena bills."""

from sqlglot import exp
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.scope import traverse_scope


def scanned_columns(query: exp.Query, scans: list) -> dict[int, list[str]]:
    for scan in scans:
        scan.node.meta["scan"] = scan.number
    used: dict[int, set[str]] = {scan.number: set() for scan in scans}
    for scope in traverse_scope(pushdown_projections(query.copy())):
        for alias, source in scope.sources.items():
            if isinstance(source, exp.Table) and "scan" in source.meta:
                used[source.meta["scan"]].update(column.name for column in scope.source_columns(alias))
    return {number: sorted(columns) for number, columns in used.items()}
