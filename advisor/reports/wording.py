"""How numbers and facts of an answer are put into words, the same in every report."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Collection

from advisor.domain.answers import Fallback, Interval, Mode, OptionAnswer, Verdict
from advisor.domain.goals import Goals
from advisor.domain.hosts import Os
from advisor.domain.options import Transport
from advisor.units import format_duration, ms_to_seconds

TRANSPORT_NAMES = {
    Transport.TCPIP: "TCP/IP",
    Transport.COMPRESSION: "Compression",
    Transport.MULTICHANNEL: "SMB Multichannel",
    Transport.RDMA: "SMB Direct (RDMA)",
}

# A fall-back that takes at most so much of the option's own time is called as fast.
_AS_FAST = 1.05


def printable(text: str) -> str:
    r"""Text on one line with nothing in it that could steer a terminal or turn the reading order round.

    Examples
    --------
    >>> printable("web\x1b[31m\n  01\u202e")
    'web[31m 01'
    """
    spaced = " ".join(text.split())
    visible = "".join(character for character in spaced if unicodedata.category(character)[0] != "C")
    return " ".join(visible.split())  # a blank that stood beside a control character may stand at an end now


def typed(text: str) -> str:
    r"""A command on one line as it is to be typed: blanks within names stay, what steers a terminal does not.

    Examples
    --------
    >>> typed("Get-VM -Name 'web  01'\n\u202e")
    "Get-VM -Name 'web  01' "
    """
    blanks = "".join(" " if character in "\t\r\n" else character for character in text)
    return "".join(character for character in blanks if unicodedata.category(character)[0] != "C")


def rounded(value: float, digits: int = 4) -> float:
    """A number to so many significant digits; whole digits are never given up.

    Examples
    --------
    >>> rounded(27.98765), rounded(123456.7), rounded(0.000123456), rounded(0.0)
    (27.99, 123457.0, 0.0001235, 0.0)
    """
    if value == 0:
        return value
    return round(value, max(0, digits - 1 - math.floor(math.log10(abs(value)))))


def number(value: float, digits: int = 3) -> str:
    """A number to so many significant digits, as a person writes it.

    Examples
    --------
    >>> [number(v) for v in (17.123, 4.0, 0.01234, 123456.7)]
    ['17.1', '4', '0.0123', '123457']
    """
    return f"{rounded(value, digits):.10f}".rstrip("0").rstrip(".")


def plural(count: int, one: str) -> str:
    """A count and its noun.

    Examples
    --------
    >>> plural(1, "pass"), plural(3, "option")
    ('1 pass', '3 options')
    """
    ending = "es" if one.endswith("s") else "s"
    return f"{count} {one}" if count == 1 else f"{count} {one}{ending}"


def in_seconds(milliseconds: Interval) -> Interval:
    """An interval of milliseconds as seconds."""
    return Interval(
        p05=ms_to_seconds(milliseconds.p05), p50=ms_to_seconds(milliseconds.p50), p95=ms_to_seconds(milliseconds.p95)
    )


def span(seconds: Interval) -> str:
    """From p05 to p95, the unit once where both share it.

    Examples
    --------
    >>> [span(Interval(p05=low, p50=92, p95=high)) for low, high in ((25.1, 31.4), (0.2, 75), (92, 152))]
    ['25-31 s', '0.2 s - 1 min 15 s', '1 min 32 s - 2 min 32 s']
    """
    low, high = format_duration(seconds.p05), format_duration(seconds.p95)
    if low == high:
        return low
    low_value, _, low_unit = low.partition(" ")
    _, _, high_unit = high.partition(" ")
    shared = low_unit == high_unit and " " not in low_unit
    return f"{low_value}-{high}" if shared else f"{low} - {high}"


def with_span(seconds: Interval) -> str:
    """Median and interval.

    Examples
    --------
    >>> with_span(Interval(p05=25.1, p50=28, p95=31.4))
    '28 s [25-31 s]'
    """
    return f"{format_duration(seconds.p50)} [{span(seconds)}]"


def modes_phrase(modes: Collection[Mode]) -> str:
    """Outcomes of luck, one after another.

    Examples
    --------
    >>> modes_phrase([Mode(members=2, probability=0.75, total_s=28), Mode(members=1, probability=0.25, total_s=54)])
    '28 s with 2 members in use (75 %), 54 s with 1 member in use (25 %)'
    """
    return ", ".join(
        f"{format_duration(mode.total_s)} with {number(mode.members, 2)} "
        f"{'member' if mode.members == 1 else 'members'} in use ({mode.probability * 100:.0f} %)"
        for mode in modes
    )


def basis_phrase(option: OptionAnswer) -> str:
    """What the option's numbers rest on."""
    if option.basis is option.blackout_basis:
        return option.basis.value
    return f"{option.basis.value} (time), {option.blackout_basis.value} (blackout)"


