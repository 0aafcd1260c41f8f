"""Model cards as files: JSON that is checked value by value. Loading one executes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from advisor.errors import CardError, Problem
from advisor.platforms import Constants, Platform, Range, constant_names, get_platform, platforms
from advisor.residual.card import CARD_FORMAT, Card, Coverage, card_checksum, unlearned_card
from advisor.residual.learned_files import check_learned, learned_from
from advisor.shipped import shipped_path

MOST_BYTES: Final = 2**20
_LARGEST = 1e300
_EVIDENCE = ("published", "calibrated")
_PAIR_ALLOWED = "[lowest, highest]"
_COVERAGE_ALLOWED = {
    "evidence": " or ".join(_EVIDENCE),
    "runs": "a count",
    "studies": "a count",
    "versions": "a list of versions",
}
_REMAKE = "make it again with `advisor calibrate`, or leave --card out to use the shipped one"


def shipped_card(platform: str) -> Card:
    """The card that comes with advisor; for a platform that has none, its own constants as they stand.

    Raises
    ------
    UnknownNameError
        When there is no such platform.

    Examples
    --------
    >>> shipped_card("hyperv").kind
    'prior-informed'
    """
    known = get_platform(platform)
    path = shipped_path("models") / f"{platform}.json"
    return load_card(path) if path.exists() else unlearned_card(known)


def load_card(path: Path) -> Card:
    """Read a card and check every value.

    Raises
    ------
    CardError
        When the file is missing, not JSON, of another format, incomplete, out of order or edited by hand.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise CardError(
                Problem(
                    "is too large for a model card",
                    file=str(path),
                    allowed=f"up to {MOST_BYTES:,} bytes",
                    mend=_REMAKE,
                )
            )
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise CardError(Problem(f"cannot be read as a model card: {reason}", file=str(path), mend=_REMAKE)) from None
    return parse_card(text, str(path))


def parse_card(text: str, file: str) -> Card:
    """A card from its text; `file` is named in errors.

    Raises
    ------
    CardError
        See `load_card`.
    """
    try:
        body = json.loads(text)
        checksum = card_checksum(body) if isinstance(body, dict) else ""
    except (ValueError, RecursionError) as error:  # ValueError: not JSON, or a whole number of thousands of digits
        line = getattr(error, "lineno", None)
        raise CardError(Problem("is not JSON, so not a model card", file=file, line=line, mend=_REMAKE)) from None
    if not isinstance(body, dict) or body.get("format") != CARD_FORMAT:
        got = body.get("format") if isinstance(body, dict) else type(body).__name__
        raise CardError(
            Problem(
                "is not a model card of this version",
                file=file,
                column="format",
                value=repr(got)[:60],
                allowed=CARD_FORMAT,
                mend=_REMAKE,
            )
        )
    problems = _problems(body, file)
    if problems:
        raise CardError(problems)
    if body["checksum"] != checksum:
        raise CardError(
            Problem(
                "was changed after it was made: its checksum does not fit", file=file, column="checksum", mend=_REMAKE
            )
        )
    return Card(
        platform=body["platform"],
        kind=body["kind"],
        constants=Constants(**{name: Range(**body["constants"][name]) for name in constant_names()}),
        time_ratio={name: float(value) for name, value in body["time_ratio"].items()},
        blackout_ratio={name: float(value) for name, value in body["blackout_ratio"].items()},
        time_log_spread=float(body["time_log_spread"]),
        blackout_log_spread=float(body["blackout_log_spread"]),
        coverage={name: _coverage(one) for name, one in body["coverage"].items()},
        blackout_coverage={name: _coverage(one) for name, one in body["blackout_coverage"].items()},
        made_from=body["made_from"],
        errors=body["errors"],
        learned=None if body["learned"] is None else learned_from(body["learned"]),
    )


def _coverage(one: Mapping[str, Any]) -> Coverage:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in one.items()}
    return Coverage(**values)


