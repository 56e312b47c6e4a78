"""Runs a job's script as Glue does, in this process: run_job.py <script> <arguments…>.

What makes it fail goes in one line to TICKERLAKE_FAILURE_FILE, and as Python prints it to the log. Spark's JVM has ended
when this ends.
"""

from __future__ import annotations

import contextlib
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

JVM_PATIENCE_SECONDS = 10


def main() -> None:
    """Runs the script; its exit is this process's."""
    del sys.argv[0]
    # The folder of this file, which Python puts first, is not the script's.
    del sys.path[0]
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        if end.code not in (None, 0):
            _tell(f"SystemExit: {end.code}")
        raise
    except BaseException as error:
        _tell(describe(error))
        raise
    finally:
        _end_spark()


def describe(error: BaseException) -> str:
    """The exception in one line. Of Java's exceptions, which Py4J wraps, the Java one."""
    name = type(error).__name__
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    java = next((line.removeprefix(": ") for line in lines[1:] if line.startswith(": ")), None)
    if java is not None:
        return java
    return f"{name}: {lines[0]}" if lines else name


def _tell(message: str) -> None:
    Path(os.environ["TICKERLAKE_FAILURE_FILE"]).write_text(message, encoding="utf-8")


def _end_spark() -> None:
    context: Any = getattr(sys.modules.get("pyspark"), "SparkContext", None)
    gateway = getattr(context, "_gateway", None)
    if gateway is None:
        return
    with contextlib.suppress(Exception):
        if context._active_spark_context is not None:
            context._active_spark_context.stop()
    with contextlib.suppress(Exception):
        gateway.shutdown()
    # The JVM goes when nobody is left to tell it anything; what it holds is of no use to anybody by now.
    gateway.proc.stdin.close()
    try:
        gateway.proc.wait(JVM_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        gateway.proc.kill()
        gateway.proc.wait()


if __name__ == "__main__":
    main()
