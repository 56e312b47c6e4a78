"""What Spark makes of a listing: typed rows, one a symbol, of what is really traded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from pyspark.sql import Window
from pyspark.sql import functions as F

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import Column, DataFrame, SparkSession

    from tickerlake_jobs.listing import Listing


class ListingColumn(NamedTuple):
    """A column of table nasdaq_listed."""

    name: str
    type: str
    comment: str


COLUMNS = (
    ListingColumn("symbol", "string", "Ticker symbol"),
    ListingColumn(
        "company_name", "string", "Name of the issuer; of a file without it, what precedes the security"
    ),
    ListingColumn("security_name", "string", "Name of the security"),
    ListingColumn("market_category", "string", "Q Global Select, G Global, S Capital Market"),
    ListingColumn(
        "financial_status",
        "string",
        "N normal, D deficient, E delinquent, Q bankrupt, and their combinations",
    ),
    ListingColumn("round_lot_size", "int", "Shares of a round lot"),
    ListingColumn("etf", "boolean", "Whether it is an exchange-traded fund"),
    ListingColumn("next_shares", "boolean", "Whether it is a NextShares fund"),
    ListingColumn("file_date", "date", "Date of the listing, New York"),
)
"""The same whatever columns a file has, so that a query goes on working: what it lacks is null."""

_SYMBOL = r"^[A-Za-z][A-Za-z0-9.$^+=#*/-]{0,19}$"
_NO_VALUE = ""


def clean_rows(spark: SparkSession, listing: Listing, file_date: date) -> DataFrame:
    """One row a symbol, the first of several; test issues and rows whose symbol is none left out, values typed."""
    rows = _as_frame(spark, listing)
    is_real = F.col("symbol").rlike(_SYMBOL) & (F.upper(_text("test_issue", listing)) != "Y")
    first = Window.partitionBy("symbol").orderBy("position")
    chosen = rows.where(is_real).withColumn("copy", F.row_number().over(first)).where("copy = 1")
    return chosen.select(
        "symbol",
        F.coalesce(_filled("company_name", listing), _issuer(listing)).alias("company_name"),
        _filled("security_name", listing).alias("security_name"),
        _filled("market_category", listing).alias("market_category"),
        _filled("financial_status", listing).alias("financial_status"),
        _whole("round_lot_size", listing).alias("round_lot_size"),
        _flag("etf", listing).alias("etf"),
        _flag("next_shares", listing).alias("next_shares"),
        F.lit(file_date).alias("file_date"),
    ).orderBy("symbol")


def _as_frame(spark: SparkSession, listing: Listing) -> DataFrame:
    """The rows as a frame, through JSON: what was judged is what is loaded, and no Python runs on executors."""
    columns = ", ".join(f"`{name}`: string" for name in listing.columns)
    schema = f"array<struct<position: int, fields: struct<{columns}>>>"
    rows = json.dumps([{"position": row.position, "fields": row.values} for row in listing.rows])
    frame = spark.range(1).select(F.explode(F.from_json(F.lit(rows), schema)).alias("row"))
    return frame.select("row.position", "row.fields.*")


def _text(name: str, listing: Listing) -> Column:
    return F.coalesce(F.col(name), F.lit(_NO_VALUE)) if name in listing.columns else F.lit(_NO_VALUE)


def _filled(name: str, listing: Listing) -> Column:
    return _unless_empty(_text(name, listing))


def _issuer(listing: Listing) -> Column:
    """`Apple Inc. - Common Stock` is of `Apple Inc.`"""
    return _unless_empty(F.trim(F.split(_text("security_name", listing), " - ")[0]))


def _unless_empty(text: Column) -> Column:
    return F.when(text != _NO_VALUE, text)


def _whole(name: str, listing: Listing) -> Column:
    text = _text(name, listing)
    return F.when(text.rlike(r"^\d{1,9}$"), text.cast("int"))


def _flag(name: str, listing: Listing) -> Column:
    """Y or N; a value that is neither says nothing."""
    text = F.upper(_text(name, listing))
    return F.when(text == "Y", F.lit(True)).when(text == "N", F.lit(False))
