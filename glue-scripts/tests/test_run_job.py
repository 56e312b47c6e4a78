"""What a failed run says of its failure."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import run_job

PROGRAM = Path(run_job.__file__)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("no good\nmore of it"), "ValueError: no good"),
        (KeyError(), "KeyError"),
        (
            RuntimeError(
                "An error occurred while calling o1.sql.\n: java.io.IOException: gone\n\tat a.B.c(B.java:1)"
            ),
            "java.io.IOException: gone",
        ),
    ],
)
def test_says_a_failure_in_one_line(error: Exception, said: str) -> None:
    assert run_job.describe(error) == said


@pytest.mark.parametrize(
    ("script", "code", "said"),
    [
        ("import sys\nassert sys.argv[1:] == ['--topic', 'quotes']", 0, None),
        ("raise SystemExit(0)", 0, None),
        ("raise SystemExit('stop')", 1, "SystemExit: stop"),
        ("1 / 0", 1, "ZeroDivisionError: division by zero"),
        ("import nothing_of_the_kind", 1, "ModuleNotFoundError: No module named 'nothing_of_the_kind'"),
    ],
)
def test_tells_the_failure_of_a_script_alone(
    tmp_path: Path, script: str, code: int, said: str | None
) -> None:
    (tmp_path / "script.py").write_text(script)
    failure = tmp_path / "failure.txt"
    ended = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, str(PROGRAM), str(tmp_path / "script.py"), "--topic", "quotes"],
        env={"TICKERLAKE_FAILURE_FILE": str(failure)},
        capture_output=True,
        check=False,
    )
    assert ended.returncode == code, ended.stderr
    assert (failure.read_text() if failure.exists() else None) == said
