"""What a query can touch of each scan: the conditions that it puts on the scan's columns alone, carried down to it. Those on partition
keys choose partitions; all say where values lie.

A condition of an outer query reaches a scan only where that cannot change the result: through projections, UNIONs, inner
joins, grouping keys and what every window is partitioned by (whole partitions then come or go, as in Trino), but not through
LIMIT, other windows, aggregates or the optional side of an outer join. What is left out only costs time; the query itself
still filters every row.
"""

from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope, walk_in_scope

from value_ranges import value_ranges

_UNSTABLE = (exp.Rand, exp.AggFunc, exp.Window, exp.Query, exp.Unnest, exp.Lambda)
_COMPARISONS = (exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)
_NULL_STAYS_NULL = (*_COMPARISONS, exp.Column, exp.Identifier, exp.Literal, exp.Cast, exp.DataType, exp.Substring)
# A condition on a query's output names its columns by position, under this table name.
_OUTPUT = "_output"


def partition_filters(query: exp.Query, scans: list) -> dict[int, dict]:
    """Per scan: {filter: a condition on bare partition key columns or None, equalities: {key: the values it must be one of},
    ranges: {column: the ranges in one of which its values lie}}."""
    scan_of = {id(scan.node): scan for scan in scans}
    found: dict[int, list[exp.Expr]] = {scan.number: [] for scan in scans}
    # Innermost come first, so a query's readers are behind it.
    scopes = traverse_scope(query)[::-1]
    readers: dict[int, int] = {}
    for scope in scopes:
        for _, source in scope.selected_sources.values():
            if not isinstance(source, exp.Table):
                readers[id(source.expression)] = readers.get(id(source.expression), 0) + 1

    incoming: dict[int, list[exp.Expr]] = {}
    for scope in scopes:
        expression = scope.expression
        conditions = incoming.get(id(expression), [])
        if isinstance(expression, exp.Union) and not _is_cut(expression):
            for side in (expression.left, expression.right):
                incoming[id(side.unnest() if isinstance(side, exp.Subquery) else side)] = conditions
        if not isinstance(expression, exp.Select):
            continue
        for alias, (node, source) in scope.selected_sources.items():
            own = _conditions_on(alias, expression, conditions)
            if isinstance(source, exp.Table):
                scan = scan_of.get(id(source))
                if scan is not None:
                    found[scan.number] += own
            elif readers[id(source.expression)] == 1:
                incoming[id(source.expression)] = _by_position(own, node, source.expression)
    return {scan.number: _summary(found[scan.number], scan.partition_keys) for scan in scans}


def _conditions_on(alias: str, select: exp.Select, incoming: list[exp.Expr]) -> list[exp.Expr]:
    """Those conditions which every row of this source must meet to have a part in the result."""
    optional, on_optional, required = _joins(select)
    conditions = _conjuncts(select.args.get("where")) + required + _through(select, incoming)
    own = [c for c in conditions if _only_about(c, alias) and (alias not in optional or _rejects_null(c))]
    return own + [c for c in on_optional.get(alias, []) if _only_about(c, alias)]


def _conjuncts(clause: exp.Expr | None) -> list[exp.Expr]:
    condition = clause.this if isinstance(clause, exp.Where) else clause
    return [] if condition is None else [c.unnest() for c in condition.flatten()] if isinstance(condition, exp.And) else [condition.unnest()]


def _joins(select: exp.Select) -> tuple[set[str], dict[str, list], list]:
    """The sources that an outer join may fill with nulls, the ON conditions that bind each, and those that bind all."""
    start = select.args.get("from_")
    seen = {start.alias_or_name} if start is not None else set()
    optional: set[str] = set()
    on_optional: dict[str, list] = {}
    required: list[exp.Expr] = []
    for join in select.args.get("joins") or []:
        name, side, on = join.alias_or_name, (join.side or "").upper(), _conjuncts(join.args.get("on"))
        if side == "LEFT":
            optional.add(name)
            on_optional.setdefault(name, []).extend(on)
        elif side == "RIGHT":
            for earlier in seen:
                on_optional.setdefault(earlier, []).extend(on)
            optional |= seen
        elif side == "FULL":
            optional |= seen | {name}
        else:
            required += on
        seen.add(name)
    # Joins inside parentheses are not looked into: whatever they read may be optional.
    nested = any(part.args.get("joins") for part in select.find_all(exp.Table, exp.Subquery))
    return ({source.alias_or_name for source in select.find_all(exp.Table, exp.Subquery)} if nested else optional), on_optional, required


