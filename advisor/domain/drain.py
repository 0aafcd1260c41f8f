"""What `drain` and `patch` answer: moves in order, what blocks, checks, and when it ends."""

from __future__ import annotations

from typing import Final, Literal

from advisor.domain.answers import SCHEMA_VERSION, Assumption, Basis, Interval, Verdict
from advisor.domain.goals import Goals
from advisor.domain.word import Word, field

Way = Literal["live", "quick", "storage", "role"]
"""How a VM leaves: live migration; quick migration, which saves its state; storage and memory; its role alone."""


Obstacle = Literal[
    "passthrough_disk", "device_assigned", "local_iso", "no_owner", "no_room", "anti_affinity", "endless", "storage",
    "unread",
]  # fmt: skip
"""What blocks a VM, or makes its move costly."""

OBSTACLE_WORDS: Final[dict[Obstacle, str]] = {
    "passthrough_disk": "pass-through disk",
    "device_assigned": "assigned device",
    "local_iso": "local image",
    "no_owner": "no possible owner",
    "no_room": "no room",
    "anti_affinity": "anti-affinity",
    "endless": "does not converge",
    "storage": "storage",
    "unread": "not read",
}
"""Obstacles in words."""

FIRST_WORDS: Final[dict[Obstacle, str]] = {
    "passthrough_disk": "shut it down first",
    "device_assigned": "shut it down first",
    "local_iso": "eject its image first",
    "no_owner": "let another node own it first",
    "no_room": "make room for it first, or shut it down",
    "storage": "deal with its disks first, or shut it down",
    "unread": "mend its row of the inventory and ask again, or shut it down first",
}
"""What to do about a VM that blocks, in a few words."""


class PlannedMove(Word):
    """One move of a plan."""

    order: int = field(..., "Place in the order of starts, from 1")
    vm: str = field(..., "Name of the VM")
    memory_gib: float = field(..., "Assigned memory", unit="GiB")
    source: str = field(..., "Node it leaves")
    destination: str = field(..., "Node it goes to; of a native drain the likeliest")
    way: Way = field(..., "live, quick (saved state), storage (shared-nothing), role (it is off)")
    start_s: Interval = field(..., "When it starts", unit="s")
    end_s: Interval = field(..., "When it runs at the destination", unit="s")
    dark_s: Interval = field(..., "How long it runs nowhere", unit="s")
    verdict: Verdict = field(..., "How it stands")
    reasons: tuple[str, ...] = field((), "Why the verdict is not plain ready")
    command: str = field("", "PowerShell that makes the move; empty in a native drain, where the cluster does")


class Blocker(Word):
    """A VM that keeps the node from being drained, or that does not end as wished."""

    vm: str = field(..., "Name of the VM")
    node: str = field("", "Node that it is to leave")
    why: Obstacle = field(..., "What blocks it")
    reason: str = field(..., "In words, with numbers")
    mend: str = field(..., "What to do")
    blocks: bool = field(True, "False where it moves all the same, at a price")

    @property
    def to_do(self) -> str:
        """What to do about it before anything moves, in a few words, and why."""
        first = FIRST_WORDS.get(self.why, "")
        return f"{first} ({OBSTACLE_WORDS[self.why]})" if first else OBSTACLE_WORDS[self.why]

    @property
    def stands(self) -> str:
        """That it does not leave, in a few words: nobody plans for a VM whose row could not be read."""
        return f"{self.vm} is not in this plan" if self.why == "unread" else f"{self.vm} cannot leave"


class Check(Word):
    """One thing to look at before going on."""

    when: Literal["before", "during", "after"] = field(..., "When to look")
    state: Literal["go", "no-go", "verify"] = field(..., "What the inventory says of it; verify: nothing")
    text: str = field(..., "What to look at, with the numbers of this plan")
    how: str = field("", "Command or place that shows it")


class NodeLoad(Word):
    """A node before and after."""

    node: str = field(..., "Name")
    memory_gib: float | None = field(..., "Physical memory; none: not known", unit="GiB")
    before_gib: float = field(..., "Memory of its running VMs before", unit="GiB")
    after_gib: float = field(..., "After", unit="GiB")
    most_gib: float = field(..., "The most at any moment, moves under way counted at both ends", unit="GiB")
    cpu_before: float | None = field(..., "Share of its processors in use before")
    cpu_after: float | None = field(..., "After")
    moves_in: int = field(0, "VMs it takes")


