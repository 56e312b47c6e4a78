"""Trino compares and calculates with values of one kind only; DuckDB would cast in silence. Where both kinds are known and differ,
the query is refused as Athena refuses it."""

from sqlglot import exp

from failure import failure_at

_TEXT = {exp.DType.VARCHAR, exp.DType.TEXT, exp.DType.CHAR, exp.DType.NVARCHAR, exp.DType.NCHAR}
_NUMBER = {
    exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT, exp.DType.FLOAT, exp.DType.DOUBLE, exp.DType.DECIMAL,
}  # fmt: skip
_TIME = {exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ, exp.DType.TIMESTAMPLTZ, exp.DType.DATETIME}
_KINDS = [("text", _TEXT), ("number", _NUMBER), ("time", _TIME), ("boolean", {exp.DType.BOOLEAN})]
_COMPARISONS = {exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<="}
_ARITHMETIC = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}
_TRINO_NAMES = {
    exp.DType.TEXT: "varchar", exp.DType.VARCHAR: "varchar", exp.DType.INT: "integer", exp.DType.FLOAT: "real",
    exp.DType.TIMESTAMP: "timestamp(3)", exp.DType.TIMESTAMPTZ: "timestamp(3) with time zone",
}  # fmt: skip


def check_operators(query: exp.Query) -> None:
    for node in query.find_all(*_COMPARISONS, *_ARITHMETIC, exp.Between, exp.In):
        if isinstance(node, exp.Between):
            _compare(node, "BETWEEN", node.this, node.args["low"])
            _compare(node, "BETWEEN", node.this, node.args["high"])
        elif isinstance(node, exp.In):
            for value in node.expressions:
                _compare(node, "IN", node.this, value)
        elif type(node) in _COMPARISONS:
            _compare(node, _COMPARISONS[type(node)], node.left, node.right)
        else:
            _calculate(node, _ARITHMETIC[type(node)])


def _kind(node: exp.Expr) -> str | None:
    known = node.type.this if node.type is not None else None
    return next((name for name, types in _KINDS if known in types), None)


def _compare(node: exp.Expr, operator: str, left: exp.Expr, right: exp.Expr) -> None:
    # x >= ALL (SELECT …): the subquery's type is not the quantifier's.
    if isinstance(right, (exp.All, exp.Any)):
        return
    kinds = _kind(left), _kind(right)
    if None not in kinds and kinds[0] != kinds[1]:
        message = f"Cannot apply operator: {_type_name(left)} {operator} {_type_name(right)}"
        raise failure_at(node, "TYPE_MISMATCH", message)


def _calculate(node: exp.Expr, operator: str) -> None:
    kinds = _kind(node.left), _kind(node.right)
    if None in kinds:
        return
    if kinds != ("number", "number") and not (operator == "-" and kinds == ("time", "time")):
        message = f"Cannot apply operator: {_type_name(node.left)} {operator} {_type_name(node.right)}"
        raise failure_at(node, "TYPE_MISMATCH", message)


def _type_name(node: exp.Expr) -> str:
    if isinstance(node, exp.Literal) and node.is_string:
        return f"varchar({len(node.name)})"
    return _TRINO_NAMES.get(node.type.this, node.type.sql("trino").lower())
