"""Widgets made from domain fields: unit, bounds, choices and descriptions stand in the fields.

Widgets have no limits of their own, so that what is wrong is said by the library, in the words of the command line.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import streamlit as st
from pydantic.fields import FieldInfo
from streamlit.delta_generator import DeltaGenerator

from advisor.domain.describe import choices, field_at, types_in, unit, written_path
from advisor.domain.scenario import Scenario
from advisor.errors import Problem
from advisor.intake.validation import letters_of
from advisor.reports.wording import number
from advisor.ui import session
from advisor.ui.plain import plain
from advisor.ui.tree import KeyPath, put, value_at

NOT_GIVEN: Final = "not said"
_YES_NO: Final = {"true": "yes", "false": "no"}


class Fields:
    """The widgets of one form over a scenario's keys and values, which they change in place.

    Parameters
    ----------
    content : a scenario as text values, lists and mappings.
    name : told apart by it from the widgets of other forms, and from those of the scenario loaded before.
    """

    def __init__(self, content: Mapping[str, Any], name: str) -> None:
        self.content: dict[str, Any] = copy.deepcopy(dict(content))
        self.name = name
        self.alike: dict[KeyPath, list[KeyPath]] = {}
        """Where a change under a path is made too."""
        self._beside: dict[str, DeltaGenerator] = {}
        self._labels: dict[str, str] = {}

    def at(self, *path: str | int) -> Any:
        """What stands at a path now."""
        return value_at(self.content, path)

    def key(self, *path: str | int) -> str:
        """The key of the widget for a path."""
        return f"{self.name}:{written_path(path)}"

    def number(self, label: str, *path: str | int) -> None:
        """A number, or nothing where it may be left out."""
        field = _field(path)
        whole = int in set(types_in(field.annotation))
        given = _as_number(self.at(*path), whole=whole)
        shown = st.number_input(
            _labelled(label, field),
            value=given,
            step=1 if whole else _step(given),
            format="%d" if whole else "%0.12g",
            key=self.key(*path),
            on_change=session.edited,
            help=field.description,
            placeholder=_default(field, nothing="–"),
        )
        if shown != given:
            self.take(path, None if shown is None else f"{shown:.12g}")
        self._keep_room(path, _labelled(label, field))

    def choice(
        self, label: str, *path: str | int, among: Mapping[str, str] | None = None, none: str | None = None
    ) -> None:
        """One of a field's values; none where it may be left out.

        Parameters
        ----------
        among : values to offer and what to call them; not given, those of the field.
        none : what to call that nothing is given.
        """
        field = _field(path)
        words = dict(among or {value: value.replace("_", " ") for value in choices(field)})
        given = _spelled(self.at(*path), words)
        if given is not None:
            words.setdefault(given, given)
        required = field.is_required() and none is None
        options: list[str | None] = [*words] if required else [None, *words]
        shown = st.selectbox(
            _labelled(label, field),
            options,
            index=options.index(given) if given in options else 0,
            format_func=_named(words, none or _default(field)),
            key=self.key(*path),
            on_change=session.edited,
            help=field.description,
        )
        if shown != given:
            self.take(path, shown)
        self._keep_room(path, _labelled(label, field))

    def yes_no(self, label: str, *path: str | int) -> None:
        """Yes, no, or nothing said."""
        self.choice(label, *path, among=_YES_NO)

    def text(self, label: str, *path: str | int, placeholder: str = "", help: str | None = None) -> None:
        """Text, or nothing."""
        given = str(self.at(*path) or "")
        key, edited = self.key(*path), session.edited
        shown = st.text_input(label, value=given, key=key, on_change=edited, placeholder=placeholder, help=help)
        if shown != given:
            self.take(path, shown.strip() or None)
        self._keep_room(path, label)

    def choice_or_text(self, label: str, *path: str | int, among: Mapping[str, str], help: str) -> None:
        """One of several names, or whatever else is typed."""
        given = self.at(*path)
        words = {**among, **({} if given in {None, *among} else {str(given): str(given)})}
        options: list[str | None] = [None, *words]
        shown = st.selectbox(
            label,
            options,
            index=options.index(given) if given in options else 0,
            format_func=_named(words, NOT_GIVEN),
            key=self.key(*path),
            on_change=session.edited,
            help=help,
            accept_new_options=True,
        )
        if shown != given:
            self.take(path, shown)
        self._keep_room(path, label)

    def labelled(self, problems: Sequence[Problem]) -> list[tuple[str, str]]:
        """The label of the widget that each problem is of, and what is wrong; nothing for the problems of no widget."""
        known = [(self._labels.get(problem.column or ""), problem) for problem in problems]
        return [(label, said(problem)) for label, problem in known if label is not None]

    def tell(self, problems: Sequence[Problem]) -> list[Problem]:
        """Say beside each widget what is wrong with its value; the problems of no widget are left."""
        told: dict[str, list[str]] = {}
        left = []
        for problem in problems:
            at = problem.column or ""
            if at in self._beside:
                told.setdefault(at, []).append(said(problem))
            else:
                left.append(problem)
        for at, messages in told.items():
            self._beside[at].error("  \n".join(messages))
        return left

    def take(self, path: KeyPath, value: str | None) -> None:
        """Let a value stand at a path, and at the same place of those that change with it."""
        for root in (path, *self.twins(path)):
            put(self.content, root, value)

    def _keep_room(self, path: KeyPath, label: str) -> None:
        """Room below a widget for what is wrong with its value, and what the widget is called."""
        self._beside[written_path(path)] = st.empty()
        self._labels[written_path(path)] = label

    def twins(self, path: KeyPath) -> list[KeyPath]:
        """The same key of those that are to change with it; where they have no such entry nothing is changed."""
        return [
            (*twin, *path[len(root) :])
            for root, twins in self.alike.items()
            if path[: len(root)] == root
            for twin in twins
            if _holds(self.content, (*twin, *path[len(root) :]))
        ]


def said(problem: Problem) -> str:
    """What is wrong, as the command line says it, without the place."""
    return plain(str(Problem(problem.message, None, None, None, problem.value, problem.allowed, problem.mend)))


def _field(path: KeyPath) -> FieldInfo:
    field = field_at(Scenario, path)
    if field is None:
        raise KeyError(written_path(path))
    return field


def _labelled(label: str, field: FieldInfo) -> str:
    return f"{label}, {unit(field)}" if unit(field) else label


def _default(field: FieldInfo, nothing: str = NOT_GIVEN) -> str:
    """What is taken where nothing is given, in brackets; or that nothing is."""
    default = field.get_default(call_default_factory=True)
    if field.is_required() or default is None:
        return nothing
    if isinstance(default, bool):
        return f"({_YES_NO[str(default).lower()]})"
    if isinstance(default, float | int):
        return f"({number(default)})"
    return f"({str(default).replace('_', ' ')})"


def _named(words: Mapping[str, str], nothing: str) -> Callable[[str | None], str]:
    return lambda value: nothing if value is None else words.get(value, value)


def _holds(content: Mapping[str, Any], path: KeyPath) -> bool:
    """Whether every entry of a list that a path goes through is there."""
    return all(not isinstance(key, int) or value_at(content, path[: i + 1]) is not None for i, key in enumerate(path))


def _spelled(value: Any, words: Mapping[str, str]) -> str | None:
    if value is None:
        return None
    return next((known for known in words if letters_of(known) == letters_of(str(value))), str(value))


def _as_number(value: Any, *, whole: bool) -> float | int | None:
    """The number a widget can show; None for what is none, or too large for a browser to count."""
    try:
        number = float(str(value))
    except ValueError:
        return None
    if not abs(number) < 2**53 or (whole and number != int(number)):
        return None
    return int(number) if whole else number


def _step(given: float | None) -> float:
    """A step that changes a value by about a tenth."""
    size = abs(given or 0.0)
    return 0.05 if size <= 1 else 1.0 if size <= 64 else 8.0
