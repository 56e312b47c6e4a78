"""Reads the Data Quality Definition Language, as far as our evaluator knows it.

https://docs.aws.amazon.com/glue/latest/dg/dqdl.html; the grammar is github.com/awslabs/dqdl. What it lacks is an error that
names it: a rule that is skipped here would be a rule that nobody tried before it ran on AWS.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

RULE_TYPES = (
    "ColumnDataType",
    "ColumnExists",
    "ColumnValues",
    "Completeness",
    "DataFreshness",
    "IsComplete",
    "IsPrimaryKey",
    "IsUnique",
    "RowCount",
    "Uniqueness",
)

_COLUMNS_OF_TYPE = {"RowCount": (0, 0), "IsPrimaryKey": (1, 99), "IsUnique": (1, 99), "Uniqueness": (1, 99)}
"""Fewest and most columns; one exactly for all others."""
_WITHOUT_CONDITION = frozenset({"ColumnExists", "IsComplete", "IsPrimaryKey", "IsUnique"})
_WITH_THRESHOLD = frozenset({"ColumnDataType", "ColumnValues"})
_WITHOUT_WHERE = frozenset({"ColumnExists"})


class DqdlError(ValueError):
    """The text is no ruleset that we can evaluate; says where and what would be."""


class Keyword(Enum):
    """What stands for values that have no literal."""

    NULL = "NULL"
    EMPTY = "EMPTY"
    WHITESPACES_ONLY = "WHITESPACES_ONLY"


@dataclass(frozen=True)
class Now:
    """The time of the evaluation, moved by an offset."""

    offset: timedelta


Operand = int | float | str | Keyword | Now | timedelta


@dataclass(frozen=True)
class Condition:
    """Compares a value with operands. `between` excludes both its bounds, and `not between` includes them."""

    operator: str
    operands: tuple[Operand, ...]

    def holds(self, value: float) -> bool:
        """Whether a metric of the whole data set meets it."""
        numbers = [operand for operand in self.operands if isinstance(operand, int | float)]
        if len(numbers) != len(self.operands):
            raise DqdlError(f"{self.operator} compares a metric with numbers only")
        return _COMPARISONS[self.operator](value, numbers)


_COMPARISONS: dict[str, Callable[[float, list[int | float]], bool]] = {
    "=": lambda value, operands: value == operands[0],
    "!=": lambda value, operands: value != operands[0],
    ">": lambda value, operands: value > operands[0],
    ">=": lambda value, operands: value >= operands[0],
    "<": lambda value, operands: value < operands[0],
    "<=": lambda value, operands: value <= operands[0],
    "between": lambda value, operands: operands[0] < value < operands[1],
    "not between": lambda value, operands: not operands[0] < value < operands[1],
    "in": lambda value, operands: value in operands,
    "not in": lambda value, operands: value not in operands,
}


@dataclass(frozen=True)
class Rule:
    """One rule; its text is in the form in which Glue reports it."""

    type: str
    columns: tuple[str, ...]
    condition: Condition | None
    where: str | None
    threshold: Condition | None
    text: str


@dataclass(frozen=True)
class Composite:
    """Rules joined by one operator, each judged over the whole data set before they are joined."""

    operator: str
    rules: tuple[Rule | Composite, ...]
    text: str


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


_TOKEN = re.compile(
    r"""
    (?P<skip>[ \t\r\n]+|\#[^\n]*)
    | (?P<string>"(?:\\["\\]|[^"])*")
    | (?P<number>\d+(?:\.\d+)?(?![\w.]))
    | (?P<word>now\(\)|[A-Za-z0-9_.]+)
    | (?P<sign>>=|<=|!=|[=<>\[\](),+*/$!-])
    """,
    re.VERBOSE,
)

_DURATIONS = {"days": timedelta(days=1), "hours": timedelta(hours=1), "minutes": timedelta(minutes=1)}


def parse_ruleset(text: str) -> tuple[Rule | Composite, ...]:
    """The rules of `Rules = [ … ]`.

    :raises DqdlError: anything else
    """
    return _Parser(text).ruleset()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._tokenize()
        self._next = 0

    def ruleset(self) -> tuple[Rule | Composite, ...]:
        start = self._peek()
        if start.text != "Rules":
            self._fail("a ruleset starts with Rules = [ (no metadata, variables, labels or analyzers here)")
        self._advance()
        self._expect("=")
        self._expect("[")
        rules = [self._any_of()]
        while self._accept(","):
            rules.append(self._any_of())
        self._expect("]")
        if self._peek().kind != "end":
            self._fail("nothing may follow the rules (no analyzers here)")
        return tuple(rules)

    def _any_of(self) -> Rule | Composite:
        """`and` binds tighter, as in the grammar."""
        return self._joined("or", self._all_of)

    def _all_of(self) -> Rule | Composite:
        return self._joined("and", self._grouped)

    def _joined(self, operator: str, part: Callable[[], Rule | Composite]) -> Rule | Composite:
        parts = [part()]
        while self._accept(operator, operator.upper()):
            parts.append(part())
        if len(parts) == 1:
            return parts[0]
        return Composite(operator, tuple(parts), f" {operator} ".join(f"({rule.text})" for rule in parts))

    def _grouped(self) -> Rule | Composite:
        if not self._accept("("):
            return self._rule()
        rule = self._any_of()
        self._expect(")")
        return rule

    def _rule(self) -> Rule:
        name = self._peek()
        if name.kind != "word" or name.text not in RULE_TYPES:
            self._fail(
                f"rule type {name.text or 'missing'} is not evaluated here; these are: {', '.join(RULE_TYPES)}"
            )
        self._advance()
        columns = self._columns(name.text)
        started = self._next
        condition = None if name.text in _WITHOUT_CONDITION else self._condition()
        condition_text = self._source(started)
        where = self._where(name.text)
        threshold, threshold_text = self._threshold(name.text)
        parts = [
            name.text,
            *(f'"{column}"' for column in columns),
            condition_text,
            f'where "{where}"' if where is not None else "",
            threshold_text,
        ]
        text = " ".join(part for part in parts if part)
        return Rule(name.text, columns, condition, where, threshold, text)

    def _columns(self, rule_type: str) -> tuple[str, ...]:
        fewest, most = _COLUMNS_OF_TYPE.get(rule_type, (1, 1))
        columns: list[str] = []
        while len(columns) < most and self._is_column():
            columns.append(_unquote(self._advance().text))
        if len(columns) < fewest:
            self._fail(f"{rule_type} needs the name of a column")
        return tuple(columns)

    def _is_column(self) -> bool:
        token = self._peek()
        return token.kind == "string" or (token.kind == "word" and token.text not in _RESERVED)

    def _condition(self) -> Condition:
        if self._accept("not"):
            operator = "not " + self._one_of("between", "in", "matches")
        else:
            operator = self._one_of("between", "in", "matches", "=", "!=", ">", ">=", "<", "<=")
        if operator.endswith("matches"):
            self._fail(
                "matches is not evaluated here: Glue does not say whether a part of the value is enough"
            )
        if operator.endswith("between"):
            low = self._operand()
            self._one_of("and", "AND")
            return Condition(operator, (low, self._operand()))
        if operator.endswith("in"):
            self._expect("[")
            operands = [self._operand()]
            while self._accept(","):
                operands.append(self._operand())
            self._expect("]")
            return Condition(operator, tuple(operands))
        return Condition(operator, (self._operand(),))

    def _operand(self) -> Operand:
        token = self._peek()
        if token.kind == "string":
            self._advance()
            return _unquote(token.text)
        if token.text.upper() in Keyword.__members__:
            self._advance()
            return Keyword[token.text.upper()]
        if token.text == "now()":
            self._advance()
            return Now(timedelta(0))
        if self._accept("("):
            if not self._accept("now()"):
                self._fail("only (now() - 3 days) and the like stand in brackets here")
            sign = -1 if self._one_of("+", "-") == "-" else 1
            offset = self._duration(self._number())
            self._expect(")")
            return Now(sign * offset)
        number = self._number()
        return self._duration(number) if self._peek().text in _DURATIONS else number

    def _number(self) -> int | float:
        sign = -1 if self._accept("-") else 1
        token = self._peek()
        if token.kind != "number":
            self._fail("a literal is missing (no functions of former runs here)")
        self._advance()
        return sign * (float(token.text) if "." in token.text else int(token.text))

    def _duration(self, number: float) -> timedelta:
        unit = self._one_of(*_DURATIONS)
        return number * _DURATIONS[unit]

    def _where(self, rule_type: str) -> str | None:
        if self._peek().text != "where":
            return None
        if rule_type in _WITHOUT_WHERE:
            self._fail(f"{rule_type} takes no where")
        self._advance()
        if self._peek().kind != "string":
            self._fail("where needs a filter in quotes")
        return _unquote(self._advance().text)

    def _threshold(self, rule_type: str) -> tuple[Condition | None, str]:
        started = self._next
        if not self._accept("with"):
            return None, ""
        self._expect("threshold")
        if rule_type not in _WITH_THRESHOLD:
            self._fail(f"{rule_type} takes no threshold")
        return self._condition(), self._source(started)

    def _source(self, started: int) -> str:
        """The text between a token and the current one, spaces made one."""
        if started == self._next:
            return ""
        last = self._tokens[self._next - 1]
        return " ".join(self._text[self._tokens[started].at : last.at + len(last.text)].split())

    def _tokenize(self) -> list[_Token]:
        tokens: list[_Token] = []
        at = 0
        while at < len(self._text):
            match = _TOKEN.match(self._text, at)
            if match is None or match.lastgroup is None:
                raise DqdlError(
                    f"DQDL, at character {at}: {self._text[at : at + 20]!r} is no part of the language"
                )
            if match.lastgroup != "skip":
                tokens.append(_Token(match.lastgroup, match.group(), at))
            at = match.end()
        tokens.append(_Token("end", "", at))
        return tokens

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _advance(self) -> _Token:
        token = self._peek()
        self._next += 1
        return token

    def _accept(self, *texts: str) -> bool:
        if self._peek().kind == "string" or self._peek().text not in texts:
            return False
        self._next += 1
        return True

    def _one_of(self, *texts: str) -> str:
        token = self._peek()
        if not self._accept(*texts):
            self._fail(f"expected {' or '.join(texts)}")
        return token.text

    def _expect(self, text: str) -> None:
        self._one_of(text)

    def _fail(self, message: str) -> NoReturn:
        token = self._peek()
        near = self._text[token.at : token.at + 30].splitlines()[0] if token.text else "the end"
        raise DqdlError(f"DQDL, at {near!r}: {message}")


_RESERVED = frozenset({"and", "AND", "or", "OR", "between", "in", "not", "matches", "where", "with"})


def _unquote(text: str) -> str:
    """Glue hands escaped characters of a string on as they are, but for the quote and the backslash."""
    return re.sub(r'\\(["\\])', r"\1", text[1:-1]) if text.startswith('"') else text
