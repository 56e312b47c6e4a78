"""The language of data quality rules, without Spark."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from awsgluedq.dqdl import Composite, Condition, DqdlError, Keyword, Now, Rule, parse_ruleset
from awsgluedq.predicates import row_predicate

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def parse(rule: str) -> Rule | Composite:
    (parsed,) = parse_ruleset(f"Rules = [ {rule} ]")
    return parsed


@pytest.mark.parametrize("topic", ["quotes", "quotes_filtered"])
def test_our_own_rulesets_read_back_as_written(topic: str) -> None:
    text = (Path(__file__).parent / "fixtures" / f"{topic}.dqdl").read_text()
    rules = parse_ruleset(text)
    assert "Rules = [\n" + ",\n".join(f"  {rule.text}" for rule in rules) + "\n]\n" == text


@pytest.mark.parametrize(
    ("rule", "parsed"),
    [
        ('IsComplete "a"', Rule("IsComplete", ("a",), None, None, None, 'IsComplete "a"')),
        ("IsComplete a", Rule("IsComplete", ("a",), None, None, None, 'IsComplete "a"')),
        (
            'IsPrimaryKey "a" b  where "c > 1"',
            Rule("IsPrimaryKey", ("a", "b"), None, "c > 1", None, 'IsPrimaryKey "a" "b" where "c > 1"'),
        ),
        (
            'RowCount = 0 where "a = \\"x\\""',
            Rule("RowCount", (), Condition("=", (0,)), 'a = "x"', None, 'RowCount = 0 where "a = "x""'),
        ),
        (
            'ColumnValues "a" in ["x", NULL, empty] with threshold > 0.9',
            Rule(
                "ColumnValues",
                ("a",),
                Condition("in", ("x", Keyword.NULL, Keyword.EMPTY)),
                None,
                Condition(">", (0.9,)),
                'ColumnValues "a" in ["x", NULL, empty] with threshold > 0.9',
            ),
        ),
        (
            'ColumnValues "a" not between -1 and 2.5 # why',
            Rule(
                "ColumnValues",
                ("a",),
                Condition("not between", (-1, 2.5)),
                None,
                None,
                'ColumnValues "a" not between -1 and 2.5',
            ),
        ),
    ],
)
def test_a_rule_is_read(rule: str, parsed: Rule) -> None:
    assert parse(rule + "\n") == parsed


def test_times_and_durations_are_read() -> None:
    rule = parse('ColumnValues "a" > (now() - 3 days)')
    assert isinstance(rule, Rule)
    assert rule.condition == Condition(">", (Now(timedelta(days=-3)),))
    fresh = parse('DataFreshness "a" between 90 minutes and 2 days')
    assert isinstance(fresh, Rule)
    assert fresh.condition == Condition("between", (timedelta(minutes=90), timedelta(days=2)))


def test_and_binds_tighter_than_or() -> None:
    rule = parse("(RowCount > 1) or (RowCount > 2) and (RowCount > 3)")
    assert isinstance(rule, Composite)
    assert rule.operator == "or"
    assert rule.text == "(RowCount > 1) or ((RowCount > 2) and (RowCount > 3))"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('Rules = [ Mean "a" > 1 ]', "rule type Mean is not evaluated here; these are: ColumnDataType, "),
        ('Rules = [ CustomSql "select 1" = 1 ]', "rule type CustomSql is not evaluated here"),
        ("Rules = [ ]", "is not evaluated here"),
        ("Rules = [ RowCount ]", "expected between or in"),
        ("Rules = [ RowCount > avg(last(10)) ]", "no functions of former runs here"),
        ("Rules = [ RowCount > 1", "expected ]"),
        ("Rules = [ RowCount > 1 ] Analyzers = [ RowCount ]", "nothing may follow the rules"),
        ('Metadata = { "a": "b" } Rules = [ RowCount > 1 ]', "is no part of the language"),
        ("x = 1 Rules = [ RowCount > 1 ]", "a ruleset starts with Rules = ["),
        ("Rules = [ IsComplete ]", "IsComplete needs the name of a column"),
        ('Rules = [ IsComplete "a" "b" ]', "expected ]"),
        ('Rules = [ ColumnExists "a" where "b" ]', "ColumnExists takes no where"),
        ('Rules = [ IsComplete "a" with threshold > 0.5 ]', "IsComplete takes no threshold"),
        ('Rules = [ IsComplete "a" where b ]', "where needs a filter in quotes"),
        ('Rules = [ ColumnValues "a" matches "x" ]', "matches is not evaluated here"),
        ('Rules = [ DataFreshness "a" <= 1 weeks ]', "expected ]"),
        ("", "a ruleset starts with"),
    ],
)
def test_what_cannot_be_evaluated_is_named(text: str, message: str) -> None:
    with pytest.raises(DqdlError) as raised:
        parse_ruleset(text)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("operator", "operands", "held"),
    [
        ("=", (2,), [2]),
        ("!=", (2,), [1, 3, 4]),
        (">", (2,), [3, 4]),
        (">=", (2,), [2, 3, 4]),
        ("<", (2,), [1]),
        ("<=", (2,), [1, 2]),
        ("between", (1, 4), [2, 3]),
        ("not between", (1, 4), [1, 4]),
        ("in", (1, 4), [1, 4]),
        ("not in", (1, 4), [2, 3]),
    ],
)
def test_a_metric_meets_a_condition(operator: str, operands: tuple[int, ...], held: list[int]) -> None:
    assert [value for value in (1, 2, 3, 4) if Condition(operator, operands).holds(value)] == held


@pytest.mark.parametrize(
    ("rule", "column_type", "message"),
    [
        ('DataFreshness "a" <= 1 days', "string", "a is string, not a time"),
        ('ColumnDataType "a" = "UUID"', "string", "write = and one of BOOLEAN"),
        ('ColumnValues "a" > NULL', "int", "NULL is compared by =, != and in only"),
    ],
)
def test_a_condition_that_no_column_can_meet_is_an_error(rule: str, column_type: str, message: str) -> None:
    parsed = parse(rule)
    assert isinstance(parsed, Rule)
    with pytest.raises(DqdlError, match=message):
        row_predicate(parsed, {"a": column_type}, NOON)


def test_text_cannot_leave_its_literal() -> None:
    parsed = parse("""ColumnValues "a`b" = "x' or true or '\\\\" """)
    assert isinstance(parsed, Rule)
    assert row_predicate(parsed, {"a`b": "string"}, NOON) == (
        "coalesce(coalesce(`a``b` = 'x\\' or true or \\'\\\\', false), false)"
    )
