"""Data quality on Spark: our evaluator against a naive model, and the job's judgement by our own rulesets."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsgluedq.dqdl import DqdlError
from awsgluedq.transforms import EvaluateDataQuality
from tickerlake_jobs.quality import DataQualityFailed, evaluate, freshness_rule, row_count_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyspark.sql import DataFrame, SparkSession

pytestmark = [
    pytest.mark.spark,
    # PySpark leaves the closing of its sockets to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]

RULESET = (Path(__file__).parent / "fixtures" / "quotes.dqdl").read_text()

Row = dict[str, Any]
SCHEMA = "x double, n int, s string, t timestamp"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def key(value: float) -> tuple[int, float]:
    """Spark's order: NaN is greater than every number."""
    return (1, 0.0) if math.isnan(value) else (0, value)


def some(row: Row, column: str, holds: Callable[[Any], bool]) -> bool:
    """A condition that NULL fails."""
    return row[column] is not None and holds(row[column])


# What each rule means, row by row, as a person would write it who knows nothing of the evaluator.
ROW_RULES: dict[str, Callable[[Row], bool]] = {
    'IsComplete "x"': lambda row: row["x"] is not None,
    'ColumnValues "x" >= 0': lambda row: some(row, "x", lambda x: key(x) >= key(0)),
    'ColumnValues "x" < 2.5': lambda row: some(row, "x", lambda x: key(x) < key(2.5)),
    'ColumnValues "x" between 0 and 3': lambda row: some(row, "x", lambda x: 0 < x < 3),
    'ColumnValues "x" not between 0 and 3': lambda row: some(row, "x", lambda x: not 0 < x < 3),
    'ColumnValues "n" = 1': lambda row: row["n"] == 1,
    'ColumnValues "n" != 1': lambda row: row["n"] != 1,
    'ColumnValues "n" != NULL': lambda row: row["n"] is not None,
    'ColumnValues "n" in [1, NULL]': lambda row: row["n"] in (1, None),
    'ColumnValues "n" not in [1, 2]': lambda row: row["n"] not in (1, 2),
    'ColumnValues "n" not in [1, NULL]': lambda row: row["n"] not in (1, None),
    'ColumnValues "s" != EMPTY': lambda row: row["s"] != "",
    'ColumnValues "s" in ["a", EMPTY, WHITESPACES_ONLY]': lambda row: row["s"] in ("a", "", " "),
    'ColumnDataType "s" = "INTEGER"': lambda row: row["s"] in (None, "7"),
    'ColumnValues "t" > "2020-06-01"': lambda row: some(row, "t", lambda t: t > LONG_AGO),
    'ColumnValues "t" > (now() - 2 days)': lambda row: some(row, "t", lambda t: t > LONG_AGO),
    'DataFreshness "t" <= 24 hours': lambda row: some(row, "t", lambda t: t > LONG_AGO),
}
SCOPES: dict[str, Callable[[Row], bool]] = {
    "": lambda _: True,
    ' where "n > 0"': lambda row: some(row, "n", lambda n: n > 0),
    " where \"s = 'a'\"": lambda row: row["s"] == "a",
}


def random_rows(rng: random.Random, now: datetime) -> list[Row]:
    def pick(*values: Any) -> Any:  # noqa: ANN401 - of any column
        return rng.choice(values)

    # Few kinds of values in some frames, so that rules also hold.
    doubles = rng.sample([None, math.nan, math.inf, -math.inf, -1.0, 0.0, 1.5, 2.5, 3.0], rng.randint(1, 4))
    numbers = rng.sample([None, 1, 2, 3], rng.randint(1, 4))
    texts = rng.sample([None, "", " ", "a", "7"], rng.randint(1, 4))
    times = rng.sample([None, LONG_AGO, now - timedelta(hours=1)], rng.randint(1, 3))
    return [
        {"x": pick(*doubles), "n": pick(*numbers), "s": pick(*texts), "t": pick(*times)}
        for _ in range(rng.randint(1, 7))
    ]


