"""What comes out: intervals, findings, options, VMs, recommendations. Serialised as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Literal

from advisor.domain.goals import Goals
from advisor.domain.options import Change, Tier, Transport
from advisor.domain.word import Word, field

SCHEMA_VERSION = "1.0"


class Basis(StrEnum):
    """What a number rests on, best first."""

    CALIBRATED = "calibrated"
    PUBLISHED = "published"
    EXTRAPOLATED = "extrapolated"
    PHYSICS = "physics"


class Verdict(StrEnum):
    """How an option or a VM stands."""

    READY = "ready"
    CONDITIONS = "ready with conditions"
    NOT_RECOMMENDED = "not recommended"
    UNKNOWN = "unknown"


class Interval(Word):
    """A 90 % interval and its middle."""

    p05: float = field(..., "Value undercut in 5 % of cases")
    p50: float = field(..., "Median")
    p95: float = field(..., "Value exceeded in 5 % of cases")


class Finding(Word):
    """What one rule says of one option."""

    rule: str = field(..., "Rule id, see `advisor rules`")
    verdict: Literal["forbid", "warn", "advise"] = field(..., "What the rule does where it holds")
    answer: Literal["holds", "unknown"] = field(..., "unknown: an input is missing, verify it")
    message: str = field(..., "What it means here")
    remedy: str = field(..., "What to do")
    source: str = field(..., "Where the rule comes from")


class Mode(Word):
    """One outcome of luck, such as how flows hash over a team's members."""

    members: float = field(..., "Members' worth of bandwidth")
    probability: float = field(..., "How likely")
    total_s: float = field(..., "Median total time in this mode", unit="s")


class CpuCores(Word):
    """CPU the move takes while it runs."""

    source: float = field(..., "Cores at the source")
    destination: float = field(..., "Cores at the destination")


class Fallback(Word):
    """What the option silently becomes when it cannot run as planned."""

    transport: Transport = field(..., "Transport it falls back to")
    total_s: Interval = field(..., "Total time then", unit="s")


class OptionAnswer(Word):
    """One option with its numbers, for the whole batch."""

    transport: Transport = field(..., "Transport asked for")
    effective: Transport = field(..., "Transport it would really use")
    label: str = field(..., "Name and changes")
    tier: Tier = field(..., "Highest tier among its changes")
    verdict: Verdict = field(..., "How it stands")
    simultaneous: int = field(..., "Moves at once")
    total_s: Interval = field(..., "Until the last VM runs at its destination", unit="s")
    blackout_ms: Interval = field(..., "Longest blackout of any VM", unit="ms")
    sent_gib: float = field(..., "Bytes on the wire, all VMs", unit="GiB")
    throughput_gbps: float = field(..., "Mean rate on the wire", unit="Gbit/s")
    passes: float = field(..., "Passes over memory, most of any VM")
    converges: bool = field(..., "Every VM meets the stop rule before the pass limit")
    endless: bool = field(False, "What does not converge goes on until somebody ends it: there is no pass limit")
    cpu_cores: CpuCores = field(..., "CPU while the move runs")
    basis: Basis = field(..., "What total_s rests on")
    blackout_basis: Basis = field(..., "What blackout_ms rests on")
    limit: str = field(..., "What binds the time")
    modes: tuple[Mode, ...] = field((), "Outcomes of luck, where there are several")
    fallback: Fallback | None = field(None, "Silent fall-back, a risk")
    changes: tuple[Change, ...] = field((), "What must be altered")
    findings: tuple[Finding, ...] = field((), "What rules say")
    rejected_by: str | None = field(None, "Why it was not chosen")


class PassRow(Word):
    """One pass of one VM, medians."""

    vm: str = field(..., "Name of the VM")
    step: Literal["pass", "blackout"] = field(..., "pass: the VM runs; blackout: it does not")
    number: int = field(..., "Pass number, from 1")
    start_s: float = field(..., "Start after the batch began", unit="s")
    time_s: float = field(..., "Length", unit="s")
    memory_gib: float = field(..., "Memory covered", unit="GiB")
    sent_gib: float = field(..., "Bytes on the wire", unit="GiB")
    dirty_left_gib: float = field(..., "Dirty when it ended", unit="GiB")


class RateStep(Word):
    """A stretch of time with one rate, all moves together."""

    start_s: float = field(..., "Start after the batch began", unit="s")
    end_s: float = field(..., "End", unit="s")
    gbps: float = field(..., "Rate on the wire", unit="Gbit/s")


