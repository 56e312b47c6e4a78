"""What a rule asks of one row, as Spark SQL that is true or false and never NULL.

NULL fails every condition but `!=` and `not in`, as on Glue:
https://docs.aws.amazon.com/glue/latest/dg/dqdl-rule-types-ColumnValues.html#dqdl-rule-types-ColumnValues-null-behavior
NaN is as in Spark: equal to itself and greater than every number.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from awsgluedq.dqdl import DqdlError, Keyword, Now, Operand, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from awsgluedq.dqdl import Condition

_CASTS = {
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "INTEGER": "int",
    "DOUBLE": "double",
    "FLOAT": "float",
    "LONG": "bigint",
}
"""https://docs.aws.amazon.com/glue/latest/dg/dqdl-rule-types-ColumnDataType.html"""

_TIMES = frozenset({"date", "timestamp", "timestamp_ntz"})


def row_predicate(rule: Rule, types: Mapping[str, str], now: datetime) -> str:
    """Whether a row passes a rule that judges rows.

    :param types: Spark's simple type of each column
    :param now: time of the evaluation, UTC
    """
    column = quote(rule.columns[0])
    column_type = types[rule.columns[0]]
    match rule.type:
        case "IsComplete" | "Completeness":
            return f"{column} is not null"
        case "ColumnValues":
            return _compare(column, column_type, _required(rule.condition, rule), now)
        case "DataFreshness":
            if column_type not in _TIMES:
                raise DqdlError(f"{rule.text}: {rule.columns[0]} is {column_type}, not a time")
            age = f"({_microseconds(_timestamp(now))} - {_microseconds(f'cast({column} as timestamp)')})"
            return _compare(age, "bigint", _required(rule.condition, rule), now)
        case "ColumnDataType":
            return f"({column} is null or try_cast({column} as {_cast_target(rule)}) is not null)"
        case _:
            raise DqdlError(f"{rule.type} does not judge rows")


def quote(column: str) -> str:
    """A column's name as SQL."""
    return "`" + column.replace("`", "``") + "`"


def _compare(value: str, value_type: str, condition: Condition, now: datetime) -> str:
    operator, operands = condition.operator, condition.operands
    negated = operator.startswith("not ") or operator == "!="
    match operator.removeprefix("not "):
        case "=" | "!=" | "in":
            alternatives = " or ".join(_equals(value, value_type, operand, now) for operand in operands)
            matches = f"coalesce({alternatives}, false)"
            return f"not {matches}" if negated else matches
        case "between":
            low, high = (_literal(operand, value_type, now) for operand in operands)
            inside = f"{value} > {low} and {value} < {high}"
            return f"coalesce({f'not ({inside})' if negated else inside}, false)"
        case comparison:
            return f"coalesce({value} {comparison} {_literal(operands[0], value_type, now)}, false)"


def _equals(value: str, value_type: str, operand: Operand, now: datetime) -> str:
    match operand:
        case Keyword.NULL:
            return f"{value} is null"
        case Keyword.EMPTY:
            return f"coalesce({value} = '', false)"
        case Keyword.WHITESPACES_ONLY:
            return rf"coalesce({value} rlike '^\\s+$', false)"
        case _:
            # Not NULL, so that a later alternative still counts.
            return f"coalesce({value} = {_literal(operand, value_type, now)}, false)"


def _literal(operand: Operand, value_type: str, now: datetime) -> str:
    match operand:
        case str():
            text = "'" + operand.replace("\\", "\\\\").replace("'", "\\'") + "'"
            return f"cast({text} as {value_type})" if value_type in _TIMES else text
        case Now():
            return _timestamp(now + operand.offset)
        case timedelta():
            return str(operand // timedelta(microseconds=1))
        case Keyword():
            raise DqdlError(f"{operand.value} is compared by =, != and in only")
        case float():
            return f"{operand!r}D"
        case int():
            return str(operand)


def _timestamp(moment: datetime) -> str:
    return f"timestamp '{moment.isoformat(sep=' ')}'"


def _microseconds(timestamp: str) -> str:
    return f"unix_micros({timestamp})"


def _cast_target(rule: Rule) -> str:
    condition = _required(rule.condition, rule)
    name = condition.operands[0]
    if condition.operator != "=" or not isinstance(name, str) or name.upper() not in _CASTS:
        raise DqdlError(f"{rule.text}: write = and one of {', '.join(_CASTS)}, in quotes")
    return _CASTS[name.upper()]


def _required(condition: Condition | None, rule: Rule) -> Condition:
    if condition is None:
        raise DqdlError(f"{rule.text}: needs a condition")
    return condition
