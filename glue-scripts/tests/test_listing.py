"""A listing as a text, without Spark."""

from __future__ import annotations

import csv
import io
import random
from datetime import datetime

import pytest
from tickerlake_jobs.listing import BrokenListing, find_footer_time, read_listing, snake_case

KEY = "reference/nasdaq_listed/x.csv"
COMMA = (
    "Symbol,Security Name,Test Issue,Round Lot Size\r\n"
    'AACG,"ATA ""Global"", Inc. - ADS",N,100\r\n'
    "\r\n"
    "AAL , American ,N,10\r\n"
    "File Creation Time: 0731202621:31,,,\r\n"
    ",,,\r\n"
)
PIPE = 'Symbol|Security Name|Test Issue\nAACG|"ATA", Global|N\nFile Creation Time: 0731202621:31||\n'


def test_fields_between_commas_come_without_their_quotes() -> None:
    listing = read_listing(KEY, COMMA.encode())
    assert listing.columns == ["symbol", "security_name", "test_issue", "round_lot_size"]
    assert [row.values["security_name"] for row in listing.rows] == ['ATA "Global", Inc. - ADS', "American"]
    assert [row.values["symbol"] for row in listing.rows] == ["AACG", "AAL"]
    assert listing.misshapen == 0


def test_fields_between_bars_keep_commas_and_quotes() -> None:
    assert [row.values["security_name"] for row in read_listing(KEY, PIPE.encode()).rows] == ['"ATA", Global']


def test_a_byte_order_mark_is_no_part_of_the_header() -> None:
    assert read_listing(KEY, b"\xef\xbb\xbf" + COMMA.encode()).columns[0] == "symbol"


def test_rows_of_another_width_are_left_out_and_counted() -> None:
    listing = read_listing(KEY, b"Symbol,Name\nA,x\nB,Unquoted, Inc.\nC\nD,y\n")
    assert [row.values["symbol"] for row in listing.rows] == ["A", "D"]
    assert listing.misshapen == 2


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\xff\xfe\x00S", "is no UTF-8 text"),
        (b"", "has no column Symbol"),
        (b"Ticker,Name\nA,x\n", "has no column Symbol"),
        (b"Symbol,Name,symbol\nA,x,A\n", "names a column twice"),
        (b'Symbol,Name\nA,"' + b"x" * 200_000 + b'"\n', "cannot be split into fields"),
    ],
)
def test_what_is_no_listing_is_refused_by_name(content: bytes, problem: str) -> None:
    with pytest.raises(BrokenListing, match=f"{KEY} {problem}"):
        read_listing(KEY, content)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("A|x\nFile Creation Time: 0731202621:31|||||\n", datetime(2026, 7, 31, 21, 31)),  # noqa: DTZ001
        ('A,x\n"File Creation Time: 0131202600:05",,\n', datetime(2026, 1, 31, 0, 5)),  # noqa: DTZ001
        ("A|x\nFile Creation Time: 1331202621:31|\n", None),
        ("A|File Creation Time: 0731202621:31\n", None),
        ("A|x\n", None),
    ],
)
def test_the_footer_dates_the_file(text: str, time: datetime | None) -> None:
    assert find_footer_time(text) == time


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("Round Lot Size", "round_lot_size"),
        ("NextShares", "next_shares"),
        ("ETF", "etf"),
        (" Test  Issue ", "test_issue"),
        ("CQS Symbol (new)", "cqs_symbol_new"),
    ],
)
def test_columns_are_named_in_snake_case(name: str, column: str) -> None:
    assert snake_case(name) == column


def test_whatever_a_name_holds_comes_back() -> None:
    dice = random.Random(7)
    for _ in range(300):
        rows = [
            [f"S{at}", "x" + "".join(dice.choices('a ,"\n\r;é', k=dice.randrange(8))) + "x"]
            for at in range(dice.randrange(1, 6))
        ]
        text = io.StringIO(newline="")
        csv.writer(text).writerows([["Symbol", "Security Name"], *rows])
        listing = read_listing(KEY, text.getvalue().encode())
        assert [[row.values["symbol"], row.values["security_name"]] for row in listing.rows] == rows