def mean_rates(steps: Sequence[RateStep], count: int) -> tuple[RateStep, ...]:
    """The steps' mean rate over `count` equal stretches from time 0 to their end: what was sent stays the same.

    Examples
    --------
    >>> steps = (RateStep(start_s=0, end_s=3, gbps=8), RateStep(start_s=3, end_s=4, gbps=0))
    >>> [step.gbps for step in mean_rates(steps, 2)]
    [8.0, 4.0]
    """
    length = steps[-1].end_s / count
    sent = [0.0] * count
    for step in steps:
        first, last = int(step.start_s / length), min(int(step.end_s / length), count - 1)
        for i in range(first, last + 1):
            overlap = min(step.end_s, (i + 1) * length) - max(step.start_s, i * length)
            sent[i] += step.gbps * max(overlap, 0.0)
    return tuple(RateStep(start_s=i * length, end_s=(i + 1) * length, gbps=sent[i] / length) for i in range(count))


class VmAnswer(Word):
    """What the recommended setting means for one VM (or for each of `count` equal ones)."""

    name: str = field(..., "Name of the VM")
    count: int = field(..., "How many equal ones")
    source: str = field(..., "Host it leaves")
    destination: str = field(..., "Host it goes to")
    verdict: Verdict = field(..., "How it stands")
    total_s: Interval = field(..., "From its own start until it runs at the destination", unit="s")
    blackout_ms: Interval = field(..., "Time it runs nowhere", unit="ms")
    passes: float = field(..., "Passes over memory")
    sent_gib: float = field(..., "Bytes on the wire", unit="GiB")
    converges: bool = field(..., "Meets the stop rule before the pass limit")
    cpu_cores: CpuCores = field(..., "CPU while it moves")
    basis: Basis = field(..., "What total_s rests on")
    reasons: tuple[str, ...] = field((), "Why the verdict is not plain ready")


class Assumption(Word):
    """An input nobody gave."""

    what: str = field(..., "Which input")
    value: str = field(..., "What was taken")
    why: str = field(..., "Why, or the word assumption")


class Measurement(Word):
    """What to find out next, and what it would bring."""

    what: str = field(..., "What to measure or look up")
    how: str = field(..., "How")
    width_before: float = field(..., "p95/p05 of total time now")
    width_after: float = field(..., "p95/p05 of total time once known")


class AcceptanceTest(Word):
    """A move to make before trusting the rest."""

    text: str = field(..., "What to do and what to expect")
    expect_s: Interval = field(..., "Total time to expect", unit="s")


class TierAnswer(Word):
    """The best of one tier."""

    tier: Tier = field(..., "Tier")
    label: str = field(..., "Option")
    total_s: Interval = field(..., "Total time", unit="s")
    blackout_ms: Interval = field(..., "Blackout", unit="ms")
    changes: tuple[Change, ...] = field((), "What must be altered")


class Recommendation(Word):
    """The whole answer for a host pair or a cluster."""

    schema_version: str = field(SCHEMA_VERSION, "Version of this schema")
    platform: str = field(..., "Hypervisor")
    title: str | None = field(None, "Scenario")
    goals: Goals = field(..., "What was wanted")
    recommended: OptionAnswer | None = field(None, "The setting to use; none: nothing is allowed")
    summary: str = field(..., "The recommendation in one sentence")
    why: tuple[str, ...] = field((), "Reasons, most important first")
    tiers: tuple[TierAnswer, ...] = field((), "Best of each tier, least effort first")
    options: tuple[OptionAnswer, ...] = field((), "Every option considered, best first")
    vms: tuple[VmAnswer, ...] = field((), "VM by VM under the recommended setting")
    timeline: tuple[PassRow, ...] = field((), "Passes under the recommended setting, medians")
    rates: tuple[RateStep, ...] = field((), "Rate on the wire over the move, medians")
    assumptions: tuple[Assumption, ...] = field((), "Inputs nobody gave")
    measure_next: tuple[Measurement, ...] = field((), "What would narrow the interval most")
    acceptance: AcceptanceTest | None = field(None, "Test before trusting")
    card: str = field(..., "Model card used")


class Estimate(OptionAnswer):
    """One option for today's configuration, pass by pass."""

    schema_version: str = field(SCHEMA_VERSION, "Version of this schema")
    platform: str = field(..., "Hypervisor")
    timeline: tuple[PassRow, ...] = field((), "Pass by pass, medians")
    rates: tuple[RateStep, ...] = field((), "Rate on the wire over the move, medians")
    vms: tuple[VmAnswer, ...] = field((), "VM by VM")
    assumptions: tuple[Assumption, ...] = field((), "Inputs nobody gave")
    card: str = field(..., "Model card used")
