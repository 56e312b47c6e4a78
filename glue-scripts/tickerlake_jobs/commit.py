"""Properties in the summary of the snapshot that an SQL statement commits.

Iceberg takes them from its caller's thread: https://iceberg.apache.org/docs/1.10.0/spark-configuration/#commit-metadata. PySpark
runs a thread's calls in one thread of the JVM, those from a callback as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.java_gateway import ensure_callback_server_started

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession


class _Statement:
    """A statement as java.util.concurrent.Callable."""

    def __init__(self, spark: SparkSession, text: str) -> None:
        self.spark = spark
        self.text = text
        self.error: Exception | None = None

    def call(self) -> None:
        """What fails is kept: on its way through Java it would lose what it is."""
        try:
            self.spark.sql(self.text)
        except Exception as error:  # noqa: BLE001 - raised again by whoever called
            self.error = error

    class Java:
        """What Py4J asks of a class."""

        implements = ("java.util.concurrent.Callable",)


def commit_with(spark: SparkSession, statement: str, properties: Mapping[str, str]) -> None:
    """Runs a statement that commits one snapshot, with the properties in its summary."""
    context = spark.sparkContext
    ensure_callback_server_started(context._gateway)  # type: ignore[no-untyped-call]
    jvm: Any = context._jvm
    callable_ = _Statement(spark, statement)
    jvm.org.apache.iceberg.spark.CommitMetadata.withCommitProperties(
        dict(properties), callable_, jvm.java.lang.Class.forName("java.lang.RuntimeException")
    )
    if callable_.error is not None:
        raise callable_.error