def _through(select: exp.Select, incoming: list[exp.Expr]) -> list[exp.Expr]:
    """Conditions on the select's output as conditions on its input, where filtering earlier gives the same result."""
    if not incoming or _is_cut(select) or select.args.get("windows"):
        return []
    windows = [node for node in walk_in_scope(select) if isinstance(node, exp.Window)]
    group = select.args.get("group")
    if group is not None and any(group.args.get(kind) for kind in ("grouping_sets", "rollup", "cube", "totals", "all")):
        return []
    keys = group.expressions if group is not None else None
    if keys is None and any(_aggregates(projection) for projection in select.expressions):
        return []
    projections = [projection.unalias() for projection in select.expressions]
    passed = []
    for condition in incoming:
        places = {int(column.name) for column in condition.find_all(exp.Column)}
        if keys is not None and not all(projections[place] in keys for place in places):
            continue
        if not all(projections[place] in (window.args.get("partition_by") or []) for window in windows for place in places):
            continue
        inner = condition.copy().transform(
            lambda part: projections[int(part.name)].copy() if isinstance(part, exp.Column) and part.table == _OUTPUT else part
        )
        passed.append(inner)
    return passed


def _aggregates(projection: exp.Expr) -> bool:
    return any(not isinstance(function.parent, exp.Window) for function in projection.find_all(exp.AggFunc))


def _is_cut(query: exp.Query) -> bool:
    distinct = query.args.get("distinct")
    on = isinstance(distinct, exp.Distinct) and distinct.args.get("on")
    return bool(query.args.get("limit") or query.args.get("offset") or on)


def _only_about(condition: exp.Expr, alias: str) -> bool:
    columns = list(condition.find_all(exp.Column))
    return bool(columns) and all(c.table == alias for c in columns) and condition.find(*_UNSTABLE) is None


def _rejects_null(condition: exp.Expr) -> bool:
    return isinstance(condition, _COMPARISONS) and all(isinstance(part, _NULL_STAYS_NULL) for part in condition.walk())


def _by_position(conditions: list[exp.Expr], node: exp.Expr, query: exp.Expr) -> list[exp.Expr]:
    """The same conditions with each column named by its place among the query's output."""
    if not isinstance(query, exp.Query):
        return []
    names = node.alias_column_names or query.named_selects
    renamed = []
    for condition in conditions:
        if all(column.name in names for column in condition.find_all(exp.Column)):
            renamed.append(
                condition.copy().transform(
                    lambda part: exp.column(str(names.index(part.name)), _OUTPUT) if isinstance(part, exp.Column) else part
                )
            )
    return renamed


def _summary(conditions: list[exp.Expr], keys: set[str]) -> dict:
    on_keys = [c for c in conditions if {column.name for column in c.find_all(exp.Column)} <= keys]
    bare = [c.copy().transform(lambda part: exp.column(exp.to_identifier(part.name, quoted=True)) if isinstance(part, exp.Column) else part) for c in on_keys]
    equalities: dict[str, list] = {}
    for condition in bare:
        key, values = _equality(condition)
        if key is not None and key not in equalities:
            equalities[key] = values
    return {"filter": exp.and_(*bare) if bare else None, "equalities": equalities, "ranges": value_ranges(conditions)}


def _equality(condition: exp.Expr) -> tuple[str | None, list]:
    if isinstance(condition, exp.In):
        subject, values = _uncast(condition.this), condition.expressions
    elif isinstance(condition, exp.EQ):
        subject, values = _uncast(condition.left), [condition.right]
        if not isinstance(subject, exp.Column):
            subject, values = _uncast(condition.right), [condition.left]
    else:
        return None, []
    constant = values and not any(value.find(exp.Column) for value in values)
    return (subject.name, values) if isinstance(subject, exp.Column) and constant else (None, [])


def _uncast(node: exp.Expr) -> exp.Expr:
    while isinstance(node, (exp.Cast, exp.Paren)):
        node = node.this
    return node