def _problems(body: Mapping[str, Any], file: str) -> list[Problem]:
    """Everything wrong with a card's body."""
    found: list[Problem] = []

    def wrong(column: str, message: str, value: object = None, allowed: str | None = None) -> None:
        shown = None if value is None else repr(value)[:60]
        found.append(Problem(message, file=file, column=column[:80], value=shown, allowed=allowed, mend=_REMAKE))

    kinds: dict[str, type | tuple[type, ...]] = {
        "platform": str,
        "kind": str,
        "constants": dict,
        "time_ratio": dict,
        "blackout_ratio": dict,
        "time_log_spread": (int, float),
        "blackout_log_spread": (int, float),
        "learned": (dict, type(None)),
        "coverage": dict,
        "blackout_coverage": dict,
        "made_from": dict,
        "errors": dict,
        "checksum": str,
    }
    for key, kind in kinds.items():
        if key not in body:
            wrong(key, "is missing")
        elif not isinstance(body[key], kind) or isinstance(body[key], bool):
            wrong(key, "is of the wrong kind", body[key])
    for key in set(body) - set(kinds) - {"format"}:
        wrong(str(key), "is not a key of a model card")
    if found:
        return found
    for key in ("time_log_spread", "blackout_log_spread"):
        if not 0 <= body[key] < 10:
            wrong(key, "is out of bounds", body[key], "0 to 10")
    for part in ("time_ratio", "blackout_ratio"):
        for transport, value in body[part].items():
            if not _is_number(value) or abs(value) > 5:
                wrong(f"{part}.{transport}", "is out of bounds", value, "a logarithm from -5 to 5")
    known = next((one for one in platforms() if one.name == body["platform"]), None)
    _check_constants(body["constants"], known, wrong)
    for part in ("coverage", "blackout_coverage"):
        _check_coverage(part, body[part], wrong)
    if body["learned"] is not None:
        check_learned(body["learned"], wrong)
    return found


def _check_constants(constants: Mapping[str, Any], known: Platform | None, wrong: Callable[..., None]) -> None:
    """Every constant there, and no other; each in order, with its source."""
    expected = set(constant_names())
    priors = {} if known is None else known.constants.named()
    for name in sorted(expected ^ set(constants)):
        wrong(f"constants.{name}", "is missing" if name in expected else "is not a constant of the model")
    for name in sorted(expected & set(constants)):
        value, prior = constants[name], priors.get(name)
        if not isinstance(value, dict) or set(value) != {one.name for one in fields(Range)}:
            wrong(f"constants.{name}", "needs p05, p50, p95, source and fitted")
            continue
        numbers = [value[key] for key in ("p05", "p50", "p95")]
        if not all(_is_number(n) and n >= 0 for n in numbers):
            wrong(f"constants.{name}", "needs numbers of 0 or more", numbers)
        elif numbers != sorted(numbers):
            wrong(f"constants.{name}", "is out of order", numbers, "p05 <= p50 <= p95")
        elif prior is not None and not _near(numbers, prior):
            wrong(
                f"constants.{name}", "is far from what it can be", numbers, f"about {prior.p05:.3g} to {prior.p95:.3g}"
            )
        if not isinstance(value["source"], str) or not isinstance(value["fitted"], bool):
            wrong(f"constants.{name}", "needs a text as source, and true or false as fitted")


def _check_coverage(part: str, coverage: Mapping[str, Any], wrong: Callable[..., None]) -> None:
    """Every transport with the bounds of the runs behind it."""
    for transport, one in coverage.items():
        if not isinstance(one, dict) or set(one) != {field.name for field in fields(Coverage)}:
            wrong(f"{part}.{transport}", "needs the bounds of the runs behind it")
            continue
        for name, value in one.items():
            if not _fits_coverage(name, value):
                wrong(
                    f"{part}.{transport}.{name}",
                    "is no bound of runs",
                    value,
                    _COVERAGE_ALLOWED.get(name, _PAIR_ALLOWED),
                )


def _fits_coverage(name: str, value: object) -> bool:
    """Whether a field of a card's coverage holds what `Coverage` says."""
    if name == "evidence":
        return value in _EVIDENCE
    if name in {"runs", "studies"}:
        return isinstance(value, int) and _is_number(value) and value >= 0
    if not isinstance(value, list):
        return False
    if name == "versions":
        return all(isinstance(one, str) for one in value)
    return len(value) == 2 and all(_is_number(one) for one in value) and value[0] <= value[1]


def _near(numbers: list[float], prior: Range) -> bool:
    """Whether a constant lies within a factor of 30 of its prior: enough for any host, and never 0 by mistake."""
    least, most = prior.p05 / 30, prior.p95 * 30
    return all(least <= number <= most for number in numbers)


def _is_number(value: object) -> bool:
    # Compared, not converted: JSON may hold whole numbers too large for a float.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST
