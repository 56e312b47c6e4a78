"""Arguments of a job run: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-get-resolved-options.html."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, NoReturn

from .absence import absent

if TYPE_CHECKING:
    from collections.abc import Sequence

_BOOKMARK_CHOICES = ("job-bookmark-enable", "job-bookmark-pause", "job-bookmark-disable")

# Glue reads these itself: a script that asks for one of them is refused.
_RESERVED = (
    "job-bookmark-option",
    "continuation-option",
    "job-bookmark-from",
    "job-bookmark-to",
    "JOB_ID",
    "JOB_RUN_ID",
    "SECURITY_CONFIGURATION",
    "encryption-type",
    "enable-data-lineage",
)
# May be asked for, but need not be given.
_TEMPORARY = ("TempDir", "RedshiftTempDir")


class GlueArgumentError(Exception):
    """An argument is missing, or has no value."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise GlueArgumentError(message)


def getResolvedOptions(args: Sequence[str], options: Sequence[str]) -> dict[str, Any]:  # noqa: N802 - Glue's name
    """The values of `options`, each of them required, from `--name value` or `--name=value`; others are passed over.

    As on Glue 5.1 a unique beginning of a name is taken for it, the last of several values counts, and what Glue adds
    itself (job_bookmark_option, TempDir, …) is in the answer as well.
    """
    parser = _Parser(add_help=False)
    for name in _RESERVED:
        if name in options:
            raise RuntimeError(f"Using reserved arguments {name}")
        parser.add_argument(f"--{name}", choices=_BOOKMARK_CHOICES if name == "job-bookmark-option" else None)
    for name in _TEMPORARY:
        parser.add_argument(f"--{name}")
    for name in options:
        if name not in _TEMPORARY:
            parser.add_argument(f"--{name}", required=True)
    resolved = vars(parser.parse_known_args(list(args[1:]))[0])
    resolved.pop("continuation_option")
    resolved["job_bookmark_option"] = resolved["job_bookmark_option"] or "job-bookmark-disable"
    temporary = resolved["TempDir"] or resolved["RedshiftTempDir"]
    return {**resolved, "TempDir": temporary, "RedshiftTempDir": temporary}


__getattr__ = absent("awsglue.utils")