def in_effect_phrase(option: OptionAnswer) -> str:
    """The option's name, and what it would really run over where that is something else."""
    if option.effective is option.transport:
        return option.label
    why = " (no RDMA)" if option.transport is Transport.RDMA else ""
    return f"{option.label} asked for, {TRANSPORT_NAMES[option.effective]} in effect{why}"


def fallback_phrase(option: OptionAnswer, fallback: Fallback) -> str:
    """What the silent fall-back of an option costs: time, or where it is as fast, the hosts' processors."""
    to = f"falls back silently to {TRANSPORT_NAMES[fallback.transport]}"
    if fallback.total_s.p50 <= option.total_s.p50 * _AS_FAST:
        return f"{to}, about as fast but at the cost of the hosts' processors"
    return f"{to}, then {with_span(fallback.total_s)}"


def passes_phrase(option: OptionAnswer) -> str:
    """Passes and whether they end by themselves."""
    forced = "it goes on until somebody ends it" if option.endless else "the pass limit forces the switchover"
    ending = "converges" if option.converges else f"does not converge: {forced}"
    return f"{number(option.passes, 2)} {'pass' if option.passes == 1 else 'passes'}, {ending}"


def at_once_phrase(simultaneous: int, moves: int) -> str:
    """How many of the moves go at once; a limit above their number lets all of them.

    Examples
    --------
    >>> at_once_phrase(2, moves=1), at_once_phrase(2, moves=6), at_once_phrase(1, moves=6)
    ('1 move', 'up to 2 moves at once', 'one move at a time')
    """
    if moves <= 1:
        return "1 move"
    return "one move at a time" if simultaneous == 1 else f"up to {min(simultaneous, moves)} moves at once"


def praise(option: OptionAnswer) -> str:
    """What the option an answer takes is called: one that misses the goals, or may, is not recommended."""
    return "best found" if option.verdict in {Verdict.NOT_RECOMMENDED, Verdict.UNKNOWN} else "recommended"


def limits_phrase(goals: Goals) -> str:
    """What the answer is chosen by and held against.

    Examples
    --------
    >>> limits_phrase(Goals(max_blackout_s=1, window_s=7200))
    'least time; blackout up to 1 s; all within 2 h; balanced risk (p80 holds the limits)'
    """
    parts = [f"least {goals.goal.value}"]
    if goals.max_blackout_s is not None:
        name = f" ({printable(goals.max_blackout_name)})" if goals.max_blackout_name else ""
        parts.append(f"blackout up to {format_duration(goals.max_blackout_s)}{name}")
    if goals.window_s is not None:
        parts.append(f"all within {format_duration(goals.window_s)}")
    if len(parts) > 1:
        parts.append(f"{goals.risk.value} risk (p{goals.risk.quantile * 100:.0f} holds the limits)")
    return "; ".join(parts)


def versions_phrase(versions: Collection[Os]) -> str:
    """Versions of a platform; none means every one.

    Examples
    --------
    >>> versions_phrase({Os.WS2022, Os.WS2025, Os.AZURE_LOCAL}), versions_phrase(()), versions_phrase({Os.WS2012})
    ('2022 and later', 'every', '2012')
    >>> versions_phrase({Os.WS2012, Os.WS2012R2, Os.WS2016})
    'up to 2016'
    """
    known = [os for os in Os if not versions or os.platform == next(iter(versions)).platform]
    chosen = [version for version in known if version in versions]
    if not versions or chosen == known:
        return "every"
    if len(chosen) > 1 and chosen == known[known.index(chosen[0]) :]:
        return f"{chosen[0].value} and later"
    if len(chosen) > 1 and chosen == known[: len(chosen)]:
        return f"up to {chosen[-1].value}"
    return ", ".join(version.value for version in chosen)
