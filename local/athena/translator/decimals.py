"""Trino's types of decimal arithmetic, which decide how a quotient is rounded: 1.0 / 3 is 0.3 there.
https://trino.io/docs/current/functions/decimal.html"""

from typing import NamedTuple

from sqlglot import exp

_INTEGER_DIGITS = {exp.DType.TINYINT: 3, exp.DType.SMALLINT: 5, exp.DType.INT: 10, exp.DType.BIGINT: 19}
_MAX_DIGITS = 38


class Decimal(NamedTuple):
    digits: int
    scale: int

    def sql(self) -> str:
        return f"DECIMAL({self.digits}, {self.scale})"


def decimal_type(node: exp.Expr) -> Decimal | None:
    """The decimal type that Trino gives the expression; None where it is another or not known."""
    if isinstance(node, exp.Paren | exp.Neg):
        return decimal_type(node.this)
    if isinstance(node, exp.Literal):
        return _of_literal(node)
    if isinstance(node, exp.Cast | exp.Column):
        return _of_type(node.type)
    if isinstance(node, exp.Sum | exp.Avg):
        inner = decimal_type(node.this)
        return inner and (Decimal(_MAX_DIGITS, inner.scale) if isinstance(node, exp.Sum) else inner)
    if isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Div):
        sides = operands(node)
        return sides and _result(node, *sides)
    return None


def operands(node: exp.Binary) -> tuple[Decimal, Decimal] | None:
    """Both sides' types where the operation is one of decimals: at least one is, and the other is or is an integer."""
    left, right = decimal_type(node.left), decimal_type(node.right)
    if left is None and right is None:
        return None
    left, right = left or _of_integer(node.left), right or _of_integer(node.right)
    return (left, right) if left and right else None


def quotient_type(node: exp.Div) -> Decimal | None:
    sides = operands(node)
    return sides and _result(node, *sides)


def _result(node: exp.Binary, left: Decimal, right: Decimal) -> Decimal:
    if isinstance(node, exp.Mul):
        return Decimal(min(_MAX_DIGITS, left.digits + right.digits), left.scale + right.scale)
    scale = max(left.scale, right.scale)
    if isinstance(node, exp.Div):
        return Decimal(min(_MAX_DIGITS, left.digits + right.scale + max(right.scale - left.scale, 0)), scale)
    whole = max(left.digits - left.scale, right.digits - right.scale)
    return Decimal(min(_MAX_DIGITS, whole + scale + 1), scale)


def _of_literal(node: exp.Literal) -> Decimal | None:
    text = node.name.lower()
    if node.is_string or "." not in text or "e" in text:
        return None
    whole, _, fraction = text.partition(".")
    return Decimal(len(whole.lstrip("0")) + len(fraction), len(fraction))


def _of_type(known: exp.DataType | None) -> Decimal | None:
    if known is None or known.this != exp.DType.DECIMAL:
        return None
    sizes = [int(size.name) for size in known.expressions]
    return Decimal(sizes[0] if sizes else _MAX_DIGITS, sizes[1] if len(sizes) > 1 else 0)


def _of_integer(node: exp.Expr) -> Decimal | None:
    digits = _INTEGER_DIGITS.get(node.type.this) if node.type is not None else None
    return Decimal(digits, 0) if digits else None
