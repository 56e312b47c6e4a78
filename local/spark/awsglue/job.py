"""A run of a job: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-job.html."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .absence import absent
from .bookmarks import BookmarkStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .context import GlueContext


class Job:
    """Begins and ends what a run does. Only a committed run moves the job's bookmarks."""

    def __init__(self, glue_context: GlueContext) -> None:
        self._context = glue_context
        self._initialized = False

    def init(self, job_name: str, args: Mapping[str, str] | None = None) -> None:
        """To be called before the first source is read, with the arguments that getResolvedOptions gave."""
        option = (args or {}).get("job_bookmark_option", "job-bookmark-disable")
        self._context.bookmarks = BookmarkStore.of_run(job_name, option)
        self._initialized = True

    def isInitialized(self) -> bool:  # noqa: N802 - Glue's name
        """Whether init has been called."""
        return self._initialized

    def commit(self) -> None:
        """To be called when all is written."""
        if not self._initialized:
            raise RuntimeError("job.commit() without job.init(JOB_NAME, args) before it")
        self._context.bookmarks.commit()

    def __getattr__(self, name: str) -> object:
        return absent("awsglue.job.Job")(name)


__getattr__ = absent("awsglue.job")
