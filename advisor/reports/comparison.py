"""Several what-ifs side by side: what differs in them, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt

from advisor.domain.answers import OptionAnswer, Recommendation
from advisor.domain.describe import Key, field_at, same_unit, unit, written_path
from advisor.domain.scenario import Scenario
from advisor.reports import wording
from advisor.reports.drawing import dressed, even_ticks
from advisor.reports.labelled_rows import interval_marks
from advisor.reports.wording import in_seconds, number, printable, with_span
from advisor.units import format_duration

NOT_GIVEN: Final = "not given"
_ROOM_FOR_VALUES = 1.25
_TITLE: Final = ("title",)
_IN_CAPITALS: Final = {"vms": "VMs", "nics": "NICs"} | {
    word: word.upper() for word in ("cpu", "ets", "mtu", "os", "pfc", "rdma", "rss", "smb")
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One input that is not the same in all scenarios.

    Attributes
    ----------
    where : its key, as a scenario's file has it.
    what : what it is, with its unit.
    values : by scenario.
    key : its last two names in the file, without the unit.
    unit : what it counts, empty where it counts nothing.
    """

    where: str
    what: str
    values: tuple[str, ...]
    key: str
    unit: str

    def in_short(self, scenario: int) -> str:
        """The value of one of the scenarios in a few words."""
        value = self.values[scenario]
        return f"{self.key} {value}" + (f" {self.unit}" if self.unit and value != NOT_GIVEN else "")


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of every answer, in words, and whether they differ."""

    what: str
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether the answers are not all the same."""
        return len(set(self.values)) > 1


def differences(scenarios: Sequence[Scenario]) -> tuple[Difference, ...]:
    """The inputs that are not the same in all scenarios, in the order of a scenario's file.

    Examples
    --------
    >>> def scenario(speed):
    ...     host = {"os": "2022", "nics": [{"speed_gbps": speed}]}
    ...     return Scenario.model_validate({"source": host, "vms": [{"memory_gib": 16}]})
    >>> for one in differences([scenario(10), scenario(25)]):
    ...     print(one.where, "|", one.what, "|", one.values, "|", one.in_short(1))
    source.nics[0].speed_gbps | Link speed [Gbit/s] | ('10', '25') | NICs speed 25 Gbit/s
    """
    values = [dict(_leaves(one.model_dump(mode="json"))) for one in scenarios]
    given = [dict(_leaves(one.model_dump(mode="json", exclude_unset=True))) for one in scenarios]
    paths = dict.fromkeys(path for one in values for path in one)
    found = []
    for path in paths:
        told = tuple(_told(one.get(path), path in said) for one, said in zip(values, given, strict=True))
        if len(set(told)) > 1 and path != _TITLE:
            found.append(Difference(written_path(path), _what(path), told, *_key_and_unit(path)))
    return tuple(found)


def measures(answers: Sequence[Recommendation]) -> tuple[Measure, ...]:
    """What the answers say, a line for each number, with intervals."""
    rows: list[tuple[str, list[str]]] = [
        ("Setting", [_of(one, lambda chosen: chosen.label) for one in answers]),
        ("Verdict", [_of(one, lambda chosen: chosen.verdict.value) for one in answers]),
        ("Total time", [_of(one, lambda chosen: with_span(chosen.total_s)) for one in answers]),
        ("Longest blackout", [_of(one, lambda chosen: with_span(in_seconds(chosen.blackout_ms))) for one in answers]),
        ("Moves at once", [_of(one, lambda chosen: str(chosen.simultaneous)) for one in answers]),
        ("On the wire", [_of(one, lambda chosen: f"{number(chosen.sent_gib)} GiB") for one in answers]),
        ("Mean rate", [_of(one, lambda chosen: f"{number(chosen.throughput_gbps)} Gbit/s") for one in answers]),
        ("CPU cores, source", [_of(one, lambda chosen: number(chosen.cpu_cores.source, 2)) for one in answers]),
        (
            "CPU cores, destination",
            [_of(one, lambda chosen: number(chosen.cpu_cores.destination, 2)) for one in answers],
        ),
        ("Passes", [_of(one, wording.passes_phrase) for one in answers]),
        ("What binds", [_of(one, lambda chosen: chosen.limit) for one in answers]),
        ("Basis", [_of(one, wording.basis_phrase) for one in answers]),
        ("VMs not plainly ready", [_not_ready(one) for one in answers]),
    ]
    return tuple(Measure(what, tuple(values)) for what, values in rows)


