"""A drain against its window: go or no-go, and the move by which it is seen in time that it will be missed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from advisor.domain.drain import Check, DrainAnswer, PlannedMove
from advisor.fleet.outlook import Outlook
from advisor.units import format_duration

# A move that is late by the time so much of a drain should be over tells soon enough.
_TELLS_AT: Final = 2 / 3


def window_checks(answer: DrainAnswer, outlook: Outlook, started: Sequence[int]) -> tuple[Check, ...]:
    """Whether the window is kept; and where it is, when to start no more; nothing where no window was given.

    Parameters
    ----------
    started : by place in the order of starts, the position of a move in the outlook.

    Notes
    -----
    What comes after a move is as late in a bad case as its end is before that of the whole, both at the quantile of
    ``--risk``. Where the window is kept, the move may thus be over later than planned, and still nothing is lost.
    """
    window_s, share = answer.goals.window_s, answer.goals.risk.quantile
    if window_s is None:
        return ()
    end_s = outlook.quantile(share)
    found = [_go(answer, end_s, window_s)]
    last_start_s = max(move.start_s.p50 for move in answer.moves)
    # Once the last has started there is nothing to hold back.
    telling = [move for move in answer.moves if move.end_s.p50 < last_start_s]
    if end_s <= window_s and telling:
        tells_at_s = _TELLS_AT * outlook.end_s.p50
        move = min(telling, key=lambda move: abs(move.end_s.p50 - tells_at_s))
        rest_s = end_s - float(outlook.end.quantile(share)[started[move.order - 1]])
        found.append(_stop(answer, move, rest_s, window_s))
    return tuple(found)


def _go(answer: DrainAnswer, end_s: float, window_s: float) -> Check:
    what = "the drain is over" if answer.feasible else "the VMs that can leave have left"
    text = f"{what} within the window of {format_duration(window_s)}: after {format_duration(end_s)} at {_p(answer)}"
    return Check(when="before", state="go" if end_s <= window_s else "no-go", text=text)


def _stop(answer: DrainAnswer, move: PlannedMove, rest_s: float, window_s: float) -> Check:
    text = (
        f"if move {move.order} of {len(answer.moves)} ({move.vm}) is not over {format_duration(window_s - rest_s)} "
        f"after the drain began (planned: {format_duration(move.end_s.p50)}), start no further moves: the rest may "
        f"take {format_duration(rest_s)} ({_p(answer)}), and the window of {format_duration(window_s)} would be missed"
    )
    return Check(when="during", state="verify", text=text)


def _p(answer: DrainAnswer) -> str:
    """The quantile that limits are held against, for people."""
    return f"p{answer.goals.risk.quantile * 100:.0f}"
