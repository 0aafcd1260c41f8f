"""Units: the definitions, there and back, and durations as people write and read them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor import units

AMOUNTS = st.floats(1e-6, 1e12)


def test_network_gigabits_are_decimal_and_memory_is_binary() -> None:
    # IEC 80000-13: 1 GiB = 1024^3 bytes; a 10 Gbit/s line carries 1.25 * 10^9 bytes/s.
    assert units.gbps_to_bytes_s(10) == 1.25e9
    assert units.gib_to_bytes(1) == 1024**3 == units.GIB
    assert units.mib_to_bytes(1) == 1024**2 == units.MIB == 1024 * units.KIB
    assert units.gib_to_bytes(1) / units.PAGE_BYTES == 262_144


def test_the_rule_of_thumb_is_7_percent_off() -> None:
    # GB x 8 / Gbps takes a GiB for a GB.
    assert units.gib_to_bytes(55) / units.gbps_to_bytes_s(10) / (55 * 8 / 10) == pytest.approx(1.074, abs=1e-3)


@given(AMOUNTS)
def test_there_and_back(amount: float) -> None:
    assert units.bytes_s_to_gbps(units.gbps_to_bytes_s(amount)) == pytest.approx(amount, rel=1e-15)
    assert units.bytes_to_gib(units.gib_to_bytes(amount)) == pytest.approx(amount, rel=1e-15)
    assert units.ms_to_seconds(units.seconds_to_ms(amount)) == pytest.approx(amount, rel=1e-15)


def test_arrays_convert_like_numbers() -> None:
    assert units.bytes_to_gib(np.array([2.0**30, 2.0**31])).tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5), ("0.5s", 0.5), ("54 s", 54.0), (" 54s ", 54.0), ("2m", 120.0), ("2min", 120.0), ("2h", 7200.0),
        ("1d", 86_400.0), ("1h30m", 5400.0), ("1h 30m 15s", 5415.0), ("1 m 500 ms", 60.5), ("0s", 0.0),
    ],
)  # fmt: skip
def test_durations_that_can_be_read(text: str, seconds: float) -> None:
    assert units.parse_duration_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "5",
        "s",
        "-5s",
        "+5s",
        "1e3s",
        "1h30",
        "1h and 5m",
        "5 minutes",
        "5S",
        "1,5s",
        ".5s",
        "5.s",
        "inf s",
        "nan",
        "٣s",
        "5s!",
    ],
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration; write a number and ms, s, m, h or d, such as 500ms or 2h"):
        units.parse_duration_s(text)


@given(st.integers(0, 10**6), st.sampled_from(["ms", "s", "m", "min", "h", "d"]))
def test_whole_numbers_of_every_unit_are_read(count: int, unit: str) -> None:
    each = {"ms": 1e-3, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}[unit]
    assert units.parse_duration_s(f"{count}{unit}") == pytest.approx(count * each)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 ms"), (0.042, "42 ms"), (0.0994, "99 ms"), (0.0996, "0.1 s"), (0.84, "0.84 s"), (9.94, "9.9 s"),
        (9.96, "10 s"), (54.2, "54 s"), (59.49, "59 s"), (59.5, "1 min"), (60.0, "1 min"), (75.0, "1 min 15 s"),
        (3599.4, "59 min 59 s"), (3599.6, "1 h"), (7261.0, "2 h 1 min"), (7200.0, "2 h"), (90_000.0, "25 h"),
    ],
)  # fmt: skip
def test_durations_are_written_for_people(seconds: float, text: str) -> None:
    assert units.format_duration(seconds) == text


@given(st.floats(1e-3, 1e6))
def test_what_is_written_can_be_read_and_is_close(seconds: float) -> None:
    # Two digits below ten seconds, whole seconds below an hour, whole minutes above.
    allowed = max(0.051 * seconds, 5e-4) if seconds < 10 else 0.51 if seconds < 3599 else 30.5
    assert units.parse_duration_s(units.format_duration(seconds)) == pytest.approx(seconds, abs=allowed)