class DrainAnswer(Word):
    """A drain of one host."""

    schema_version: str = field(SCHEMA_VERSION, "Version of this schema")
    cluster: str = field(..., "Cluster of the host")
    host: str = field(..., "Host to be drained")
    mode: Literal["native", "planned"] = field(
        ..., "native: what Suspend-ClusterNode does; planned: explicit moves, then pause"
    )
    setting: str = field(..., "Transport and limit in force for it")
    feasible: bool = field(..., "Every VM can leave with head-room kept")
    constraint: str = field("", "No plan: the constraint that leaves none, with its numbers")
    goals: Goals = field(..., "What was wanted")
    end_s: Interval | None = field(..., "When the last VM has left; none: never", unit="s")
    others_s: Interval | None = field(None, "No plan: when the VMs that can leave have left", unit="s")
    others_window: Literal["meets", "misses", "none"] = field(
        "none", "No plan: whether those fit the window at the quantile of --risk"
    )
    bound_s: float | None = field(None, "No order and no choice of nodes ends earlier than this, median", unit="s")
    bound_by: str = field("", "What that bound counts: slots, per-VM cost, links")
    window: Literal["meets", "misses", "none"] = field("none", "Whether it fits the window at the quantile of --risk")
    limit: str = field("", "What binds the time")
    at_once: int = field(0, "Moves at once, at most")
    moves: tuple[PlannedMove, ...] = field((), "Moves in the order they start")
    blockers: tuple[Blocker, ...] = field((), "VMs that block, and VMs that do not converge")
    nodes: tuple[NodeLoad, ...] = field((), "Nodes before and after")
    checks: tuple[Check, ...] = field((), "Go or no-go, what to watch, when to stop")
    basis: Basis = field(Basis.PHYSICS, "What the times rest on")
    assumptions: tuple[Assumption, ...] = field((), "What was taken for granted")
    card: str = field("", "Model card used")


class PatchStep(Word):
    """One stretch of a patch night."""

    node: str = field(..., "Node")
    step: Literal["drain", "update", "resync", "fail_back", "health"] = field(..., "What is done")
    start_s: Interval = field(..., "When it starts", unit="s")
    time_s: Interval = field(..., "How long it takes", unit="s")
    moves: int = field(0, "VMs it moves")
    at_once: int = field(0, "How many of them at once, at most")


class Help(Word):
    """A change, and what it would make of the whole."""

    what: str = field(..., "The change")
    total_s: Interval = field(..., "The whole with it", unit="s")
    saves_s: float = field(..., "Median saved", unit="s")


class PatchAnswer(Word):
    """The patch night of one cluster."""

    schema_version: str = field(SCHEMA_VERSION, "Version of this schema")
    cluster: str = field(..., "Cluster")
    nodes: int = field(..., "Nodes that have a turn, one after another")
    left_out: dict[str, str] = field({}, "Nodes that have none, and their state")
    setting: str = field(..., "Transport and limit in force for it")
    feasible: bool = field(..., "Every node can be drained in its turn")
    constraint: str = field("", "Why not, with the node and its numbers")
    goals: Goals = field(..., "What was wanted")
    total_s: Interval | None = field(..., "From the first drain until the last node is healthy", unit="s")
    window: Literal["meets", "misses", "none"] = field("none", "Whether it fits the window at the quantile of --risk")
    window_then: Literal["meets", "misses", "none"] = field(
        "none", "No plan: whether the total fits the window once what blocks is dealt with"
    )
    shares: dict[str, float] = field({}, "Share of the median total by kind of step")
    binds: str = field("", "What takes most of it")
    helps: tuple[Help, ...] = field((), "Changes that would shorten it, most first; new NICs after all others")
    steps: tuple[PatchStep, ...] = field((), "Step by step")
    blockers: tuple[Blocker, ...] = field((), "VMs that block, and VMs that move at a price")
    checks: tuple[Check, ...] = field((), "Go or no-go, what to watch, when to stop")
    basis: Basis = field(Basis.PHYSICS, "What the times of the moves rest on")
    assumptions: tuple[Assumption, ...] = field((), "What was taken for granted")
    card: str = field("", "Model card used")
