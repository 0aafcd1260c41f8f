"""For tests that need a real part (a build back end, a hypervisor): skipped where it is missing, but not in CI."""

from __future__ import annotations

import os

import pytest

REQUIRE_REAL = "ADVISOR_REQUIRE_REAL"


def require(part_available: bool, how_to_get: str) -> None:
    """Skip the test when its part is missing, or fail it where ADVISOR_REQUIRE_REAL is 1."""
    if part_available:
        return
    if os.environ.get(REQUIRE_REAL) == "1":
        pytest.fail(f"{REQUIRE_REAL} is 1 and a real part is missing: {how_to_get}", pytrace=False)
    pytest.skip(how_to_get)
