"""Values worth trying of an input, around what a scenario has."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import product
from typing import Final

from advisor.advice.prepare import MOVES_AT_MOST
from advisor.domain.describe import bound
from advisor.domain.inputs import Input, input_called, with_inputs
from advisor.domain.scenario import Scenario
from advisor.domain.sensitivity import Axis
from advisor.errors import Problem, ScenarioError
from advisor.units import MIB, gbps_to_bytes_s

AS_USUAL: Final = 7
"""Values along an axis: an odd number, so that today's stands in the middle."""

# What is sold, or in use: nothing lies between.
_SOLD: Final = {
    "nics.speed_gbps": (1.0, 10.0, 25.0, 40.0, 50.0, 100.0, 200.0, 400.0),
    "nics.mtu_bytes": (1500.0, 4088.0, 9000.0),
    "network.switch_mtu_bytes": (1500.0, 4088.0, 9000.0),
}
# What to look around where nobody gave a value (assumption); what hangs on the scenario stands in `_middle`.
_UNSAID: Final = {
    "nics.rss_queues": 8.0,
    "vms.dirty_rate_mib_s": 200.0,
    "vms.compression_ratio": 2.0,
    "host.simultaneous": 4.0,
    "cluster.max_parallel_migrations": 4.0,
    "switchover.blackout_limit_ms": 300.0,
    "switchover.max_passes": 8.0,
    "goals.max_blackout_s": 2.0,
    "goals.window_s": 1800.0,
}
_REACH: Final = 8.0
_MOST_NICS: Final = 8.0  # what a Switch Embedded Team takes; few hosts have more
_BEYOND_THE_OTHERS: Final = 2.0
_BUSIEST: Final = 0.9


def suggested(scenario: Scenario, path: str, count: int = AS_USUAL) -> Axis:
    """Values of an input worth trying: shares evenly, NIC speeds as they are sold, anything else by equal factors.

    Parameters
    ----------
    path : name of the input.
    count : how many at most; whole numbers may be fewer, for each stands once.

    Raises
    ------
    UnknownNameError
        Where there is no such input.

    Examples
    --------
    >>> host = {"os": "2022", "cores": 16, "nics": [{"speed_gbps": 10}]}
    >>> lab = Scenario.model_validate({"source": host, "vms": [{"memory_gib": 55}]})
    >>> suggested(lab, "nics.speed_gbps", 5).values
    (1.0, 10.0, 25.0, 40.0, 50.0)
    >>> suggested(lab, "host.cores").values
    (2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
    >>> suggested(lab, "vms.memory_gib", 3).values
    (6.9, 55.0, 440.0)
    """
    one = input_called(path)
    given = [float(value) for value in one.values_in(scenario) if value]
    low, high = _middle(scenario, one, given)
    if path in _SOLD:
        found = _nearest(_SOLD[path], math.sqrt(low * high), count)
    elif one.share:
        found = _evenly(0.1, 1.0, count) if bound(one.field, "gt") == 0 else _evenly(0.0, _BUSIEST, count)
    elif path == "network.background_gbps":
        found = _evenly(0.0, _line_gbps(scenario) * _BUSIEST, count)
    else:
        reach = _REACH if low == high else _BEYOND_THE_OTHERS
        found = _by_factors(low / reach, high * reach, count)
    floor, ceiling = _bounds(scenario, one)
    inside = [min(max(value, floor), ceiling) for value in found]
    today = one.today(scenario)
    if today is not None and floor <= today <= ceiling:
        inside = _with(inside, float(today), one)
    return Axis(input=path, values=tuple(sorted({float(round(value)) if one.whole else value for value in inside})))


def suggested_inputs(scenario: Scenario) -> tuple[str, str]:
    """Two inputs to begin with: NIC speed, and one that all have alike, so that today's cell is on the grid.

    Examples
    --------
    >>> host = {"os": "2022", "nics": [{"speed_gbps": 10}]}
    >>> suggested_inputs(Scenario.model_validate({"source": host, "vms": [{"memory_gib": 55}]}))
    ('nics.speed_gbps', 'vms.memory_gib')
    """
    likely = ("vms.dirty_rate_mib_s", "vms.memory_gib", "nics.count")
    up = next((path for path in likely if input_called(path).today(scenario) is not None), likely[1])
    return "nics.speed_gbps", up


