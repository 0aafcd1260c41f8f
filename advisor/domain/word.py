"""The base of every domain word: frozen, closed, described."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Word(BaseModel):
    """A frozen value. Unknown keys are errors; units, bounds and descriptions stand in the fields."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, str_strip_whitespace=True, defer_build=True
    )


def field(default: Any = ..., description: str = "", *, unit: str = "", assumed: str = "", **bounds: Any) -> Any:
    """A described field.

    Parameters
    ----------
    unit : what the number counts, shown in help, schemas and tables.
    assumed : why this default is taken where nobody gave a value; shown among the answer's assumptions.
    bounds : pydantic's ``ge``, ``le``, ``gt``, ``min_length`` and the like.
    """
    extra: dict[str, Any] = {key: value for key, value in (("unit", unit), ("assumed", assumed)) if value}
    return Field(default, description=description, json_schema_extra=extra or None, **bounds)
