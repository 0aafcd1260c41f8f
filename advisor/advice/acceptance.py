"""The acceptance test: a few moves to make before trusting the rest. Test; trust, but verify."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from advisor.advice.choose import Judged
from advisor.advice.combine import combine_option
from advisor.advice.predict import predict
from advisor.advice.prepare import Problem
from advisor.domain.answers import AcceptanceTest
from advisor.paths import resolve_case
from advisor.residual.card import Card
from advisor.units import format_duration

_VMS_TO_TEST = 3


def acceptance_test(problem: Problem, one: Judged, card: Card) -> AcceptanceTest:
    """Up to three moves under an option, predicted by themselves: fewer moves share the link with fewer others.

    The VMs that take longest, of the host pair that takes longest: they say most about the link.
    """
    slowest = one.combined.slowest
    index = next(i for i, row in enumerate(problem.cases) if slowest.case is row[one.k])
    longest = np.argsort(-slowest.vm_total.middle, kind="stable")[:_VMS_TO_TEST]
    moves = tuple(problem.vm_of[index][i] for i in sorted(longest.tolist()))
    counts = Counter(moves)
    vms = tuple(problem.scenario.vms[vm].model_copy(update={"count": count}) for vm, count in counts.items())
    case = resolve_case(problem.platform, slowest.case.pair, one.option, vms)
    few = replace(problem, pairs=(problem.pairs[index],), options=(one.option,), cases=((case,),), vm_of=(moves,))
    expect = combine_option(predict(few, card), 0).total_s
    low, high = format_duration(expect.p05), format_duration(expect.p95)
    at_once = min(one.option.simultaneous, len(moves))
    first = "Once that is set, move" if one.option.changes else "Move"
    if len(moves) == 1:
        move = f"{first} {vms[0].name}: expect {low} to {high}."
    else:
        how = "together" if at_once == len(moves) else "one at a time" if at_once == 1 else f"{at_once} at a time"
        move = f"{first} {_named(problem, counts)}, {how}: expect {low} to {high} until the last has moved."
    return AcceptanceTest(text=f"{move} Outside that, stop, and calibrate with what you measured.", expect_s=expect)


def _named(problem: Problem, counts: Counter[int]) -> str:
    """The VMs in words; of equal ones, any will do."""
    names = []
    for vm, count in counts.items():
        entry = problem.scenario.vms[vm]
        names.append(entry.name if entry.count == 1 else f"any {count} of the {entry.count} VMs {entry.name}")
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
