"""What a job has read before: https://docs.aws.amazon.com/glue/latest/dg/monitor-continuations.html.

A bookmark belongs to a job and to one `transformation_ctx` of its script. It holds how far the last committed run has read:
the latest time of modification, and which files have just that time, since more of them may come.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class SourceFile:
    """A file of a source, and when it was last modified."""

    path: str
    modified_ms: int


@dataclass(frozen=True)
class Bookmark:
    """Everything modified before `until_ms` has been read, and of that very millisecond the files `at_until`."""

    until_ms: int = -1
    at_until: frozenset[str] = frozenset()

    def unread(self, files: Iterable[SourceFile]) -> list[SourceFile]:
        """The files that no committed run has read, those rewritten since among them."""
        return [
            file
            for file in files
            if file.modified_ms > self.until_ms
            or (file.modified_ms == self.until_ms and file.path not in self.at_until)
        ]

    def after(self, files: Iterable[SourceFile]) -> Bookmark:
        """The bookmark once `files` have been read as well."""
        read = list(files)
        until_ms = max([self.until_ms, *(file.modified_ms for file in read)])
        kept = self.at_until if until_ms == self.until_ms else frozenset[str]()
        return Bookmark(until_ms, kept | {file.path for file in read if file.modified_ms == until_ms})


class BookmarkStore:
    """The bookmarks of one job in a file. What a run reads counts once it is committed."""

    def __init__(self, file: Path | None, *, enabled: bool, advance: bool) -> None:
        self._file = file
        self._enabled = enabled
        self._advance = advance
        self._committed: Mapping[str, Bookmark] = {}
        self._reached: dict[str, Bookmark] = {}
        if enabled and file is not None and file.exists():
            self._committed = {
                name: Bookmark(entry["until_ms"], frozenset(entry["at_until"]))
                for name, entry in json.loads(file.read_text()).items()
            }

    @classmethod
    def of_run(cls, job_name: str, option: str) -> BookmarkStore:
        """The store of a job in the folder that the runner names; `option` is its --job-bookmark-option."""
        folder = os.environ.get("TICKERLAKE_BOOKMARKS")
        file = None if folder is None else Path(folder) / f"{job_name}.json"
        return cls(file, enabled=option != "job-bookmark-disable", advance=option == "job-bookmark-enable")

    def take(self, transformation_ctx: str, files: list[SourceFile]) -> list[SourceFile]:
        """Those of `files` that this run is to read. Without a transformation_ctx that is all of them."""
        if not self._enabled or transformation_ctx == "":
            return files
        bookmark = self._committed.get(transformation_ctx, Bookmark())
        unread = bookmark.unread(files)
        self._reached[transformation_ctx] = bookmark.after(unread)
        return unread

    def commit(self) -> None:
        """Makes what this run has read count as read. A bookmark that is paused stays where it is."""
        if not self._advance or self._file is None:
            return
        self._committed = {**self._committed, **self._reached}
        state = {
            name: {"until_ms": bookmark.until_ms, "at_until": sorted(bookmark.at_until)}
            for name, bookmark in self._committed.items()
        }
        self._file.parent.mkdir(parents=True, exist_ok=True)
        partial = self._file.with_suffix(".partial")
        partial.write_text(json.dumps(state))
        partial.replace(self._file)