def check_possible(scenario: Scenario, across: Axis, up: Axis) -> None:
    """See that two axes have a pair of values that the scenario can take, before anything is worked out.

    Raises
    ------
    UnknownNameError
        Where there is no such input.
    ScenarioError
        Why no pair is possible, in the words of `sensitivity`.

    Examples
    --------
    >>> host = {"os": "2022", "nics": [{"speed_gbps": 10}]}
    >>> lab = Scenario.model_validate({"source": host, "vms": [{"memory_gib": 55}]})
    >>> sizes = Axis(input="vms.working_set_gib", values=(1.0, 2.0))
    >>> check_possible(lab, sizes, Axis(input="vms.dirty_rate_mib_s", values=(10.0, 100.0)))
    >>> check_possible(lab, sizes, Axis(input="host.cores", values=(8.0, 16.0)))
    Traceback (most recent call last):
    advisor.errors.ScenarioError: working_set_gib needs dirty_rate_mib_s beside it
    """
    first, second = input_called(across.input), input_called(up.input)
    reasons: dict[str, None] = {}
    # A contradiction is one value larger than another, or one without another: where no corner is possible, nothing is.
    for wide, high in product(_ends(across), _ends(up)):
        try:
            with_inputs(scenario, {first: wide, second: high})
        except ScenarioError as error:
            reasons[str(error)] = None
        else:
            return
    raise ScenarioError([Problem(reason) for reason in reasons])


def _ends(axis: Axis) -> tuple[float, float]:
    return axis.values[0], axis.values[-1]


def _middle(scenario: Scenario, one: Input, given: list[float]) -> tuple[float, float]:
    """What to look around: the lowest and the highest that is given, the same twice where they agree."""
    if given:
        return min(given), max(given)
    half_a_line = gbps_to_bytes_s(_line_gbps(scenario)) / MIB / 2
    smallest_gib = min(vm.memory_gib for vm in scenario.vms)
    start = {
        **_UNSAID,
        "vms.working_set_gib": smallest_gib / _REACH,
        "vms.nonzero_gib": smallest_gib / 2,
        "network.cap_gbps": _line_gbps(scenario) / 2,
        "host.smb.limit_mib_s": half_a_line,
        "host.move_cap_mib_s": half_a_line,
    }.get(one.path, 1.0)
    return start, start


def _line_gbps(scenario: Scenario) -> float:
    """What the NICs of the slowest host carry together."""
    return min(sum(nic.speed_gbps for nic in host.migration_nics) for host in scenario.hosts)


def _bounds(scenario: Scenario, one: Input) -> tuple[float, float]:
    """Lowest and highest value worth trying: the field's bounds, and what the VMs allow."""
    ceiling = bound(one.field, "le")
    highest = math.inf if ceiling is None else float(ceiling)
    if one.path in {"vms.working_set_gib", "vms.nonzero_gib"}:
        highest = min(vm.memory_gib for vm in scenario.vms)
    if one.path == "nics.count":
        highest = _MOST_NICS
    if one.path == "vms.count":
        highest = MOVES_AT_MOST // len(scenario.vms)
    lowest = bound(one.field, "ge")
    if one.path == "vms.memory_gib":
        lowest = max(lowest or 0, *(size or 0 for vm in scenario.vms for size in (vm.nonzero_gib, vm.working_set_gib)))
    return (-math.inf if lowest is None else float(lowest)), highest


def _nearest(sold: Iterable[float], middle: float, count: int) -> list[float]:
    """So many of those sold, the nearest by factor, with as many slower as faster where there are."""
    near = sorted(sold, key=lambda value: (abs(math.log(value / middle)), value))
    return sorted(near[:count])


def _evenly(low: float, high: float, count: int) -> list[float]:
    return [_short(low + (high - low) * i / max(count - 1, 1)) for i in range(count)]


def _by_factors(low: float, high: float, count: int) -> list[float]:
    step = (high / low) ** (1 / max(count - 1, 1))
    return [_short(low * step**i) for i in range(count)]


def _short(value: float) -> float:
    """A value that reads well."""
    return float(f"{value:.3g}" if value >= 100 else f"{value:.2g}")


def _with(values: list[float], today: float, one: Input) -> list[float]:
    """Today's value instead of the one nearest to it."""
    near = min(range(len(values)), key=lambda i: abs(values[i] - today))
    rounds_alike = one.whole and any(round(value) == today for value in values)
    return values if rounds_alike else [*values[:near], today, *values[near + 1 :]]
