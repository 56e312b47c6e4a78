"""Runs a notebook from its first cell to its last and writes it with what it shows: execute.py <notebook> <to>.

Only what a reader sees is kept: no times of execution, no version of Python, so that the same quotes give the same file.
Ends with 1 and what the cell said when one fails.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

CELL_DEADLINE_S = 120


def execute(source: Path, target: Path) -> None:
    """Raises CellExecutionError where a cell fails, and writes nothing then."""
    notebook = nbformat.read(source, as_version=4)
    # In its own folder, as Jupyter runs it.
    resources = {"metadata": {"path": str(source.parent)}}
    NotebookClient(notebook, timeout=CELL_DEADLINE_S, record_timing=False, resources=resources).execute()
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.write(notebook, target)


if __name__ == "__main__":
    try:
        execute(*(Path(argument).resolve() for argument in sys.argv[1:3]))
    except CellExecutionError as error:
        sys.exit(f"{error.ename}: {error.evalue}\n{error.traceback}")
