"""What a prediction is described by where its error is learned: a few numbers that physics computes anyway.

Blackout features are seconds that scale with the move, so that what is learned from small guests over slow
links can be read for large ones over fast links.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

TIME_FEATURES: Final = (
    "one",
    "log seconds",
    "resent share",
    "blackout share",
    "compressed",
    "zlib",
    "processor bound",
    "log streams",
    "log moves",
    "log links together",
    "compressed: log links together",
    "processor bound: log moves",
    "other traffic",
    "log seconds above 1",
    "log seconds above 4",
)
# The last of them bend the line of the time: a spline of degree one.
HINGES: Final = (1.0, 4.0)
BLACKOUT_FEATURES: Final = (
    "one",
    "middle",
    "empty tail",
    "full tail",
    "early look",
    "late look",
    "limit",
    "multifd: one",
    "multifd: limit",
    "multifd: queue",
    "compressed: one",
    "compressed: middle",
    "compressed: queue",
)


@dataclass(frozen=True, slots=True)
class MoveFacts:
    """What physics says of the moves of one case; arrays are (n,).

    Attributes
    ----------
    total_s : total time [s].
    resent_share : memory sent again, against the first pass.
    blackout_s : blackout, and what it is with the end of memory empty or full, and the look at it early or late [s].
    converged : whether the stop rule was met.
    limit_s : blackout limit over the ratio that the memory written anew compresses by [s].
    queue_s : time that what waits in the streams' queues takes [s].
    compressed, zlib, several_streams : what the way is.
    links : links that multipath connections use together; 1 without.
    crowded : whether other traffic is on them.
    processor_bound : whether processors hold the move back, not the link.
    streams, moves : streams of one move, moves at once.
    """

    total_s: Floats
    resent_share: Floats
    blackout_s: Floats
    empty_tail_s: Floats
    full_tail_s: Floats
    early_look_s: Floats
    late_look_s: Floats
    converged: Bools
    limit_s: Floats
    queue_s: Floats
    compressed: bool
    zlib: bool
    several_streams: bool
    links: int
    crowded: bool
    processor_bound: Bools
    streams: int
    moves: int

    def time_features(self) -> Floats:
        """(n, `TIME_FEATURES`)."""
        one = np.ones_like(self.total_s)
        return np.column_stack(
            [
                one,
                np.log(self.total_s),
                self.resent_share,
                self.blackout_s / self.total_s,
                one * self.compressed,
                one * self.zlib,
                one * self.processor_bound,
                one * np.log(self.streams),
                one * np.log(self.moves),
                one * np.log(self.links),
                one * self.compressed * np.log(self.links),
                one * self.processor_bound * np.log(self.moves),
                one * self.crowded,
                *(np.maximum(np.log(self.total_s / knot), 0.0) for knot in HINGES),
            ]
        )

    def blackout_features(self) -> Floats:
        """(n, `BLACKOUT_FEATURES`) [s]."""
        one = np.ones_like(self.total_s)
        multifd = one * (self.several_streams and not self.compressed)
        compressed = one * self.compressed
        return np.column_stack(
            [
                one,
                self.blackout_s,
                self.empty_tail_s,
                self.full_tail_s,
                self.early_look_s,
                self.late_look_s,
                self.limit_s,
                multifd,
                multifd * self.limit_s,
                multifd * self.queue_s,
                compressed,
                compressed * self.blackout_s,
                compressed * self.queue_s,
            ]
        )