def frame_of(spark: SparkSession, rows: Sequence[Row], schema: str = SCHEMA) -> DataFrame:
    """Rows as SQL literals: no Python worker has to start for them."""
    columns = [column.split() for column in schema.split(", ")]
    values = ", ".join(f"({', '.join(literal(row[name], kind) for name, kind in columns)})" for row in rows)
    return spark.sql(f"select * from values {values} as rows({', '.join(name for name, _ in columns)})")


def literal(value: Any, kind: str) -> str:  # noqa: ANN401 - of any column
    return f"cast(null as {kind})" if value is None else f"cast('{value}' as {kind})"


def judge(frame: DataFrame, rules: Sequence[str]) -> tuple[dict[str, Any], list[Any]]:
    """Outcomes by rule, and the rows with theirs."""
    results = EvaluateDataQuality().process_rows(
        frame=DynamicFrame.fromDF(frame, GlueContext(frame.sparkSession), "rows"),
        ruleset=f"Rules = [ {', '.join(rules)} ]",
    )
    outcomes = {row["Rule"]: row for row in results.select("ruleOutcomes").toDF().collect()}
    return outcomes, results.select("rowLevelOutcomes").toDF().collect()


def expected_keys(rows: Sequence[Row], columns: Sequence[str], *, primary: bool) -> bool:
    keys = [tuple(repr(row[column]) for column in columns) for row in rows]
    complete = [set(k) != {"None"} for k in keys]
    counted = [k for k, known in zip(keys, complete, strict=True) if known]
    unique = len(counted) > 0 and len(set(counted)) == len(counted)
    return unique and not (primary and any("None" in k for k in keys))


@pytest.mark.parametrize("seed", range(6))
def test_the_evaluator_agrees_with_a_naive_model(spark: SparkSession, seed: int) -> None:
    rng = random.Random(seed)
    rows = random_rows(rng, datetime.now(UTC))
    scoped = [(rule, rng.choice(list(SCOPES))) for rule in rng.sample(list(ROW_RULES), 9)]
    count = rng.randint(0, len(rows))
    rules = [
        *(rule + scope for rule, scope in scoped),
        f"RowCount = {count}",
        f'RowCount <= {count} where "n > 0"',
        'IsUnique "s"',
        'IsUnique "n" "s"',
        'IsPrimaryKey "n" "s"',
        'Completeness "n" > 0.5',
        'Uniqueness "n" >= 0.5',
        '(ColumnValues "x" >= 0) or (IsComplete "n")',
    ]

    outcomes, judged = judge(frame_of(spark, rows), rules)

    passed = {rule: row["Outcome"] == "Passed" for rule, row in outcomes.items()}
    positive = sum(SCOPES[' where "n > 0"'](row) for row in rows)
    numbers = [row["n"] for row in rows if row["n"] is not None]
    expected = {
        rule + scope: any(SCOPES[scope](row) for row in rows)
        and all(ROW_RULES[rule](row) for row in rows if SCOPES[scope](row))
        for rule, scope in scoped
    } | {
        f"RowCount = {count}": len(rows) == count,
        f'RowCount <= {count} where "n > 0"': positive <= count,
        'IsUnique "s"': expected_keys(rows, ["s"], primary=False),
        'IsUnique "n" "s"': expected_keys(rows, ["n", "s"], primary=False),
        'IsPrimaryKey "n" "s"': expected_keys(rows, ["n", "s"], primary=True),
        'Completeness "n" > 0.5': len(numbers) / len(rows) > 0.5,
        'Uniqueness "n" >= 0.5': sum(numbers.count(n) == 1 for n in numbers) >= max(1, len(numbers)) / 2,
        '(ColumnValues "x" >= 0) or (IsComplete "n")': all(
            ROW_RULES['ColumnValues "x" >= 0'](row) for row in rows
        )
        or all(row["n"] is not None for row in rows),
    }
    assert passed == expected

    kept = [{**row.asDict(), "t": row["t"] and row["t"].astimezone(UTC)} for row in judged]
    assert sorted(repr([row[name] for name in "xnst"]) for row in kept) == sorted(
        repr([row[name] for name in "xnst"]) for row in rows
    )
    for row in kept:
        for rule, scope in scoped:
            column = (
                "DataQualityRulesSkip"
                if not SCOPES[scope](row)
                else "DataQualityRulesPass"
                if ROW_RULES[rule](row)
                else "DataQualityRulesFail"
            )
            assert rule + scope in row[column], (rule + scope, row)
        assert (row["DataQualityEvaluationResult"] == "Failed") == bool(row["DataQualityRulesFail"])
        verdicts = [name for part in ("Pass", "Fail", "Skip") for name in row[f"DataQualityRules{part}"]]
        assert sorted(verdicts) == sorted(rules)


