"""Loads the newest dropped listing into table nasdaq_listed: a snapshot in a folder of its own, and one move of the table."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tickerlake_jobs.listing import BrokenListing, read_listing
from tickerlake_jobs.listing_files import MAX_BYTES, S3, ListingFile, find_news, list_objects, read_file
from tickerlake_jobs.listing_rows import COLUMNS, clean_rows
from tickerlake_jobs.listing_table import ListingTable, LoadedListing, TableChanged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pyspark.sql import DataFrame, SparkSession

log = logging.getLogger(__name__)

LEAST_PART = 0.5
"""A listing with fewer rows than this part of the loaded one was cut off, or is of something else."""

LEFTOVER_AGE = timedelta(days=1)
"""What a run wrote and never showed is superseded after this time: longer than any run."""

SUPERSEDED = {"TagSet": [{"Key": "superseded", "Value": "dimension"}]}
"""Objects with this tag expire by the bucket's lifecycle: readers of the last snapshot end first."""


@dataclass(frozen=True)
class ListingJob:
    """Where listings come from and go to."""

    spark: SparkSession
    s3: S3
    table: ListingTable
    bucket: str
    lake_url: str
    """The bucket as Spark reads and writes it: `s3://bucket`."""
    dropped_prefix: str
    dimension_prefix: str
    run_id: str
    now: datetime

    def run(self) -> str:
        """Loads what is news, and says what became of it in a sentence.

        :raises BrokenListing: a file is none, and no good one was dropped after it
        :raises TableChanged: somebody else loaded one meanwhile
        """
        loaded = self.table.read()
        news = find_news(self.s3, self.bucket, self.dropped_prefix, loaded.edition if loaded else None)
        broken: list[tuple[ListingFile, BrokenListing]] = []
        outcome = "nothing newer than what is loaded was dropped: nothing was changed"
        latest_drop = loaded.edition.dropped if loaded and loaded.edition else None
        for file in news:
            try:
                rows, frame = self._clean(file, loaded)
            except BrokenListing as error:
                log.warning("%s", error)
                broken.append((file, error))
                continue
            outcome = self._show(file, frame, rows, loaded)
            latest_drop = max(latest_drop or file.edition.dropped, file.edition.dropped)
            break
        for file, refusal in broken:
            # One that a good file has followed is of no interest any more: else it would fail every run from now on.
            if latest_drop is None or file.edition.dropped > latest_drop:
                raise refusal
        return outcome

    def _clean(self, file: ListingFile, loaded: LoadedListing | None) -> tuple[int, DataFrame]:
        content = read_file(self.s3, self.bucket, file)
        if len(content) > MAX_BYTES:
            raise BrokenListing(file.key, f"is longer than {MAX_BYTES} bytes")
        listing = read_listing(file.key, content)
        if listing.misshapen > 0:
            log.warning("%s: %d rows have not as many fields as the header", file.key, listing.misshapen)
        frame = clean_rows(self.spark, listing, file.edition.file_time.date()).cache()
        rows = frame.count()
        if rows == 0:
            raise BrokenListing(file.key, f"has no row with a symbol that is traded, of {len(listing.rows)}")
        if loaded and rows < loaded.rows * LEAST_PART:
            raise BrokenListing(
                file.key, f"has {rows} symbols where {loaded.rows} are loaded, less than half"
            )
        return rows, frame

    def _show(self, file: ListingFile, frame: DataFrame, rows: int, loaded: LoadedListing | None) -> str:
        folder = f"{self.dimension_prefix}load={self.run_id}/"
        # One file, sorted: a reader of one symbol or of all takes one request.
        frame.coalesce(1).write.option("compression", "snappy").parquet(f"{self.lake_url}/{folder}")
        try:
            self.table.move(loaded, f"s3://{self.bucket}/{folder}", COLUMNS, file, rows)
        except TableChanged:
            self._tag(self._keys_under(folder))
            raise
        self._tag_superseded(folder, loaded)
        return f"{rows} symbols of {file.key} ({file.edition.file_time:%Y-%m-%d %H:%M} New York) are loaded"

    def _tag_superseded(self, current: str, before: LoadedListing | None) -> None:
        """The snapshot that was shown until now, and what runs wrote and never showed."""
        shown = before.location.removeprefix(f"s3://{self.bucket}/") if before else None
        self._tag(
            [
                entry["Key"]
                for entry in list_objects(self.s3, self.bucket, self.dimension_prefix)
                if not entry["Key"].startswith(current)
                and (
                    (shown is not None and entry["Key"].startswith(shown))
                    or self.now - entry["LastModified"] > LEFTOVER_AGE
                )
            ]
        )

    def _keys_under(self, folder: str) -> Sequence[str]:
        return [entry["Key"] for entry in list_objects(self.s3, self.bucket, folder)]

    def _tag(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.s3.put_object_tagging(Bucket=self.bucket, Key=key, Tagging=SUPERSEDED)
