"""Sorts what rules say into what a reader does with it: what forbids, what to heed, what to verify."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from advisor.domain.answers import Finding, OptionAnswer

VERDICT_WORDS = {"forbid": "rules it out", "warn": "warning", "advise": "advice"}
"""What a rule's verdict is called where people read it."""

_GRAVEST_FIRST = ("forbid", "warn", "advise")


@dataclass(frozen=True, slots=True)
class Group:
    """Findings of several rules that say the same."""

    rules: tuple[str, ...]
    verdict: str
    message: str
    remedy: str
    sources: tuple[str, ...]


def forbidden_by(option: OptionAnswer) -> tuple[str, ...]:
    """Ids of the rules that forbid an option, each once; empty where it is allowed."""
    return tuple(dict.fromkeys(f.rule for f in option.findings if f.verdict == "forbid" and f.answer == "holds"))


def to_heed(option: OptionAnswer) -> tuple[Group, ...]:
    """What holds for an option, gravest first."""
    return _grouped(finding for finding in option.findings if finding.answer == "holds")


def to_verify(option: OptionAnswer) -> tuple[Group, ...]:
    """What could not be told for want of an input, gravest first."""
    return _grouped(finding for finding in option.findings if finding.answer == "unknown")


def _grouped(findings: Iterable[Finding]) -> tuple[Group, ...]:
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: _GRAVEST_FIRST.index(finding.verdict)):
        alike.setdefault((finding.message, finding.remedy), []).append(finding)
    return tuple(
        Group(
            rules=tuple(dict.fromkeys(finding.rule for finding in group)),
            verdict=group[0].verdict,
            message=message,
            remedy=remedy,
            sources=tuple(dict.fromkeys(finding.source for finding in group)),
        )
        for (message, remedy), group in alike.items()
    )


def is_same(option: OptionAnswer, other: OptionAnswer | None) -> bool:
    """True where both are the same option, whatever else is said of them."""
    return other is not None and (option.label, option.simultaneous) == (other.label, other.simultaneous)
