"""Turns text values into domain words, and everything wrong with them into problems that name place, value and cure.

What is allowed is read from the domain's fields, so this file holds no bound and no list of values.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from advisor.domain.describe import (
    Key,
    allowed,
    bound,
    choices,
    field_at,
    is_list,
    model_at,
    model_in,
    same_unit,
    split_unit,
    types_in,
    unit,
)
from advisor.domain.hosts import Host, Os
from advisor.errors import Problem

KeyPath = tuple[Key, ...]
Place = Callable[[KeyPath], Problem]
"""Gives a problem that says where a path stands: file, line and column; message and the rest are filled in here."""

Model = TypeVar("Model", bound=BaseModel)

# Names that Windows, Linux and their tools use for what the domain calls otherwise.
_ALIASES: Final = {
    "addresshash": "transport_ports",
    "azurestackhci": "AzureLocal",
    "hash": "transport_ports",
    "high": "high_performance",
    "ib": "infiniband",
    "layer2": "mac_addresses",
    "layer23": "ip_addresses",
    "layer34": "transport_ports",
    "mptcp": "multipath",
    "rocev2": "roce",
}
_OS_WORDS: Final = re.compile(r"^((microsoft)?(windowsserver|winserver|windows|ws)|qemu(kvm)?)(?=\d)")
# A release with its patch level, such as QEMU 8.2.2: rules and models know releases.
_PATCH_LEVEL: Final = re.compile(r"(\D*\d+\.\d+)\.\d+\s*", re.ASCII)
_UNIT_ENDING: Final = re.compile(
    r"_(gib|gb|mib|mb|kib|kb|bytes|gbps|mbps|gbit|mbit|mib_s|mb_s|gb_s|s|ms|sec|seconds|min)$"
)
_DECIMAL_COMMA: Final = re.compile(r"[+-]?\d+,\d+", re.ASCII)
_LONGEST_VALUE: Final = 60
_TOO_SMALL: Final = frozenset({"greater_than", "greater_than_equal"})
_TOO_LARGE: Final = frozenset({"less_than", "less_than_equal"})


def validate(model: type[Model], content: dict[str, Any], place: Place) -> tuple[Model | None, list[Problem]]:
    """A domain word from text values, or every problem with them.

    Parameters
    ----------
    content : keys and text values; empty values count as not given, enumerated ones in any spelling.
    place : says where a path stands.
    """
    try:
        return model.model_validate(canonical(content, model)), []
    except ValidationError as error:
        details = _without_echoes(error.errors(include_url=False), model)
        return None, [_problem(detail, model, place) for detail in details]


def canonical(content: dict[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """The content without empty values, enumerated values spelled the domain's way.

    Examples
    --------
    >>> from advisor.domain.hosts import Team
    >>> canonical({"kind": "LBFO", "balancing": "HyperVPort", "mode": None}, Team)
    {'kind': 'lbfo', 'balancing': 'hyperv_port'}
    """
    read: dict[str, Any] = {}
    for key, value in content.items():
        if value is None:
            continue
        field = model.model_fields.get(key)
        inner = None if field is None else model_in(field.annotation)
        if isinstance(value, str) and field is not None:
            read[key] = _spelled(value, choices(field))
        elif isinstance(value, dict) and inner is not None:
            read[key] = canonical(value, inner)
        elif isinstance(value, list) and inner is not None:
            read[key] = [canonical(item, inner) if isinstance(item, dict) else item for item in value]
        else:
            read[key] = value
    return read


def platform_of(os: Any) -> str | None:
    """The platform that a version belongs to, in any spelling; None where there is no such version.

    Examples
    --------
    >>> platform_of("QEMU 8.2.2"), platform_of("Windows Server 2022"), platform_of("8.9")
    ('qemu', 'hyperv', None)
    """
    version = canonical({"os": os}, Host).get("os") if isinstance(os, str) else None
    return Os(version).platform if version in set(Os) else None


def closest(word: str, known: Sequence[str]) -> str | None:
    """The known word nearest to a mistyped one, None where none is near.

    Examples
    --------
    >>> closest("multichanel", ["tcpip", "multichannel"])
    'multichannel'
    """
    by_letters = {letters_of(name): name for name in known}
    letters = letters_of(word)
    if letters in by_letters:
        return by_letters[letters]
    near = difflib.get_close_matches(letters, list(by_letters), n=1, cutoff=0.6)
    return by_letters[near[0]] if near else None


def shown(value: Any) -> str:
    """A value short enough to stand in a message.

    Examples
    --------
    >>> shown("x" * 100)[-3:], shown([]), shown({"a": 1})
    ('xx…', 'an empty list', 'a mapping')
    """
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, (list, tuple)):
        return "a list" if value else "an empty list"
    text = str(value) if value != "" else "''"
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "…"


def letters_of(word: str) -> str:
    """A word's letters and digits, small: what it has in common with its other spellings.

    Examples
    --------
    >>> letters_of("HyperV-Port") == letters_of("hyperv_port")
    True
    """
    return re.sub(r"[^a-z0-9]", "", word.lower())


def _spelled(value: str, known: Sequence[str]) -> str:
    release = _PATCH_LEVEL.fullmatch(value)
    letters = _OS_WORDS.sub("", letters_of(release[1] if release else value))
    spellings = (letters, letters_of(_ALIASES.get(letters, "")))
    return next((name for name in known if letters_of(name) in spellings), value)


def _without_echoes(details: Sequence[Any], model: type[BaseModel]) -> list[Any]:
    """Leave out what only follows from another problem: a list short of its bad entries, a key missing but misspelt."""
    misspelt = {
        (*detail["loc"][:-1], _twin(tuple(detail["loc"]), model))
        for detail in details
        if detail["type"] == "extra_forbidden"
    }
    return [
        detail
        for detail in details
        if not (detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"])
        and not (detail["type"] == "missing" and tuple(detail["loc"]) in misspelt)
    ]


def _problem(detail: Any, model: type[BaseModel], place: Place) -> Problem:
    kind, path, value = detail["type"], tuple(detail["loc"]), detail["input"]
    field = field_at(model, path)
    rule = allowed(field) if field is not None else None
    if kind == "extra_forbidden":
        return _unknown_key(path, model, place, value)
    if kind == "value_error":
        return _at(place, path, str(detail["ctx"]["error"]))
    if kind == "missing":
        return _at(place, path, "is missing", rule=rule, mend=_example(path))
    if kind in {"too_short", "too_long"}:
        message = "has too few entries" if kind == "too_short" else "has too many entries"
        return _at(place, path, message, value, rule, _example(path) if kind == "too_short" else None)
    if isinstance(value, (dict, list, tuple)) or (
        field is not None and is_list(field) and not isinstance(path[-1], int)
    ):
        return _wrong_shape(path, model, place, value)
    if kind in {"enum", "literal_error"} and field is not None:
        near = closest(str(value), choices(field))
        return _at(place, path, "is not a value it can take", value, rule, f"did you mean {near}?" if near else None)
    if kind in _TOO_SMALL | _TOO_LARGE:
        mend = None if field is None else _size_mend(str(value), field)
        return _at(place, path, "is too small" if kind in _TOO_SMALL else "is too large", value, rule, mend)
    inner = model_at(model, path)
    if inner is not None:
        return _wrong_shape(path, model, place, value)
    return _at(place, path, _wrong_kind(field) or detail["msg"], value, rule, _number_mend(path, value, field))


def _size_mend(value: str, field: FieldInfo) -> str | None:
    if unit(field):
        return f"check the unit: it is {unit(field)}"
    if float in types_in(field.annotation) and bound(field, "le") == 1 and 1 < float(value) <= 100:
        return f"write a share, {float(value) / 100:g} for {float(value):g} %"
    return None


def _wrong_shape(path: KeyPath, model: type[BaseModel], place: Place, value: Any) -> Problem:
    field, inner = field_at(model, path), model_at(model, path)
    if field is not None and is_list(field) and not isinstance(path[-1], int):
        return _at(place, path, "should be a list", value, allowed(field), "begin each entry with a dash and a space")
    if inner is not None:
        rule = "keys " + ", ".join(inner.model_fields)
        return _at(place, path, "should hold keys and values", value, rule, "write key: value lines below it")
    return _at(place, path, "should be one value", value, allowed(field) if field is not None else None)


def _wrong_kind(field: FieldInfo | None) -> str | None:
    kinds = set() if field is None else set(types_in(field.annotation))
    names = {bool: "is neither true nor false", int: "is not a whole number", float: "is not a number"}
    return next((message for kind, message in names.items() if kind in kinds), None)


def _number_mend(path: KeyPath, value: Any, field: FieldInfo | None) -> str | None:
    if _wrong_kind(field) and _DECIMAL_COMMA.fullmatch(str(value).strip()):
        return f"write {str(value).strip().replace(',', '.')}, with a point"
    parted = split_unit(str(value))
    if field is None or parted is None or not unit(field):
        return None
    number, written = parted
    if same_unit(written, unit(field)):
        return f"write {path[-1]}: {number}, without the unit"
    return f"write the number alone, in {unit(field)}"


def _unknown_key(path: KeyPath, model: type[BaseModel], place: Place, value: Any) -> Problem:
    key, inner = str(path[-1]), model_at(model, path[:-1]) or model
    known = list(inner.model_fields)
    elsewhere = homes(key, model)
    twin = _twin(path, model)
    near = closest(key, known)
    mend = None
    if twin is not None and unit(inner.model_fields[twin]):
        mend = f"write {twin}, in {unit(inner.model_fields[twin])}"
    elif elsewhere:
        mend = f"it belongs under {' or '.join(elsewhere)}"
    elif near is not None:
        mend = f"did you mean {near}?"
    simple = value if isinstance(value, str) else None
    return _at(place, path, "is not a known key", simple, ", ".join(known), mend)


def _twin(path: KeyPath, model: type[BaseModel]) -> str | None:
    """The key that differs from an unknown one in its unit alone, such as memory_gib from memory_gb."""
    inner = model_at(model, path[:-1]) or model
    return next((name for name in inner.model_fields if _stem(name) == _stem(str(path[-1]))), None)


def _stem(key: str) -> str:
    return _UNIT_ENDING.sub("", key.lower())


def homes(key: str, model: type[BaseModel], under: str = "") -> list[str]:
    """Where in a model a key that stands in the wrong place belongs.

    Examples
    --------
    >>> from advisor.domain.scenario import Scenario
    >>> homes("memory_gib", Scenario)
    ['vms']
    """
    found = [under] if under and key in model.model_fields else []
    for name, field in model.model_fields.items():
        inner = model_in(field.annotation)
        if inner is not None:
            found += homes(key, inner, f"{under}.{name}" if under else name)
    return found


def _example(path: KeyPath) -> str:
    key = next(str(part) for part in reversed(path) if isinstance(part, str))
    samples = {"os": "2022", "nics": "[{speed_gbps: 10, count: 2}]", "vms": "[{memory_gib: 16}]"}
    return f"add {key}: {samples.get(key, '…')}" if isinstance(path[-1], str) else "add an entry"


def _at(
    place: Place, path: KeyPath, message: str, value: Any = None, rule: str | None = None, mend: str | None = None
) -> Problem:
    where = place(path)
    return Problem(
        message,
        where.file,
        where.line,
        where.column,
        None if value is None else shown(value),
        rule,
        mend,
    )