def test_a_key_of_whole_numbers_is_unique_at_the_edges_of_their_range(spark: SparkSession) -> None:
    edges = [-(2**63), -65, -64, -1, 0, 63, 64, 2**63 - 1]
    frame = spark.sql(f"select explode(array({', '.join(f'cast({str(n)!r} as bigint)' for n in edges)})) n")
    outcomes, _ = judge(frame, ['IsPrimaryKey "n"'])
    assert outcomes['IsPrimaryKey "n"']["Outcome"] == "Passed"
    outcomes, _ = judge(frame.unionAll(frame.where("n = -64")), ['IsPrimaryKey "n"'])
    assert outcomes['IsPrimaryKey "n"']["EvaluatedMetrics"] == {"Column.n.Uniqueness": 7 / 9}


def test_outcomes_have_the_columns_reasons_and_metrics_of_glue(spark: SparkSession) -> None:
    rows: list[Row] = [{"x": 1.0, "n": 1, "s": "a", "t": None}, {"x": None, "n": 1, "s": "b", "t": None}]
    outcomes, judged = judge(
        frame_of(spark, rows), ['IsComplete "x"', 'ColumnExists "y"', 'IsComplete "y"', 'IsUnique "n" "x"']
    )
    assert outcomes['IsComplete "x"'].asDict() == {
        "Rule": 'IsComplete "x"',
        "Outcome": "Failed",
        "FailureReason": "Value: 0.5 does not meet the constraint requirement!",
        "EvaluatedMetrics": {"Column.x.Completeness": 0.5},
        "EvaluatedRule": 'IsComplete "x"',
    }
    assert outcomes['IsComplete "y"']["FailureReason"] == "Input data does not include column y!"
    assert outcomes['IsUnique "n" "x"']["EvaluatedMetrics"] == {"Multicolumn.n,x.Uniqueness": 1.0}
    assert judged[0]["DataQualityRulesSkip"] == ['ColumnExists "y"', 'IsComplete "y"']


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"publishing_options": {"topic": "x"}}, "publishing option topic is unknown here"),
        (
            {"additional_options": {"compositeRuleEvaluation.method": "ROW"}},
            "option compositeRuleEvaluation.method=ROW is unknown here",
        ),
    ],
)
def test_an_option_that_would_be_ignored_is_an_error(
    spark: SparkSession, options: dict[str, Any], message: str
) -> None:
    frame = DynamicFrame.fromDF(frame_of(spark, [dict.fromkeys("xnst")]), GlueContext(spark), "rows")
    with pytest.raises(DqdlError, match=message):
        EvaluateDataQuality().process_rows(frame=frame, ruleset='Rules = [ IsComplete "x" ]', **options)


QUOTE_SCHEMA = (
    "symbol string, company_name string, primary_exchange string, sector string, calculation_price string, "
    "open double, open_time timestamp_ntz, close double, close_time timestamp_ntz, high double, low double, "
    "latest_price double, latest_source string, latest_time string, latest_update timestamp_ntz, "
    "latest_volume double, week52_high double, week52_low double, log_id string, kafka_partition int, "
    "kafka_offset bigint, kafka_timestamp timestamp_ntz, event_time timestamp_ntz, trading_date date, dt string"
)


def quote(offset: int, **fields: Any) -> Row:  # noqa: ANN401 - of any column
    """A row of a good quote whose nullable columns are all null."""
    now = datetime.now(UTC).replace(tzinfo=None)
    good = {
        "symbol": "AAPL",
        "log_id": "log",
        "kafka_partition": 0,
        "kafka_offset": offset,
        "kafka_timestamp": now,
        "event_time": now,
        "trading_date": now.date(),
        "dt": f"{now:%Y-%m-%d}",
    }
    names = [column.split()[0] for column in QUOTE_SCHEMA.split(", ")]
    return {**dict.fromkeys(names), **good, **fields}


