"""Work that dies; of its own, so that the process that does it imports nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable


def dies(watch: Callable[..., None]) -> None:
    """End the process without a word."""
    del watch
    os._exit(3)
