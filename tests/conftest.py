"""What every test shares: Hypothesis profiles and the place of the checkout."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import is_hypothesis_test, settings

_CASES_COUNTED = 3

settings.register_profile("dev", deadline=None)  # the first call of a model is slower than the rest
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Coverage is counted by the first cases of tests that run once: it makes the others more than twice as long.

    Tests that walk the same code very often, or watch memory, say so themselves (`no_cover`).
    """
    cases: Counter[tuple[Path, str]] = Counter()
    for item in items:
        name = item.path, getattr(item, "originalname", item.name)
        cases[name] += 1
        often = item.get_closest_marker("slow") or is_hypothesis_test(getattr(item, "obj", None))
        if often or cases[name] > _CASES_COUNTED:
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder that holds pyproject.toml."""
    return Path(__file__).resolve().parents[1]
