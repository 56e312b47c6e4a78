"""Judges what a run is about to commit by a DQDL ruleset, with Glue Data Quality: on Glue by its own evaluator, elsewhere
by one that answers to the same name (local/spark/awsgluedq).

https://docs.aws.amazon.com/glue/latest/dg/data-quality-getting-started-studio.html (EvaluateDataQuality.process_rows)
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from awsglue.dynamicframe import DynamicFrame
from awsgluedq.transforms import EvaluateDataQuality
from pyspark.sql import functions as F
from pyspark.sql.types import TimestampNTZType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from awsglue.context import GlueContext
    from pyspark.sql import DataFrame

log = logging.getLogger(__name__)

QualityAction = Literal["fail", "warn"]

COORDINATES = ("log_id", "kafka_partition", "kafka_offset")

MAX_EXAMPLES = 5
"""Rows shown of each broken rule: enough to find the record, few enough to read."""


@dataclass(frozen=True)
class RuleOutcome:
    """What became of one rule."""

    rule: str
    passed: bool
    advisory: bool
    """Whether it warns even where other rules fail the run."""
    reason: str
    metrics: Mapping[str, float]
    failing_rows: int | None = None
    """Of a rule that judges rows."""
    examples: tuple[Mapping[str, Any], ...] = ()
    """Some of those rows: their coordinates and the columns that the rule names, never the whole row."""

    def describe(self) -> str:
        """One paragraph for the log of the run."""
        counted = "" if self.failing_rows is None else f" ({self.failing_rows} rows)"
        shown = "".join(f"\n  {_describe_row(row)}" for row in self.examples)
        return f"{self.rule}: {self.reason or 'not met'}{counted}{shown}"


@dataclass(frozen=True)
class QualityReport:
    """The outcome of each rule, in the order of Glue."""

    outcomes: tuple[RuleOutcome, ...]

    @property
    def failures(self) -> tuple[RuleOutcome, ...]:
        return tuple(outcome for outcome in self.outcomes if not outcome.passed)

    @property
    def fatal(self) -> tuple[RuleOutcome, ...]:
        """Failures that stop a run whose action is fail."""
        return tuple(outcome for outcome in self.failures if not outcome.advisory)


class DataQualityFailed(Exception):
    """Rows break a rule and the run is configured to fail: it must commit nothing."""

    def __init__(self, report: QualityReport) -> None:
        first, *others = report.fatal
        more = f"; and {len(others)} more" if others else ""
        super().__init__(
            f"data quality: {first.rule}: {first.reason or 'not met'}{more}. "
            "The log of the run shows examples; set jobs.qualityAction to warn to commit nevertheless"
        )
        self.report = report


def row_count_rule(rows: int) -> str:
    """As many rows as the receipts of the run promise."""
    return f"RowCount = {rows}"


def freshness_rule(hours: int) -> str:
    """The newest record is at most that old. DataFreshness would ask it of every row, so of a backlog as well."""
    return f'RowCount > 0 where "kafka_timestamp >= current_timestamp() - interval {hours} hours"'


def evaluate(
    frame: DataFrame,
    *,
    glue_context: GlueContext,
    ruleset: str,
    rules: Sequence[str] = (),
    advisory: Sequence[str] = (),
    action: QualityAction,
    context: str = "compact",
) -> QualityReport:
    """Judges the rows of a run; reads the frame twice (one pass of aggregates, one for uniqueness), more only for examples.

    :param frame: rows as they would be committed, at least one; timestamps may be without zone
    :param ruleset: DQDL, as in the template
    :param rules: more rules, which depend on the run: see row_count_rule
    :param advisory: rules of the run that only ever warn: see freshness_rule
    :param action: what rules that fail do to the run
    :param context: name under which Glue publishes results and metrics
    :raises DataQualityFailed: a rule that is not advisory fails and the action is fail
    """
    judged = _without_ntz(frame)
    results = EvaluateDataQuality().process_rows(
        frame=DynamicFrame.fromDF(judged, glue_context, context),
        ruleset=_add_rules(ruleset, [*rules, *advisory]),
        publishing_options={
            "dataQualityEvaluationContext": context,
            "enableDataQualityCloudWatchMetrics": True,
            "enableDataQualityResultsPublishing": True,
        },
        # The caller knows best whether to keep the frame; a second copy of it would cost more than the second read.
        additional_options={"performanceTuning.caching": "CACHE_NOTHING"},
    )
    rows = results.select("rowLevelOutcomes").toDF()
    warns_only = {_squeeze(rule) for rule in advisory}
    report = QualityReport(
        tuple(
            _with_examples(judged, rows, outcome)
            for outcome in (
                RuleOutcome(
                    rule=row["Rule"],
                    passed=row["Outcome"] == "Passed",
                    advisory=_squeeze(row["Rule"]) in warns_only,
                    reason=row["FailureReason"] or "",
                    metrics=row["EvaluatedMetrics"] or {},
                )
                for row in results.select("ruleOutcomes").toDF().collect()
            )
        )
    )
    for outcome in report.failures:
        log.warning("data quality: %s", outcome.describe())
    if action == "fail" and report.fatal:
        raise DataQualityFailed(report)
    log.info(
        "data quality: %d of %d rules hold", len(report.outcomes) - len(report.failures), len(report.outcomes)
    )
    return report


def _without_ntz(frame: DataFrame) -> DataFrame:
    """awsglue.gluetypes has one type of timestamp, with zone; sessions are in UTC, so the instant stays what it was."""
    return frame.select(
        *(
            F.col(field.name).cast("timestamp").alias(field.name)
            if isinstance(field.dataType, TimestampNTZType)
            else F.col(field.name)
            for field in frame.schema.fields
        )
    )


def _add_rules(ruleset: str, rules: Sequence[str]) -> str:
    head, bracket, tail = ruleset.rpartition("]")
    if not bracket:
        raise ValueError("the ruleset has no closing bracket: is it DQDL?")
    return head.rstrip() + "".join(f",\n  {rule}" for rule in rules) + f"\n{bracket}{tail}"


def _with_examples(frame: DataFrame, rows: DataFrame, outcome: RuleOutcome) -> RuleOutcome:
    failing = None if outcome.passed else _failing_rows(frame, rows, outcome.rule)
    if failing is None:
        return outcome
    named = dict.fromkeys([*COORDINATES, *_named_columns(outcome.rule, frame.columns)])
    # Python would show times in the zone of its machine.
    shown = [
        F.col(field.name).cast("string") if field.dataType.typeName() == "timestamp" else F.col(field.name)
        for field in (frame.schema[name] for name in named if name in frame.columns)
    ]
    return replace(
        outcome,
        failing_rows=failing.count(),
        examples=tuple(row.asDict() for row in failing.select(*shown).limit(MAX_EXAMPLES).collect()),
    )


def _failing_rows(frame: DataFrame, rows: DataFrame, rule: str) -> DataFrame | None:
    """Rows that break a rule, None if it judges the data set as a whole."""
    none_such = re.fullmatch(r'RowCount\s*=\s*0\s+where\s+"(.*)"', rule, re.DOTALL)
    if none_such is not None:
        return frame.where(none_such.group(1))
    if rule.startswith(("RowCount", "ColumnExists", "(")):
        return None
    return rows.where(F.array_contains("DataQualityRulesFail", rule))


def _named_columns(rule: str, columns: Sequence[str]) -> list[str]:
    words = set(re.findall(r"\w+", rule))
    return [name for name in columns if name in words]


def _squeeze(rule: str) -> str:
    """Glue writes rules in a form of its own: spaces do not tell them apart."""
    return re.sub(r"\s+", "", rule)


def _describe_row(row: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name}={value!r}" if isinstance(value, str) else f"{name}={value}" for name, value in row.items()
    )
