"""What every test shares: Hypothesis profiles and the place of the checkout."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import is_hypothesis_test, settings

settings.register_profile("dev", deadline=None)  # the first call of a model is slower than the rest
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Coverage is counted by tests that run once: it makes the hundreds of examples of the others twice as long.

    Tests that walk the same code very often, or watch memory, say so themselves (`no_cover`).
    """
    for item in items:
        if item.get_closest_marker("slow") or is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder that holds pyproject.toml."""
    return Path(__file__).resolve().parents[1]
