"""Entry to Spark and to the catalog: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-glue-context.html."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pyspark.sql import SparkSession

from .absence import absent
from .bookmarks import BookmarkStore
from .sources import DynamicFrameReader

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import DataFrame


class GlueContext:
    """Wraps the Spark session: the one that is there, else one of the run's configuration."""

    def __init__(self, spark_context: SparkContext | SparkSession | None = None) -> None:
        session = (
            spark_context if isinstance(spark_context, SparkSession) else SparkSession.builder.getOrCreate()
        )
        self.spark_session = session
        # SQLContext's name for it, which Glue's context has as well.
        self.sparkSession = session
        self.bookmarks = BookmarkStore(None, enabled=False, advance=False)
        self.create_dynamic_frame = DynamicFrameReader(self)

    def sql(self, query: str) -> DataFrame:
        """Runs a statement of Spark SQL."""
        return self.spark_session.sql(query)

    def get_logger(self) -> logging.Logger:
        """Writes to the run's log."""
        return logging.getLogger("GlueLogger")

    def __getattr__(self, name: str) -> object:
        return absent("awsglue.context.GlueContext")(name)


__getattr__ = absent("awsglue.context")
