"""Table nasdaq_listed in the Glue catalog: where the loaded snapshot lies and which edition it is. The table alone says so: it
is moved by one update, guarded by the version that was read, and nothing is kept beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from tickerlake_jobs.listing_files import Edition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tickerlake_jobs.listing_files import ListingFile
    from tickerlake_jobs.listing_rows import ListingColumn


class GlueCatalog(Protocol):
    """What is used of boto3's Glue client."""

    def get_table(self, **request: str) -> dict[str, Any]: ...
    def create_table(self, **request: Any) -> object: ...  # noqa: ANN401 - boto3 has no types
    def update_table(self, **request: Any) -> object: ...  # noqa: ANN401


class TableChanged(Exception):
    """Somebody else moved the table since it was read: whatever they loaded is there, and this run's snapshot is not."""


@dataclass(frozen=True)
class LoadedListing:
    """The snapshot that the table shows."""

    location: str
    version_id: str
    edition: Edition | None
    """None of a table that this job did not make: whatever is dropped is news."""
    rows: int


@dataclass(frozen=True)
class ListingTable:
    """The table of one database."""

    glue: GlueCatalog
    database: str
    name: str

    def read(self) -> LoadedListing | None:
        """What is loaded; None before the first load."""
        try:
            table = self.glue.get_table(DatabaseName=self.database, Name=self.name)["Table"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "EntityNotFoundException":
                return None
            raise
        parameters = table.get("Parameters", {})
        edition = (
            Edition(
                datetime.fromisoformat(parameters["listing_file_time"]),
                datetime.fromisoformat(parameters["listing_dropped"]),
            )
            if "listing_file_time" in parameters
            else None
        )
        return LoadedListing(
            location=table["StorageDescriptor"]["Location"],
            version_id=table["VersionId"],
            edition=edition,
            rows=int(parameters.get("recordCount", 0)),
        )

    def move(
        self,
        seen: LoadedListing | None,
        location: str,
        columns: Sequence[ListingColumn],
        file: ListingFile,
        rows: int,
    ) -> None:
        """Shows the snapshot at that location in place of the one that was seen.

        :raises TableChanged: it is not the one that is shown any more
        """
        table = self._describe(location, columns, file, rows)
        try:
            if seen is None:
                self.glue.create_table(DatabaseName=self.database, TableInput=table)
            else:
                self.glue.update_table(
                    DatabaseName=self.database, TableInput=table, VersionId=seen.version_id
                )
        except ClientError as error:
            if error.response["Error"]["Code"] in {
                "AlreadyExistsException",
                "ConcurrentModificationException",
            }:
                raise TableChanged(
                    f"table {self.database}.{self.name} was changed while {file.key} was loaded; run the job again"
                ) from error
            raise

    def _describe(
        self, location: str, columns: Sequence[ListingColumn], file: ListingFile, rows: int
    ) -> dict[str, object]:
        return {
            "Name": self.name,
            "Description": "Listings of the exchange, cleaned: the newest file that was dropped",
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {
                "EXTERNAL": "TRUE",
                "classification": "parquet",
                "recordCount": str(rows),
                "listing_key": file.key,
                "listing_file_time": file.edition.file_time.isoformat(),
                "listing_dropped": file.edition.dropped.isoformat(),
            },
            "StorageDescriptor": {
                "Columns": [
                    {"Name": column.name, "Type": column.type, "Comment": column.comment}
                    for column in columns
                ],
                "Location": location,
                "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
                "SerdeInfo": {
                    "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
                },
            },
        }
