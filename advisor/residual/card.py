"""The model card: constants and spreads learned from runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from advisor.platforms import Constants, Platform, Range
from advisor.residual.learned import Learned

CARD_FORMAT = "advisor-card/2"
# What no constant explains where no run is near: 90 % half-width of a logarithm (assumption: a lab not seen lies up to
# a third off, as the published authors do from each other).
UNLEARNED_LOG_SPREAD = 0.3
# A card's name stands within sentences: so much of a file's name is enough to know it by.
_LONGEST_FILE = 60


@dataclass(frozen=True, slots=True)
class Coverage:
    """Where the runs behind a card lie, for one transport: outside it a number is extrapolated.

    Each pair is lowest and highest; `versions` are the platform versions seen; `evidence` is
    published, or calibrated where they are the user's own.
    """

    evidence: str
    runs: int
    studies: int
    nic_gbps: tuple[float, float]
    nic_count: tuple[float, float]
    memory_gib: tuple[float, float]
    simultaneous: tuple[float, float]
    versions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """What was learned for one platform.

    Attributes
    ----------
    kind : prior-informed (few published runs), or calibrated (the user's own).
    constants : every constant with its range after learning.
    time_ratio, blackout_ratio : by transport, the logarithm of measured / predicted that no constant explains.
    time_log_spread : 90 % half-width of log(measured / predicted) that no constant explains.
    blackout_log_spread : the same for blackout.
    learned : what dozens of studies teach beside the constants; none where there are fewer.
    coverage, blackout_coverage : by transport, where the runs lie.
    made_from : file names, hashes and counts of the runs.
    errors : held-out errors before and after.
    """

    platform: str
    kind: str
    constants: Constants[Range]
    time_ratio: Mapping[str, float]
    blackout_ratio: Mapping[str, float]
    time_log_spread: float
    blackout_log_spread: float
    coverage: Mapping[str, Coverage]
    blackout_coverage: Mapping[str, Coverage]
    made_from: Mapping[str, Any]
    errors: Mapping[str, Any]
    learned: Learned | None = None

    @property
    def name(self) -> str:
        """Platform, kind and runs, for the answer's foot; a user's own card is told apart by the file of its runs."""
        runs, studies = (self.made_from.get(count, 0) for count in ("runs", "studies"))
        of = f"{runs} run{'' if runs == 1 else 's'} of {studies} stud{'y' if studies == 1 else 'ies'}"
        file = str(self.made_from.get("file") or "")
        if self.kind == "calibrated" and file:
            return f"{self.platform}, {self.kind} on {of} in {file[:_LONGEST_FILE]}"
        return f"{self.platform}, {self.kind}, {of}"

    def to_json(self) -> str:
        """The card as text, numbers to 7 digits, with a checksum over everything else."""
        body: dict[str, Any] = {
            "format": CARD_FORMAT,
            "platform": self.platform,
            "kind": self.kind,
            "constants": {name: asdict(value) for name, value in self.constants.named().items()},
            "time_ratio": dict(self.time_ratio),
            "blackout_ratio": dict(self.blackout_ratio),
            "time_log_spread": self.time_log_spread,
            "blackout_log_spread": self.blackout_log_spread,
            "learned": None if self.learned is None else asdict(self.learned),
            "coverage": {name: asdict(one) for name, one in self.coverage.items()},
            "blackout_coverage": {name: asdict(one) for name, one in self.blackout_coverage.items()},
            "made_from": dict(self.made_from),
            "errors": dict(self.errors),
        }
        body = _rounded(body)
        body["checksum"] = card_checksum(body)
        return json.dumps(body, indent=2) + "\n"


def _rounded(value: Any) -> Any:
    """The same structure with floats to 7 significant digits: what two machines agree on."""
    if isinstance(value, float):
        return float(f"{value:.7g}")
    if isinstance(value, Mapping):
        return {key: _rounded(inner) for key, inner in value.items()}
    return [_rounded(inner) for inner in value] if isinstance(value, list | tuple) else value


def card_checksum(body: Mapping[str, Any]) -> str:
    """Hash over everything in a card's JSON but the checksum itself."""
    rest = {key: value for key, value in body.items() if key != "checksum"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def unlearned_card(platform: Platform) -> Card:
    """A card before any run: the platform's own ranges; every number from it rests on physics.

    Examples
    --------
    >>> from advisor.platforms import get_platform
    >>> unlearned_card(get_platform("hyperv")).coverage
    {}
    """
    return Card(
        platform=platform.name,
        kind="priors only",
        constants=platform.constants,
        time_ratio={},
        blackout_ratio={},
        time_log_spread=UNLEARNED_LOG_SPREAD,
        blackout_log_spread=UNLEARNED_LOG_SPREAD,
        coverage={},
        blackout_coverage={},
        made_from={"runs": 0, "studies": 0},
        errors={},
    )