def test_good_rows_pass_whose_nullable_columns_are_null(spark: SparkSession) -> None:
    report = evaluate(
        frame_of(spark, [quote(0), quote(1, open=0.0)], QUOTE_SCHEMA),
        glue_context=GlueContext(spark),
        ruleset=RULESET,
        rules=[row_count_rule(2)],
        advisory=[freshness_rule(1)],
        action="fail",
    )
    assert report.failures == ()


# One way to break each rule on rows; the column shown beside the coordinates.
@pytest.mark.parametrize(
    ("fields", "column"),
    [
        ({"symbol": ""}, "symbol"),
        ({"symbol": None}, "symbol"),
        ({"open": -0.01}, "open"),
        ({"close": math.nan}, "close"),
        ({"week52_low": math.inf}, "week52_low"),
        ({"latest_volume": -math.inf}, "latest_volume"),
        ({"event_time": datetime(1989, 12, 31, 23, 59, 59)}, "event_time"),  # noqa: DTZ001 - without zone
        ({"kafka_timestamp": datetime(2020, 1, 1)}, "event_time"),  # noqa: DTZ001 - over a day before the event
        ({"log_id": None}, "log_id"),
    ],
)
def test_a_row_that_breaks_a_rule_fails_the_run_and_is_shown(
    spark: SparkSession, fields: Row, column: str
) -> None:
    rows = [quote(0, company_name="secret"), quote(1, company_name="secret", **fields)]
    with pytest.raises(DataQualityFailed) as raised:
        evaluate(
            frame_of(spark, rows, QUOTE_SCHEMA),
            glue_context=GlueContext(spark),
            ruleset=RULESET,
            action="fail",
        )
    failures = raised.value.report.fatal
    shown = [failure for failure in failures if column in failure.rule]
    assert len(shown) > 0
    for failure in shown:
        assert failure.failing_rows == 1
        (example,) = failure.examples
        assert example["kafka_offset"] == 1
        assert column in example
        assert not isinstance(example[column], datetime)  # which would be in the zone of this machine
        assert "company_name" not in example
    assert "secret" not in "".join(failure.describe() for failure in failures)


def test_doubles_are_found_and_only_warned_of_where_so_configured(
    spark: SparkSession, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [quote(0), quote(1), quote(1, symbol="MSFT")]
    report = evaluate(
        frame_of(spark, rows, QUOTE_SCHEMA),
        glue_context=GlueContext(spark),
        ruleset=RULESET,
        rules=[row_count_rule(2)],
        action="warn",
    )
    unique, counted = report.fatal
    assert unique.rule.startswith("IsPrimaryKey")
    assert unique.failing_rows == 2
    assert {row["kafka_offset"] for row in unique.examples} == {1}
    assert counted.reason == "Value: 3 does not meet the constraint requirement!"
    assert counted.failing_rows is None
    assert "data quality: IsPrimaryKey" in caplog.text


def test_old_records_are_warned_of_and_never_block_a_run(spark: SparkSession) -> None:
    old = (datetime.now(UTC) - timedelta(hours=3)).replace(tzinfo=None)
    report = evaluate(
        frame_of(spark, [quote(0, kafka_timestamp=old, event_time=old)], QUOTE_SCHEMA),
        glue_context=GlueContext(spark),
        ruleset=RULESET,
        advisory=[freshness_rule(2)],
        action="fail",
    )
    (stale,) = report.failures
    assert stale.advisory
    assert report.fatal == ()


def test_text_that_is_no_ruleset_is_an_error(spark: SparkSession) -> None:
    with pytest.raises(ValueError, match="is it DQDL"):
        evaluate(
            frame_of(spark, [quote(0)], QUOTE_SCHEMA),
            glue_context=GlueContext(spark),
            ruleset="",
            rules=["RowCount = 1"],
            action="warn",
        )
