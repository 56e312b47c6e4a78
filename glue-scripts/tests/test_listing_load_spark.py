"""Listings from a folder that stands for the bucket into a table: what is loaded, what is refused, and what then is left."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.lake_fakes import FolderS3, OneTableGlue
from tickerlake_jobs.listing import BrokenListing
from tickerlake_jobs.listing_load import SUPERSEDED, ListingJob
from tickerlake_jobs.listing_rows import COLUMNS
from tickerlake_jobs.listing_table import ListingTable, TableChanged

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

HEADER = "Symbol,Company Name,Security Name,Market Category,Test Issue,Financial Status,Round Lot Size,ETF,NextShares"
DIRTY = (
    HEADER,
    'AACG,ATA,"ATA Creativity Global - American Depositary Shares, each of two",S,N,N,100,N,N',
    "AAL,,American Airlines - Common Stock,Q,n,N,10,Y,?",
    "AAL,twice,twice,Q,N,N,10,N,N",
    "ZVZZT,Test,NASDAQ TEST STOCK,G,Y,N,100,N,N",
    ",nobody,nobody,G,N,N,100,N,N",
    "no symbol,x,x,G,N,N,100,N,N",
    "ODD,,,,,,a hundred,,",
)
NOON = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)


def listing(*rows: str, footer: str = "0731202621:31") -> bytes:
    return "\r\n".join([*rows, f"File Creation Time: {footer},,,,,,,,", ",,,,,,,,", ""]).encode()


class Stand:
    """A lake of one test."""

    def __init__(self, spark: SparkSession, root: Path) -> None:
        self.spark = spark
        self.s3 = FolderS3(root)
        self.glue = OneTableGlue()
        self.runs = 0

    def drop(self, name: str, content: bytes, hours: float = 0) -> None:
        self.s3.put(f"reference/nasdaq_listed/{name}", content, NOON + timedelta(hours=hours))

    def run(self, now: datetime = NOON) -> str:
        self.runs += 1
        return ListingJob(
            spark=self.spark,
            s3=self.s3,
            table=ListingTable(self.glue, "lake", "nasdaq_listed"),
            bucket="bucket",
            lake_url=f"file://{self.s3.root}",
            dropped_prefix="reference/nasdaq_listed/",
            dimension_prefix="dimensions/nasdaq_listed/",
            run_id=f"jr_{self.runs}",
            now=now,
        ).run()

    def location(self) -> str:
        assert self.glue.table is not None
        location: str = self.glue.table["StorageDescriptor"]["Location"]
        return location.removeprefix("s3://bucket/")

    def shown(self) -> DataFrame:
        return self.spark.read.parquet(f"file://{self.s3.root / self.location()}")

    def symbols(self) -> list[str]:
        return [row.symbol for row in self.shown().collect()]

    def tagged(self) -> set[str]:
        return {key.split("/")[2] for key, tags in self.s3.tags.items() if tags == SUPERSEDED}


@pytest.fixture
def stand(spark: SparkSession, tmp_path: Path) -> Stand:
    return Stand(spark, tmp_path)


def test_a_dirty_file_becomes_typed_rows_one_a_symbol(stand: Stand) -> None:
    stand.drop("a [1] {x}.csv", listing(*DIRTY))
    assert stand.run().startswith(
        "3 symbols of reference/nasdaq_listed/a [1] {x}.csv (2026-07-31 21:31 New York)"
    )
    shown = stand.shown()
    assert dict(shown.dtypes) == {column.name: column.type for column in COLUMNS}
    day = date(2026, 7, 31)
    rows: list[tuple[Any, ...]] = [tuple(row) for row in shown.collect()]
    assert rows == [
        (
            "AACG",
            "ATA",
            "ATA Creativity Global - American Depositary Shares, each of two",
            "S",
            "N",
            100,
            False,
            False,
            day,
        ),
        ("AAL", "American Airlines", "American Airlines - Common Stock", "Q", "N", 10, True, None, day),
        ("ODD", None, None, None, None, None, None, None, day),
    ]


def test_fields_between_bars_and_columns_that_are_missing(stand: Stand) -> None:
    stand.drop(
        "a.txt", b"Symbol|Security Name\nAAL|American, Inc. - Common\nFile Creation Time: 0731202621:31|\n"
    )
    stand.run()
    row = stand.shown().collect()[0]
    assert (row.symbol, row.company_name, row.etf, row.round_lot_size) == (
        "AAL",
        "American, Inc.",
        None,
        None,
    )


def test_a_newer_file_replaces_the_snapshot_and_an_older_one_changes_nothing(stand: Stand) -> None:
    stand.drop("b.csv", listing(HEADER, "NEW,,,,,,,,", footer="0801202609:00"), hours=-2)
    stand.drop("a.csv", listing(HEADER, "OLD,,,,,,,,"), hours=-1)
    stand.run()
    assert stand.symbols() == ["NEW"]
    assert stand.tagged() == set()
    stand.drop("c.csv", listing(HEADER, "OLDER,,,,,,,,", footer="0101202009:00"), hours=3)
    assert stand.run().startswith("nothing newer")
    assert stand.symbols() == ["NEW"]
    stand.drop("d.csv", listing(HEADER, "NEWEST,,,,,,,,", footer="0802202609:00"), hours=4)
    stand.run()
    assert stand.symbols() == ["NEWEST"]
    assert stand.tagged() == {"load=jr_1"}
    assert stand.location() == "dimensions/nasdaq_listed/load=jr_3/"


def test_a_file_without_a_footer_is_dated_by_its_drop_in_new_york(stand: Stand) -> None:
    # 02:00 UTC of August 2 is still August 1 there.
    stand.drop("a.csv", b"Symbol,Name\nAAL,x\n", hours=14)
    stand.run()
    assert stand.shown().collect()[0].file_date == date(2026, 8, 1)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\xff\xfe", "is no UTF-8 text"),
        (b"<html>not found</html>\n", "has no column Symbol"),
        (listing(HEADER, "ZVZZT,,,,Y,,,,", footer="0802202609:00"), "has no row with a symbol"),
        (
            listing(HEADER, "A,,,,,,,,", footer="0802202609:00"),
            "has 1 symbols where 3 are loaded, less than half",
        ),
    ],
)
def test_a_broken_file_fails_the_run_and_changes_nothing(stand: Stand, content: bytes, problem: str) -> None:
    stand.drop("a.csv", listing(*DIRTY))
    stand.run()
    before = (stand.glue.table, stand.symbols())
    stand.drop("b.csv", content, hours=24)
    with pytest.raises(BrokenListing, match=f"b.csv {problem}.*; nothing was changed"):
        stand.run()
    assert (stand.glue.table, stand.symbols()) == before
    assert stand.tagged() == set()


def test_a_broken_file_is_of_no_interest_once_a_good_one_has_followed_it(stand: Stand) -> None:
    stand.drop("broken.csv", b"oops", hours=10)
    with pytest.raises(BrokenListing):
        stand.run()
    # Its footer is before the broken one's drop, which has none.
    stand.drop("good.csv", listing(*DIRTY), hours=11)
    stand.run()
    assert len(stand.symbols()) == 3
    assert stand.run().startswith("nothing newer")


def test_a_good_file_is_loaded_though_a_broken_one_came_after_it_and_that_is_told(stand: Stand) -> None:
    stand.drop("good.csv", listing(*DIRTY))
    stand.drop("broken.csv", b"oops", hours=1)
    with pytest.raises(BrokenListing, match=r"broken\.csv"):
        stand.run()
    assert len(stand.symbols()) == 3


def test_a_table_that_somebody_else_moved_is_left_to_them(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand.drop("a.csv", listing(*DIRTY))
    stand.run()
    stand.drop("b.csv", listing(*DIRTY, footer="0802202609:00"))
    seen = stand.glue.get_table()
    stand.glue.version += 1
    monkeypatch.setattr(stand.glue, "get_table", lambda **_: seen)
    with pytest.raises(TableChanged, match="run the job again"):
        stand.run()
    assert stand.location() == "dimensions/nasdaq_listed/load=jr_1/"
    assert stand.tagged() == {"load=jr_2"}


def test_what_a_run_wrote_and_never_showed_is_superseded_a_day_later(stand: Stand) -> None:
    stand.s3.put("dimensions/nasdaq_listed/load=crashed/part-0.parquet", b"x", NOON - timedelta(days=2))
    stand.s3.put("dimensions/nasdaq_listed/load=running/part-0.parquet", b"x", NOON)
    stand.drop("a.csv", listing(*DIRTY))
    stand.run(now=NOON + timedelta(hours=1))
    assert stand.tagged() == {"load=crashed"}
