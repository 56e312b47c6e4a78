"""Entry of job load-listing: the newest dropped listing into table nasdaq_listed. The same here and on Glue 5.1."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

import boto3
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from tickerlake_jobs.listing_load import ListingJob
from tickerlake_jobs.listing_places import listing_places
from tickerlake_jobs.listing_table import ListingTable
from tickerlake_jobs.logs import start_log


def main() -> None:
    """Fails with what is wrong of the newest file; the table then shows what it showed."""
    start_log()
    arguments = getResolvedOptions(sys.argv, ["JOB_NAME", "database", "lake_bucket"])
    context = GlueContext(SparkContext.getOrCreate())
    job = Job(context)
    job.init(arguments["JOB_NAME"], arguments)
    places = listing_places()
    bucket = arguments["lake_bucket"]
    outcome = ListingJob(
        spark=context.spark_session,
        s3=boto3.client("s3"),
        table=ListingTable(boto3.client("glue"), arguments["database"], places.dimension_table),
        bucket=bucket,
        lake_url=f"s3://{bucket}",
        dropped_prefix=places.dropped_prefix,
        dimension_prefix=places.dimension_prefix,
        run_id=arguments["JOB_RUN_ID"],
        now=datetime.now(UTC),
    ).run()
    logging.getLogger("load_listing").info("%s", outcome)
    job.commit()


if __name__ == "__main__":
    main()
