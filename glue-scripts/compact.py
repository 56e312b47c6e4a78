"""Entry of job compact: curated files into history, and the view's cut to where history goes. The same here and on Glue 5.1."""

from __future__ import annotations

import json
import logging
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import boto3
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from botocore.config import Config
from pyspark.context import SparkContext
from tickerlake_jobs.compact_arguments import OPTIONAL, REQUIRED, CompactArguments, parse_arguments
from tickerlake_jobs.compaction import Ports, compact
from tickerlake_jobs.curated import CuratedFiles
from tickerlake_jobs.history import HistoryOptions, HistoryTable
from tickerlake_jobs.lake import CALLS_AT_ONCE, JsonFunction, TopicLake
from tickerlake_jobs.logs import start_log
from tickerlake_jobs.optimizers import TableOptimizers
from tickerlake_jobs.quality import evaluate, freshness_rule, row_count_rule
from tickerlake_jobs.view import CutView

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

log = logging.getLogger("compact")

CALLS = Config(max_pool_connections=CALLS_AT_ONCE, retries={"mode": "standard", "max_attempts": 8})
ONE_CALL = Config(read_timeout=120, retries={"total_max_attempts": 1})


def main() -> None:
    """Fails with what is wrong; the next run mends what this one left."""
    start_log()
    given = [name for name in OPTIONAL if any(argument.split("=")[0] == f"--{name}" for argument in sys.argv)]
    options = getResolvedOptions(sys.argv, [*REQUIRED, *given])
    arguments = parse_arguments(options)
    context = GlueContext(SparkContext.getOrCreate())
    job = Job(context)
    job.init(options["JOB_NAME"], options)
    started = time.monotonic()
    outcome = compact(make_ports(context, arguments), arguments.ranges)
    if outcome.after:
        tend(arguments)
    shown = {f"{log_id}/{partition}": offset for (log_id, partition), offset in sorted(outcome.after.items())}
    log.info(
        "%s: %d rows changed of %d receipts and %d files, %d files tagged, %.1f s; cut %s",
        arguments.topic.name,
        outcome.rows,
        outcome.receipts,
        outcome.files,
        outcome.tagged,
        time.monotonic() - started,
        json.dumps(shown),
    )
    job.commit()


def make_ports(context: GlueContext, arguments: CompactArguments) -> Ports:
    """What the run works on."""
    topic, spark = arguments.topic, context.spark_session
    glue = boto3.client("glue")
    lake_url = f"s3://{arguments.bucket}"
    lake = TopicLake(boto3.client("s3", config=CALLS), arguments.bucket, topic)
    options = HistoryOptions(arguments.target_file_bytes, f"{lake_url}/{topic.history_prefix.rstrip('/')}")

    def judge(rows: DataFrame, promised: int) -> None:
        ruleset = glue.get_data_quality_ruleset(Name=arguments.quality_ruleset)["Ruleset"]
        evaluate(
            rows,
            glue_context=context,
            ruleset=ruleset,
            rules=[row_count_rule(promised)],
            advisory=[freshness_rule(arguments.freshness_hours)],
            action=arguments.quality_action,
            context=f"compact_{topic.name}",
        )

    return Ports(
        lake=lake,
        history=HistoryTable(
            spark, topic, arguments.database, lake, CuratedFiles(spark, topic, lake_url), options, judge
        ),
        view=CutView(
            JsonFunction(boto3.client("lambda", config=ONE_CALL), arguments.view_function), topic.view
        ),
        now=lambda: datetime.now(UTC),
        wait=lambda attempt: time.sleep(2**attempt),
    )


def tend(arguments: CompactArguments) -> None:
    """Has Glue look after the table."""
    if arguments.optimizer_role == "":
        return
    created = TableOptimizers(
        glue=boto3.client("glue"),
        account=arguments.optimizer_role.split(":")[4],
        database=arguments.database,
        table=arguments.topic.history_table,
        role=arguments.optimizer_role,
        snapshot_days=arguments.snapshot_days,
    ).ensure()
    for kind in created:
        log.info("created table optimizer %s", kind)


if __name__ == "__main__":
    main()
