"""Where the values of a scan's columns lie in every row of use: what statistics of files and row groups are held against.

Each column is judged by itself, as in Trino's TupleDomain: of `a = 1 OR a > 5 AND b = 2` two ranges of a are left and nothing
of b. https://github.com/trinodb/trino/blob/476/core/trino-main/src/main/java/io/trino/sql/planner/DomainTranslator.java
"""

from functools import reduce
from typing import NamedTuple

from sqlglot import exp

# What is not the same whenever it is evaluated: the ranges are, some time before the query.
_UNSTABLE = (
    exp.Column, exp.Rand, exp.AggFunc, exp.Window, exp.Query, exp.Unnest, exp.Lambda, exp.Uuid,
    exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.CurrentDatetime, exp.Localtime, exp.Localtimestamp,
)  # fmt: skip
_NEGATED = {exp.EQ: exp.NEQ, exp.NEQ: exp.EQ, exp.LT: exp.GTE, exp.GTE: exp.LT, exp.GT: exp.LTE, exp.LTE: exp.GT}
_TURNED = {exp.EQ: exp.EQ, exp.NEQ: exp.NEQ, exp.LT: exp.GT, exp.GT: exp.LT, exp.LTE: exp.GTE, exp.GTE: exp.LTE}
# More ranges than this of one column are not worth the time that judging them takes.
_MAX_RANGES = 1000

_TEXTS = {exp.DType.VARCHAR, exp.DType.TEXT, exp.DType.CHAR}
_INTEGERS = [exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT]
_FLOATS = {exp.DType.FLOAT, exp.DType.DOUBLE}
_TIMESTAMPS = {exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ}


class Bound(NamedTuple):
    value: exp.Expr
    is_open: bool


class Range(NamedTuple):
    """Values above every low bound and below every high one."""

    low: tuple[Bound, ...] = ()
    high: tuple[Bound, ...] = ()


# By column, the ranges in one of which its values lie. A column that is not in it may have any value.
Domain = dict[str, list[Range]]


def value_ranges(conditions: list[exp.Expr]) -> Domain:
    return reduce(_both, (_domain(condition) for condition in conditions), {})


def _domain(node: exp.Expr, negated: bool = False) -> Domain:
    node = node.unnest()
    if isinstance(node, exp.Not):
        return _domain(node.this, not negated)
    if isinstance(node, (exp.And, exp.Or)):
        combine = _both if isinstance(node, exp.And) != negated else _either
        return reduce(combine, (_domain(part, negated) for part in node.flatten()))
    if isinstance(node, exp.Between):
        low = _compared(exp.GTE, node.this, node.args["low"], negated)
        high = _compared(exp.LTE, node.this, node.args["high"], negated)
        return _either(low, high) if negated else _both(low, high)
    if isinstance(node, exp.In):
        if not node.expressions or len(node.expressions) > _MAX_RANGES:
            return {}
        points = (_compared(exp.EQ, node.this, value, negated) for value in node.expressions)
        return reduce(_both if negated else _either, points)
    return _compared(type(node), node.left, node.right, negated) if type(node) in _NEGATED else {}


def _compared(operator: type[exp.Expr], left: exp.Expr, right: exp.Expr, negated: bool) -> Domain:
    column, value = _column(left), right
    if column is None:
        column, value, operator = _column(right), left, _TURNED[operator]
    if column is None or value.find(*_UNSTABLE) is not None:
        return {}
    if (negated or operator is exp.NEQ) and _is_float(left, right):
        # Met by a NaN, of which statistics say nothing.
        return {}
    operator = _NEGATED[operator] if negated else operator
    below, above = Range(high=(Bound(value, True),)), Range(low=(Bound(value, True),))
    up_to, from_on = Bound(value, False), Bound(value, False)
    ranges = {
        exp.EQ: [Range((from_on,), (up_to,))],
        exp.NEQ: [below, above],
        exp.LT: [below],
        exp.LTE: [Range(high=(up_to,))],
        exp.GT: [above],
        exp.GTE: [Range(low=(from_on,))],
    }
    return {column: ranges[operator]}


def _both(one: Domain, other: Domain) -> Domain:
    domain = {**one, **other}
    for column in one.keys() & other.keys():
        if len(one[column]) * len(other[column]) > _MAX_RANGES:
            domain[column] = min(one[column], other[column], key=len)
        else:
            domain[column] = [Range(a.low + b.low, a.high + b.high) for a in one[column] for b in other[column]]
    return domain


def _either(one: Domain, other: Domain) -> Domain:
    joined = {column: one[column] + other[column] for column in one.keys() & other.keys()}
    return {column: ranges for column, ranges in joined.items() if len(ranges) <= _MAX_RANGES}


def _column(node: exp.Expr) -> str | None:
    """The column whose value this is, as it stands or in a cast that keeps every value as it is."""
    node = node.unnest()
    while isinstance(node, exp.Cast):
        if not _keeps_values(node):
            return None
        node = node.this.unnest()
    return node.name if isinstance(node, exp.Column) else None


def _is_float(*sides: exp.Expr) -> bool:
    return any(side.type is not None and side.type.this in _FLOATS for side in sides)


def _keeps_values(cast: exp.Cast) -> bool:
    source, target = cast.this.type.this if cast.this.type else None, cast.to.this
    if source in _INTEGERS and target in _INTEGERS:
        return _INTEGERS.index(source) <= _INTEGERS.index(target)
    return any(source in same and target in same for same in (_TEXTS, _TIMESTAMPS, {exp.DType.DOUBLE}, {exp.DType.DATE}))
