"""`EvaluateDataQuality` as scripts import it on Glue."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from awsglue.absence import absent
from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection
from pyspark.sql import functions as F

from awsgluedq.dqdl import DqdlError, parse_ruleset
from awsgluedq.evaluation import Evaluation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame, SparkSession

_PUBLISHING_OPTIONS = frozenset(
    {
        "dataQualityEvaluationContext",
        "enableDataQualityCloudWatchMetrics",
        "enableDataQualityResultsPublishing",
        "resultsS3Prefix",
    }
)
"""Accepted and without effect here: nothing is published."""

_ADDITIONAL_OPTIONS = {
    "performanceTuning.caching": ("CACHE_NOTHING", "CACHE_INPUT"),
    "observations.scope": ("NONE", "ALL"),
    "compositeRuleEvaluation.method": ("COLUMN",),
}
"""Likewise, but that composite rules are judged by the column, which is also Glue's default."""

_OUTCOME_COLUMNS = {
    "Rule": "string",
    "Outcome": "string",
    "FailureReason": "string",
    "EvaluatedMetrics": "map<string,double>",
    "EvaluatedRule": "string",
}


class EvaluateDataQuality:
    """Judges the rows of a frame.

    https://docs.aws.amazon.com/glue/latest/dg/data-quality-gs-studio.html; https://docs.aws.amazon.com/glue/latest/dg/dqdl.html
    """

    def process_rows(
        self,
        frame: DynamicFrame,
        ruleset: str,
        publishing_options: Mapping[str, object] | None = None,
        additional_options: Mapping[str, str] | None = None,
    ) -> DynamicFrameCollection:
        """Gives `ruleOutcomes` (one row a rule), `rowLevelOutcomes` (one row a row, lazily) and `originalData`."""
        for name in publishing_options or {}:
            if name not in _PUBLISHING_OPTIONS:
                raise DqdlError(
                    f"publishing option {name} is unknown here; these are: {_list(_PUBLISHING_OPTIONS)}"
                )
        for name, value in (additional_options or {}).items():
            if value not in _ADDITIONAL_OPTIONS.get(name, ()):
                raise DqdlError(
                    f"option {name}={value} is unknown here; these are: {_list(_ADDITIONAL_OPTIONS)}"
                )
        data = frame.toDF()
        evaluation = Evaluation(data, parse_ruleset(ruleset), datetime.now(UTC))
        outcomes = [
            [
                outcome.rule,
                "Passed" if outcome.passed else "Failed",
                outcome.reason,
                json.dumps(outcome.metrics),
                outcome.rule,
            ]
            for outcome in evaluation.outcomes()
        ]
        results = {
            "originalData": data,
            "ruleOutcomes": _as_frame(data.sparkSession, outcomes),
            "rowLevelOutcomes": evaluation.row_outcomes(),
        }
        context = frame.glue_ctx
        return DynamicFrameCollection(
            {name: DynamicFrame.fromDF(result, context, name) for name, result in results.items()}, context
        )


def _as_frame(spark: SparkSession, outcomes: list[list[str | None]]) -> DataFrame:
    """One literal that Spark takes apart: createDataFrame would start Python workers for a few lines."""
    rows = F.from_json(F.lit(json.dumps(outcomes)), "array<array<string>>")
    return (
        spark.range(1)
        .select(F.explode(rows).alias("row"))
        .select(
            *(
                (
                    F.from_json(F.col("row")[index], kind) if kind.startswith("map") else F.col("row")[index]
                ).alias(name)
                for index, (name, kind) in enumerate(_OUTCOME_COLUMNS.items())
            )
        )
    )


def _list(names: Mapping[str, object] | frozenset[str]) -> str:
    return ", ".join(sorted(names))


__getattr__ = absent("awsgluedq.transforms")
