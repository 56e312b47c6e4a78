"""The stand-in for Glue's package: arguments, bookmarks, and what it lacks."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import pytest
from awsglue.absence import NotProvidedError
from awsglue.bookmarks import Bookmark, BookmarkStore, SourceFile
from awsglue.utils import GlueArgumentError, getResolvedOptions

if TYPE_CHECKING:
    from pathlib import Path


def test_reads_arguments_with_and_without_an_equals_sign() -> None:
    args = getResolvedOptions(["script.py", "--topic", "quotes", "--database=lake=1"], ["topic", "database"])
    assert (args["topic"], args["database"]) == ("quotes", "lake=1")


def test_takes_the_last_of_several_values_and_passes_over_what_nobody_asked_for() -> None:
    given = ["script.py", "--conf", "spark.x=1 --conf spark.y=2", "--topic", "a", "--topic", "b"]
    args = getResolvedOptions(given, ["topic"])
    assert args["topic"] == "b"
    assert "conf" not in args


def test_names_a_required_argument_that_is_missing() -> None:
    with pytest.raises(GlueArgumentError, match="--database"):
        getResolvedOptions(["script.py", "--topic", "quotes"], ["topic", "database"])


def test_names_an_argument_without_its_value() -> None:
    with pytest.raises(GlueArgumentError, match="--topic"):
        getResolvedOptions(["script.py", "--topic"], ["topic"])


def test_refuses_the_names_that_glue_keeps_for_itself() -> None:
    with pytest.raises(RuntimeError, match="JOB_RUN_ID"):
        getResolvedOptions(["script.py"], ["JOB_RUN_ID"])


def test_has_bookmarks_disabled_unless_told_otherwise() -> None:
    assert getResolvedOptions(["script.py"], [])["job_bookmark_option"] == "job-bookmark-disable"
    given = ["script.py", "--job-bookmark-option", "job-bookmark-enable"]
    assert getResolvedOptions(given, [])["job_bookmark_option"] == "job-bookmark-enable"


@pytest.mark.parametrize(
    "name", ["awsglue.transforms.ApplyMapping", "awsglue.utils.makeOptions", "awsglue.ml"]
)
def test_names_what_it_lacks_and_where_to_add_it(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    with pytest.raises(NotProvidedError, match=f"{name}.*local/spark/awsglue"):
        getattr(importlib.import_module(module), attribute)


def test_has_read_a_file_only_once_but_not_one_rewritten_since() -> None:
    a, b = SourceFile("s3://lake/a", 10), SourceFile("s3://lake/b", 20)
    bookmark = Bookmark().after([a, b])
    assert bookmark.unread([a, b]) == []
    assert bookmark.unread([a, SourceFile("s3://lake/b", 21)]) == [SourceFile("s3://lake/b", 21)]


def test_reads_a_file_that_came_in_the_very_millisecond_of_the_bookmark() -> None:
    first, second = SourceFile("s3://lake/a", 10), SourceFile("s3://lake/b", 10)
    bookmark = Bookmark().after([first])
    assert bookmark.unread([first, second]) == [second]
    assert bookmark.after([second]).unread([first, second]) == []


def _store(folder: Path, option: str) -> BookmarkStore:
    return BookmarkStore(
        folder / "job.json", enabled=option != "job-bookmark-disable", advance=option == "job-bookmark-enable"
    )


def test_reads_again_what_a_run_that_was_not_committed_has_read(tmp_path: Path) -> None:
    files = [SourceFile("s3://lake/a", 10)]
    assert _store(tmp_path, "job-bookmark-enable").take("source", files) == files
    second = _store(tmp_path, "job-bookmark-enable")
    assert second.take("source", files) == files
    second.commit()
    assert _store(tmp_path, "job-bookmark-enable").take("source", files) == []


def test_keeps_a_bookmark_for_each_source_and_none_for_one_without_a_name(tmp_path: Path) -> None:
    files = [SourceFile("s3://lake/a", 10)]
    store = _store(tmp_path, "job-bookmark-enable")
    store.take("one", files)
    store.take("", files)
    store.commit()
    after = _store(tmp_path, "job-bookmark-enable")
    assert [after.take(name, files) for name in ("one", "two", "")] == [[], files, files]


def test_does_not_move_a_bookmark_that_is_paused(tmp_path: Path) -> None:
    files = [SourceFile("s3://lake/a", 10)]
    paused = _store(tmp_path, "job-bookmark-pause")
    paused.take("source", files)
    paused.commit()
    assert _store(tmp_path, "job-bookmark-enable").take("source", files) == files
