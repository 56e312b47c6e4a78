"""A listing as a text: the NASDAQ symbol directory, or a file like it, whose fields are named by the first row and stand between
commas (RFC 4180 quotes) or bars (no quotes). https://www.nasdaqtrader.com/trader.aspx?id=symboldirdefs
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FOOTER = "File Creation Time"
"""What the last row begins with, which is no listing but dates the file."""

_FOOTER_TIME = re.compile(
    r"^\W{0,2}File Creation Time:\s*(\d{2})(\d{2})(\d{4})\s*(\d{2}):(\d{2})(?!\d)", re.MULTILINE
)

_DELIMITERS = ("|", ",")


class BrokenListing(Exception):
    """A file that no listing can be made of: it is refused as a whole, and what was loaded before stays."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key} {problem}; nothing was changed. Drop a whole listing to replace it")


@dataclass(frozen=True)
class ListingRow:
    """A row of the file by its columns' names, which are snake_case."""

    position: int
    values: Mapping[str, str]


@dataclass(frozen=True)
class Listing:
    """What a file says, nothing of it judged but its form."""

    columns: Sequence[str]
    rows: Sequence[ListingRow]
    misshapen: int
    """Rows that were left out since they have more or fewer fields than the header."""


def read_listing(key: str, content: bytes) -> Listing:
    """The rows of a file, the footer and empty ones left out.

    :raises BrokenListing: it is no text, or its first row does not name a column Symbol
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BrokenListing(key, f"is no UTF-8 text (byte {error.start})") from error
    delimiter = _find_delimiter(text)
    quote = '"' if delimiter == "," else None
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
    try:
        rows = list(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote, quoting=quoting)
        )
    except csv.Error as error:
        raise BrokenListing(key, f"cannot be split into fields ({error})") from error
    filled = [row for row in rows if any(field.strip() for field in row)]
    columns = [snake_case(name) for name in filled[0]] if filled else []
    if "symbol" not in columns:
        raise BrokenListing(key, "has no column Symbol in its first row")
    if len(set(columns)) < len(columns):
        raise BrokenListing(key, "names a column twice in its first row")
    data = [row for row in filled[1:] if not row[0].strip().startswith(FOOTER)]
    shapely = [row for row in data if len(row) == len(columns)]
    return Listing(
        columns=columns,
        rows=[
            ListingRow(position, dict(zip(columns, (field.strip() for field in row), strict=True)))
            for position, row in enumerate(shapely)
        ],
        misshapen=len(data) - len(shapely),
    )


def find_footer_time(text: str) -> datetime | None:
    """When the exchange wrote the file, New York time; None where no footer says so, or it says what is no time."""
    found = _FOOTER_TIME.search(text)
    if found is None:
        return None
    month, day, year, hour, minute = (int(part) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute)  # noqa: DTZ001 - the exchange's own clock, as it writes it
    except ValueError:
        return None


def snake_case(name: str) -> str:
    """`Round Lot Size` as `round_lot_size`, `NextShares` as `next_shares`, `ETF` as `etf`."""
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"\W+|_+", "_", parts).strip("_").lower()


def _find_delimiter(text: str) -> str:
    """The one that the first row has most of, whatever the file is called or the catalog says of its folder."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=header.count)
