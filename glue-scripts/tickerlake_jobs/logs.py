"""What a script says of its run, line by line; local runs show the last of it."""

from __future__ import annotations

import logging

CHATTY = ("py4j", "boto3", "botocore")


def start_log() -> None:
    """Lines with their time; of libraries warnings alone."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S"
    )
    for library in CHATTY:
        logging.getLogger(library).setLevel(logging.WARNING)
