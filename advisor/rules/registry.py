"""Rules: one function each, three answers, found by id.

A rule is registered for the platforms and operating systems it speaks of. It looks at a resolved
`Case` and answers `holds`, `does_not` or `unknown`; where it holds, its verdict (forbid, warn,
advise) becomes a `Finding`; unknown becomes a finding too, for then something must be verified.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from advisor.domain.answers import Finding
from advisor.domain.hosts import Os
from advisor.errors import UnknownNameError
from advisor.paths.path import Case

RuleVerdict = Literal["forbid", "warn", "advise"]


class Truth(Enum):
    """Three-valued truth."""

    HOLDS = "holds"
    DOES_NOT = "does not"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a rule says of a case; `message` speaks with the case's own numbers."""

    truth: Truth
    message: str = ""


def holds(message: str) -> Answer:
    """The rule holds; the message says what that means here."""
    return Answer(Truth.HOLDS, message)


def unknown(message: str) -> Answer:
    """An input is missing; the message says which one to verify and what it decides."""
    return Answer(Truth.UNKNOWN, message)


DOES_NOT = Answer(Truth.DOES_NOT)


@dataclass(frozen=True, slots=True)
class Rule:
    """A registered rule: what `advisor rules ID` shows, and the function that answers."""

    rule_id: str
    family: str
    verdict: RuleVerdict
    versions: frozenset[Os]
    title: str
    remedy: str
    source: str
    answer: Callable[[Case], Answer]
    platform: str = "hyperv"

    def applies_to(self, case: Case) -> bool:
        """True where the case's platform, and the Windows version of either end, is one the rule speaks of."""
        return case.platform == self.platform and (
            not self.versions or any(host.os in self.versions for host in case.pair.ends)
        )


_RULES: dict[str, Rule] = {}


def rule(
    rule_id: str,
    verdict: RuleVerdict,
    versions: Iterable[Os],
    *,
    remedy: str,
    source: str,
    platform: str = "hyperv",
) -> Callable[[Callable[[Case], Answer]], Callable[[Case], Answer]]:
    """Register a function as a rule; its docstring's first line is the title.

    Raises
    ------
    ValueError
        When the id is taken, or the function has no docstring to be its title.
    """

    def register(function: Callable[[Case], Answer]) -> Callable[[Case], Answer]:
        title = (function.__doc__ or "").strip().partition("\n")[0].removesuffix(".")
        if not title:
            raise ValueError(f"rule {rule_id} needs a docstring: its first line is the title")
        if rule_id in _RULES:
            raise ValueError(f"rule {rule_id} is registered already")
        family = function.__module__.rpartition(".")[2]
        _RULES[rule_id] = Rule(rule_id, family, verdict, frozenset(versions), title, remedy, source, function, platform)
        return function

    return register


def unregister(rule_id: str) -> None:
    """Take a rule out again; for tests and for people who try one out."""
    _RULES.pop(rule_id, None)


def all_rules() -> tuple[Rule, ...]:
    """Every registered rule, in the order they were written."""
    return tuple(_RULES.values())


def get_rule(rule_id: str) -> Rule:
    """One rule by its id, any case.

    Raises
    ------
    UnknownNameError
        When no rule has that id.
    """
    try:
        return _RULES[rule_id.upper()]
    except KeyError:
        raise UnknownNameError("rule", rule_id, sorted(_RULES)) from None


def findings(case: Case) -> tuple[Finding, ...]:
    """What every rule that applies says of the case: those that hold and those that cannot tell."""
    return findings_of_each([case])[0]


def findings_of_each(cases: Sequence[Case]) -> tuple[tuple[Finding, ...], ...]:
    """What `findings` says of each of several cases; which rules apply is asked once for all with the same systems."""
    applying: dict[Hashable, list[Rule]] = {}
    told: dict[tuple[str, Truth, str], Finding] = {}
    found = []
    for case in cases:
        systems = case.platform, frozenset(host.os for host in case.pair.ends)
        if systems not in applying:
            applying[systems] = [one for one in _RULES.values() if one.applies_to(case)]
        own = []
        for one in applying[systems]:
            answer = one.answer(case)
            if answer.truth is Truth.DOES_NOT:
                continue
            said = one.rule_id, answer.truth, answer.message
            if said not in told:
                told[said] = _finding(one, answer)
            own.append(told[said])
        found.append(tuple(own))
    return tuple(found)


def _finding(one: Rule, answer: Answer) -> Finding:
    return Finding(
        rule=one.rule_id,
        verdict=one.verdict,
        answer="holds" if answer.truth is Truth.HOLDS else "unknown",
        message=answer.message,
        remedy=one.remedy,
        source=one.source,
    )