def build_comparison_chart(answers: Mapping[str, Recommendation], *, blackout: bool = False) -> alt.LayerChart:
    """Total time, or longest blackout, of what each scenario is recommended, with 90 % intervals."""
    rows: list[dict[str, Any]] = []
    for name, answer in answers.items():
        chosen = answer.recommended
        if chosen is None:
            continue
        seconds = in_seconds(chosen.blackout_ms) if blackout else chosen.total_s
        label = printable(name)
        rows.append(
            {
                "option": label,
                "label": f"{label}:\n{printable(chosen.label)}",
                "status": "recommended",
                "value": format_duration(seconds.p50),
                "p05": seconds.p05,
                "p50": seconds.p50,
                "p95": seconds.p95,
            }
        )
    ticks = even_ticks(max((row["p95"] for row in rows), default=1.0))
    scale = alt.Scale(domain=[0, ticks[-1] * _ROOM_FOR_VALUES], nice=False)
    title = "Longest blackout" if blackout else "Total time"
    layers, height = interval_marks(rows, scale, ticks, title)
    nothing = [printable(name) for name, answer in answers.items() if answer.recommended is None]
    return dressed(layers, _finding(title, rows, nothing), height)


def _finding(title: str, rows: Sequence[Mapping[str, Any]], nothing: Sequence[str]) -> str:
    told = ", ".join(f"{' '.join(row['label'].split())} {row['value']}" for row in rows)
    missing = (f"{name} has no bar, for nothing is allowed there." for name in nothing)
    return " ".join([*([f"{title}: {told}."] if rows else []), *missing])


def _of(answer: Recommendation, words: Any) -> str:
    chosen: OptionAnswer | None = answer.recommended
    return "nothing is allowed" if chosen is None else str(words(chosen))


def _not_ready(answer: Recommendation) -> str:
    count = sum(vm.count for vm in answer.vms if vm.reasons)
    return f"{count} of {sum(vm.count for vm in answer.vms)}"


def _leaves(value: Any, path: tuple[Key, ...] = ()) -> Iterator[tuple[tuple[Key, ...], Any]]:
    pairs: Iterator[tuple[Key, Any]]
    if isinstance(value, dict):
        pairs = iter(value.items())
    elif isinstance(value, list):
        pairs = iter(enumerate(value))
    else:
        yield path, value
        return
    for key, inner in pairs:
        yield from _leaves(inner, (*path, key))


def _told(value: Any, given: bool) -> str:
    """A value in words; what is only assumed in brackets, for an answer differs by that too."""
    if value is None:
        return NOT_GIVEN
    if isinstance(value, bool):
        text = "yes" if value else "no"
    else:
        text = f"{value:.12g}" if isinstance(value, float) else printable(str(value))
    return text if given else f"({text})"


def _what(path: tuple[Key, ...]) -> str:
    field = field_at(Scenario, path)
    if field is None:
        return written_path(path)
    counted = f" [{unit(field)}]" if unit(field) else ""
    return f"{field.description}{counted}"


def _key_and_unit(path: tuple[Key, ...]) -> tuple[str, str]:
    """What a value is called in short, and what it counts, which its key says no more."""
    *above, last = [key for key in path if isinstance(key, str)]
    field = field_at(Scenario, path)
    counted = unit(field) if field is not None else ""
    words = last.split("_")
    ends = [i for i in range(1, len(words)) if same_unit("_".join(words[i:]), counted)] if counted else []
    told = [*(word for key in above[-1:] for word in key.split("_")), *words[: ends[0] if ends else None]]
    return " ".join(_IN_CAPITALS.get(word, word) for word in told), counted
