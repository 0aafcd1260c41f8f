"""VMs that move all the same, at a price: long dark, or beside another of their anti-affinity class."""

from __future__ import annotations

from advisor.domain.answers import Interval
from advisor.domain.drain import Blocker
from advisor.units import format_duration


def does_not_converge(vm: str, node: str, passes: float, dark_s: Interval) -> Blocker:
    """A VM whose memory gets dirty about as fast as it leaves."""
    return Blocker(
        vm=vm,
        node=node,
        why="endless",
        reason=f"its memory gets dirty about as fast as it leaves: after {passes:.0f} passes it is dark for "
        f"{format_duration(dark_s.p50)}, up to {format_duration(dark_s.p95)}",
        mend="lower its write load for the move, shut it down, save it (quick migration), or give it a faster network",
        blocks=False,
    )


def shares_a_node(vm: str, node: str, destination: str) -> Blocker:
    """A VM that goes where another of its class is, or goes."""
    return Blocker(
        vm=vm,
        node=node,
        why="anti_affinity",
        reason=f"no node is left where it would be apart from its class: it goes to {destination}",
        mend="free another node, or accept it until the drained node is back",
        blocks=False,
    )
