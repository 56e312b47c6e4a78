"""The session of the tests is of the kind that the jobs have: Iceberg with MERGE, and S3A on the class path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark


def test_merges_into_an_iceberg_table(spark: SparkSession) -> None:
    table = "glue_catalog.session.merged"
    spark.sql(f"CREATE TABLE {table} (id bigint, price double) USING iceberg")
    spark.sql(f"INSERT INTO {table} VALUES (1, 10.0), (2, 20.0)")
    spark.sql(
        f"MERGE INTO {table} t USING (SELECT 2 AS id, 21.0D AS price UNION ALL SELECT 3, 30.0D) s ON t.id = s.id "
        "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )
    rows = spark.sql(f"SELECT id, price FROM {table} ORDER BY id").collect()
    assert [tuple(row) for row in rows] == [(1, 10.0), (2, 21.0), (3, 30.0)]


def test_finds_s3a_and_the_glue_catalog_on_the_class_path(spark: SparkSession) -> None:
    names = ["org.apache.hadoop.fs.s3a.S3AFileSystem", "org.apache.iceberg.aws.glue.GlueCatalog"]
    loader = spark.sparkContext._jvm.Thread.currentThread().getContextClassLoader()
    assert [loader.loadClass(name).getName() for name in names] == names
